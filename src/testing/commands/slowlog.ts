import { integerOrThrow, word } from "../arguments.ts";
import { ErrorReply, OK, type Reply } from "../reply.ts";
import { type Call, type Command, command } from "./command.ts";

export const slowlogCommands: readonly Command[] = [command("slowlog", -2, "r", slowlog)];

/** Like slowlogCommand in Disque's slowlog.c. */
function slowlog({ args, state }: Call): Reply {
  const name = word(args[1]);
  if (name === "reset" && args.length === 2) {
    state.slowlog.reset();
    return OK;
  }
  if (name === "len" && args.length === 2) return state.slowlog.length;
  if (name === "get" && args.length <= 3) {
    return state.slowlog.get(args[2] === undefined ? 10 : integerOrThrow(args[2]));
  }
  throw new ErrorReply("ERR Unknown SLOWLOG subcommand or wrong # of args. Try GET, RESET, LEN.");
}
