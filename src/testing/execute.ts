import { cString, word } from "./arguments.ts";
import type { Client } from "./client.ts";
import type { Call, Command } from "./commands/command.ts";
import { COMMANDS, checkArity } from "./commands/table.ts";
import { commandLine } from "./log.ts";
import { makeRoom } from "./memory.ts";
import { feedMonitors } from "./monitor.ts";
import { ErrorReply, OK, type Reply } from "./reply.ts";
import type { ServerState } from "./state.ts";
import { monotonicTime } from "./timers.ts";

const NOAUTH = new ErrorReply("NOAUTH Authentication required.");
const OUT_OF_MEMORY = new ErrorReply("OOM command not allowed when used memory > 'maxmemory'.");

/** Runs one command of a client: server.c, processCommand. */
export function execute(state: ServerState, client: Client, args: readonly [Buffer, ...Buffer[]]): void {
  const name = word(args[0]);
  state.host.log?.(commandLine(state.config.get("port"), client, args));
  const answer = state.host.intercept(name);
  if (answer !== null) {
    client.send(new ErrorReply(answer));
  } else if (name === "quit") {
    client.send(OK);
    client.closing = true;
    return;
  } else {
    const reply = perform(state, client, name, args);
    if (reply !== undefined) client.send(reply);
    state.node.serveWaiters();
  }
  client.nextCommand();
}

/** Returns the reply. If the command throws an ErrorReply, that is the reply. */
function perform(
  state: ServerState,
  client: Client,
  name: string,
  args: readonly [Buffer, ...Buffer[]],
): Reply | undefined {
  try {
    return check(state, client, name, args);
  } catch (error) {
    if (error instanceof ErrorReply) return error;
    throw error;
  }
}

function check(
  state: ServerState,
  client: Client,
  name: string,
  args: readonly [Buffer, ...Buffer[]],
): Reply | undefined {
  // CLIENT LIST shows the last command that was looked up, or NULL if it was not found.
  client.lastCommand = null;
  const command = COMMANDS.get(name);
  if (command === undefined) throw new ErrorReply(`ERR unknown command '${cString(args[0])}'`);
  client.lastCommand = command.name;
  checkArity(command, args);
  const open = client.authenticated || state.config.get("requirepass") === "";
  if (!open && command.name !== "auth") throw NOAUTH;
  if (state.config.number("maxmemory") > 0 && !makeRoom(state) && command.flags.includes("denyoom")) {
    throw OUT_OF_MEMORY;
  }
  return call(command, { state, node: state.node, client, args });
}

/** Runs the command and records how long it took: server.c, call. */
function call(command: Command, details: Call): Reply | undefined {
  const { state, client, args } = details;
  if (state.monitors.size > 0) feedMonitors(state, client, args);
  const start = monotonicTime();
  state.slept = 0;
  try {
    return command.run(details);
  } finally {
    const duration = Math.round((monotonicTime() - start + state.slept) * 1000);
    record(state, command, args, duration);
    state.stats.count(command.name, duration);
  }
}

function record(state: ServerState, command: Command, args: readonly Buffer[], duration: number): void {
  const { config } = state;
  const ms = Math.trunc(duration / 1000);
  const threshold = config.number("latency-monitor-threshold");
  if (threshold > 0 && ms >= threshold) {
    state.latency.add(command.flags.includes("fast") ? "fast-command" : "command", state.node.seconds, ms);
  }
  if (duration >= config.number("slowlog-log-slower-than")) {
    state.slowlog.push(args, state.node.seconds, duration);
  }
  state.slowlog.trim(config.number("slowlog-max-len"));
}
