import { statSync } from "node:fs";
import { cString, word } from "../arguments.ts";
import { ErrorReply, OK, type Reply } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";

export const configCommands: readonly Command[] = [command("config", -2, "ar", config)];

const SUBCOMMANDS: Readonly<Record<string, readonly [count: number, run: (call: Call) => Reply]>> = {
  get: [3, (call) => call.state.config.matching(cString(argument(call, 2)))],
  set: [4, set],
  resetstat: [2, resetstat],
  rewrite: [2, rewrite],
};

/** Like configCommand in Disque's config.c. */
function config(call: Call): Reply {
  const name = word(call.args[1]);
  const [count, run] = (Object.hasOwn(SUBCOMMANDS, name) && SUBCOMMANDS[name]) || [0, undefined];
  if (run === undefined) {
    throw new ErrorReply("ERR CONFIG subcommand must be one of GET, SET, RESETSTAT, REWRITE");
  }
  if (call.args.length !== count) {
    throw new ErrorReply(`ERR Wrong number of arguments for CONFIG ${cString(argument(call, 1))}`);
  }
  return run(call);
}

function set(call: Call): Reply {
  const { state } = call;
  const name = word(call.args[2]);
  const value = cString(argument(call, 3));
  const failure = name === "dir" ? chdirError(value) : null;
  if (failure !== null) throw new ErrorReply(`ERR Changing directory: ${failure}`);
  const shown = cString(argument(call, 2));
  const outcome = state.config.set(name, value);
  if (outcome === "unsupported") throw new ErrorReply(`ERR Unsupported CONFIG parameter: ${shown}`);
  if (outcome === "invalid") {
    throw new ErrorReply(`ERR Invalid argument '${value}' for CONFIG SET '${shown}'`);
  }
  if (name === "timeout") state.watchIdleClients();
  return OK;
}

/** Why chdir would fail, in the words of strerror; null if it would succeed. */
function chdirError(path: string): string | null {
  try {
    return statSync(path).isDirectory() ? null : "Not a directory";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOTDIR") return "Not a directory";
    if (code === "ENAMETOOLONG") return "File name too long";
    if (code === "EACCES") return "Permission denied";
    return "No such file or directory";
  }
}

function resetstat({ state }: Call): Reply {
  state.stats.reset();
  return OK;
}

function rewrite(): Reply {
  throw new ErrorReply("ERR The server is running without a config file");
}
