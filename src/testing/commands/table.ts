import { word } from "../arguments.ts";
import { ErrorReply, type Reply, Status } from "../reply.ts";
import { clientCommands } from "./client.ts";
import { clusterCommands } from "./cluster.ts";
import { type Call, type Command, command } from "./command.ts";
import { configCommands } from "./config.ts";
import { debugCommands } from "./debug.ts";
import { jobCommands } from "./jobs.ts";
import { latencyCommands } from "./latency.ts";
import { queueCommands } from "./queues.ts";
import { serverCommands } from "./server.ts";
import { slowlogCommands } from "./slowlog.ts";

/** Like serverCommandTable in Disque's server.c. QUIT is not included: it is answered before commands are looked up. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...serverCommands,
    ...clientCommands,
    ...debugCommands,
    ...configCommands,
    ...clusterCommands,
    ...slowlogCommands,
    ...latencyCommands,
    ...jobCommands,
    ...queueCommands,
    command("command", 0, "rl", describeCommands),
  ].map((entry) => [entry.name, entry]),
);

/** COMMAND, COMMAND INFO name ..., COMMAND COUNT: server.c, commandCommand. */
function describeCommands({ args }: Call): Reply {
  const name = word(args[1]);
  if (args.length === 1) return [...COMMANDS.values()].map(describe);
  if (name === "info") return args.slice(2).map((arg) => describe(COMMANDS.get(word(arg))));
  if (name === "count" && args.length === 2) return COMMANDS.size;
  throw new ErrorReply("ERR Unknown subcommand or wrong number of arguments.");
}

/** The last three numbers describe key arguments; Disque has none, so they are 0. */
function describe(entry: Command | undefined): Reply {
  if (entry === undefined) return null;
  return [entry.name, entry.arity, entry.flags.map((flag) => new Status(flag)), 0, 0, 0];
}

export function checkArity({ name, arity }: Command, args: readonly Buffer[]): void {
  if (arity > 0 ? args.length !== arity : args.length < -arity) {
    throw new ErrorReply(`ERR wrong number of arguments for '${name}' command`);
  }
}
