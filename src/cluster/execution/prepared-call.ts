import * as check from "../../commands/arguments.ts";
import type { CommandDefinition, Resend } from "../../commands/definition.ts";
import type { JobRef } from "../../commands/job.ts";
import { type Argument, type ClosedError, TimeoutError } from "../../resp/index.ts";
import { throwIfAborted, withDeadline } from "../abort.ts";
import type { Cluster } from "../cluster.ts";
import type { Node } from "../connections/node.ts";
import type { Settings } from "../options.ts";
import type { LateJobs } from "./waits.ts";

/**
 * Which connection a command needs: the shared connection, one for ADDJOBs that replicate, or one of its own on which it waits.
 */
export type ConnectionKind = "shared" | "adding" | "waiting";

/**
 * Milliseconds to wait for the reply to an ADDJOB that may go to another node. A frozen node must not delay the job for long.
 */
const FLEXIBLE_REPLY_TIMEOUT = 2_500;
/**
 * Minimum milliseconds to wait for the reply to a GETJOB after its wait has ended: if the connection is given up, a job in a
 * late reply is lost, or delivered again only after its retry time. With 50 clients or more, the server may end a wait 1.2 s
 * late (server.c, clientsCron).
 */
const MIN_WAIT_REPLY_TIMEOUT = 2_000;

/** The properties that decide how a call is handled. */
export interface CallTraits {
  readonly connection: ConnectionKind;
  /** How long the server may block, in milliseconds. */
  readonly blocks: number;
  readonly resend: Resend;
  readonly jobs: readonly JobRef[] | undefined;
  /** Whether the command is about jobs that only some nodes have, so that other nodes cannot run it. */
  readonly hasOwner: boolean;
  /** Id of the only node that the call may go to. */
  readonly pinnedTo: string | undefined;
  /** Whether the client chooses the number of copies of the job. */
  readonly choosesCopies: boolean;
  readonly signal: AbortSignal | undefined;
  readonly commandTimeout: number | undefined;
}

/** A call whose arguments were checked and encoded. */
export interface PreparedCall<Args extends readonly unknown[], Value> extends CallTraits {
  readonly definition: CommandDefinition<Args, Value>;
  readonly args: Args;
  readonly command: readonly Argument[];
  /** Total length of the arguments that are byte arrays. If it changes, their owner has resized or transferred the memory. */
  readonly byteLength: number;
}

/** Throws a `TypeError` or `RangeError` for an invalid argument, or the signal's reason if the signal is aborted. */
export function prepare<Args extends readonly unknown[], Value>(
  definition: CommandDefinition<Args, Value>,
  args: Args,
): PreparedCall<Args, Value> {
  const options = check.callOptions(definition.options?.(...args), definition.optionNames);
  const { signal, commandTimeout, node } = options;
  throwIfAborted(signal);
  // Encoding comes first, since it checks the arguments.
  const command = definition.encode(...args);
  const blocks = definition.blocks?.(...args) ?? 0;
  const { resend } = definition;
  const scope = typeof resend === "function" ? resend(...args) : resend;
  return {
    definition,
    args,
    command,
    byteLength: byteLengthOf(command),
    connection: kindOf(definition, blocks),
    blocks,
    resend: scope,
    jobs: definition.jobs?.(...args),
    hasOwner: definition.jobs !== undefined && scope !== "any-node",
    pinnedTo: node,
    choosesCopies: definition.choosesCopies?.(...args) ?? false,
    signal,
    commandTimeout,
  };
}

/** Returns the same call with a shorter waiting time. */
export function waitingFor<Args extends readonly unknown[], Value>(
  call: PreparedCall<Args, Value>,
  milliseconds: number,
): PreparedCall<Args, Value> {
  const { definition, args } = call;
  const command = definition.encodeWithTimeout?.(milliseconds, ...args);
  if (command === undefined) return call;
  return { ...call, command, byteLength: byteLengthOf(command), blocks: milliseconds };
}

/** The milliseconds without progress after which the reply is overdue and its connection is given up. */
export function replyTimeout(call: CallTraits, ofClient: number): number {
  const { blocks, choosesCopies, commandTimeout, connection, resend } = call;
  const usual = Math.max(ofClient, commandTimeout ?? 0);
  if (connection === "waiting") return blocks + Math.max(usual, MIN_WAIT_REPLY_TIMEOUT);
  const mayGoElsewhere = choosesCopies && resend === "any-node" && commandTimeout === undefined;
  return blocks + (mayGoElsewhere ? Math.min(usual, FLEXIBLE_REPLY_TIMEOUT) : usual);
}

/**
 * Returns the command. Throws a `TypeError` if its bytes were resized or transferred, which would turn it into another command.
 */
export function checkedCommand({
  command,
  byteLength,
}: Pick<PreparedCall<readonly [], unknown>, "command" | "byteLength">): readonly Argument[] {
  if (byteLengthOf(command) === byteLength) return command;
  throw new TypeError("bytes were resized or transferred before the call had settled");
}

/** The total length of the arguments that are bytes. */
function byteLengthOf(command: readonly Argument[]): number {
  let length = 0;
  for (const arg of command) if (typeof arg === "object") length += arg.length;
  return length;
}

function kindOf(definition: CommandDefinition<never, unknown>, blocks: number): ConnectionKind {
  if (blocks === 0) return "shared";
  return definition.replicates ? "adding" : "waiting";
}

/** A call that can be ended before its reply arrives. */
export interface Cancellable {
  cancel(reason: ClosedError): void;
}

/** What an execution needs from its client. */
export interface ExecutionContext {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly lateJobs: LateJobs;
  /** Executions that wait for something other than a reply. `close` ends them. */
  readonly idle: Set<Cancellable>;
  /** Whether the client is closing. If so, nothing is retried. */
  readonly isClosing: () => boolean;
}

/** The node that an execution goes to first, and whether it may go to others. */
export interface Target {
  /** The node to go to first; `undefined` means the primary node. */
  readonly node: Node | undefined;
  /** Whether the call may only go to this node. If so, it is retried at most once. */
  readonly isPinned: boolean;
}

export const PRIMARY: Target = { node: undefined, isPinned: false };

/**
 * Runs `connect` for a call that cannot be sent without it. Rejects with a `TimeoutError` when the call's `commandTimeout` has
 * passed.
 */
export function withinCommandTimeout<Value>(
  { commandTimeout, signal }: CallTraits,
  connect: (signal: AbortSignal | undefined) => Promise<Value>,
): Promise<Value> {
  if (commandTimeout === undefined) return connect(signal);
  const timeoutError = (): Error => new TimeoutError(`no reply within ${commandTimeout} ms`);
  return withDeadline(commandTimeout, signal, timeoutError, connect);
}
