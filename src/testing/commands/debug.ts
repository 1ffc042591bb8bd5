import { cString, integerOrThrow, word } from "../arguments.ts";
import { ErrorReply, OK, type Reply } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";

export const debugCommands: readonly Command[] = [command("debug", -2, "a", debug)];

/** Like debugCommand in Disque's debug.c. Subcommands that crash the real server stop this server. A restart loses all jobs. */
function debug(call: Call): Reply | undefined {
  const { args, state, node } = call;
  const name = word(args[1]);
  if (name === "segfault" || name === "oom" || name === "assert") {
    state.host.exit();
    return undefined;
  }
  if (name === "restart" || name === "crash-and-recover") {
    state.host.restart(args[2] === undefined ? 0 : Math.max(integerOrThrow(args[2]), 0));
    return undefined;
  }
  if (name === "flushall" || name === "loadaof") {
    node.flush();
    return OK;
  }
  if (name === "sleep" && args.length === 3) {
    const seconds = Number.parseFloat(cString(argument(call, 2)));
    if (seconds > 0) state.sleep(seconds * 1000);
    return OK;
  }
  if (name === "error" && args.length === 3) return new ErrorReply(argument(call, 2).toString("latin1"));
  if (name === "structsize" && args.length === 2) {
    return "bits:64 job:120 queue:112 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 ";
  }
  throw new ErrorReply(
    `ERR Unknown DEBUG subcommand or wrong number of arguments for '${cString(argument(call, 1))}'`,
  );
}
