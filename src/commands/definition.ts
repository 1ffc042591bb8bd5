// Defines a row of the command table. A row says everything the client knows about a command, such as its name, how its
// arguments are encoded and its reply is decoded, its options, how long it may block, and whether it may be resent.

import type { Argument, Reply } from "../resp/index.ts";
import type { Job, JobRef } from "./job.ts";

/** The options that every command takes. */
export interface CallOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to wait for the reply while no bytes are sent or received, in milliseconds, instead of the client's
   * `commandTimeout`. The time that the server may block (`timeout` of `addJob` and `getJob`) is added to it. The call rejects
   * with a `TimeoutError`.
   */
  readonly commandTimeout?: number | undefined;
  /**
   * Id of the node to send the call to, one of `disque.nodes`. The client connects to it if necessary. The call rejects with a
   * `ConnectionError` when that node is unknown or cannot be reached; it is never sent to another node. A `getJob` that waits
   * may still return a job from another node, if an aborted call of this client had fetched it.
   */
  readonly node?: string | undefined;
}

/**
 * Where a command may be resent when its connection is lost before the reply arrives.
 *
 * - `any-node`: running it twice does no harm.
 * - `same-node`: the command is about one node, and running it twice there does no harm.
 * - `never`: the server may have run it, and running it twice would do harm.
 */
export type Resend = "any-node" | "same-node" | "never";

/** The names of the options in an options object. A missing or misspelt name does not compile. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/** What a decoder may need to know in addition to the reply. */
export interface ReplyContext<Args extends readonly unknown[]> {
  readonly args: Args;
  /** Id of the node that answered. */
  readonly node: string;
}

/** For calls that fetch jobs: how to get the jobs out of the value of a call, and how to make such a value. */
export interface Fetching<Args extends readonly unknown[], Value> {
  /** `node` is the id of the node that answered. */
  jobsOf(value: Value, node: string): readonly Job[];
  valueOf(job: Job): Value;
  wantsCounters(...args: Args): boolean;
}

/** For calls that return one page of a scan. */
export interface Scanning<Args extends readonly unknown[], Value> {
  /** The cursor that the call continues with; `"0"` if it begins the scan. */
  cursor(...args: Args): string;
  /** The cursor in the reply. */
  next(value: Value): string;
}

/** Everything the client knows about a command. The properties that are functions take the call's arguments. */
export interface CommandDefinition<Args extends readonly unknown[], Value> {
  /** The words that the command begins with. Errors and traces show them. A command with `sum` has only one word. */
  readonly name: string;
  /** Returns the complete command. Throws a `TypeError` or `RangeError` that names the invalid argument. */
  encode(...args: Args): readonly Argument[];
  /** Throws a `ProtocolError` when the reply does not have the documented shape. */
  decode(reply: Reply, context: ReplyContext<Args>): Value;
  /** Finds the options among the arguments. */
  options?(...args: Args): CallOptions | undefined;
  /** The names of the options of the command, including those of `CallOptions`. */
  readonly optionNames?: Readonly<Record<string, true>>;
  readonly resend: Resend | ((...args: Args) => Resend);
  /** How long the server may block, in milliseconds. While it blocks, it answers nothing else on that connection. */
  blocks?(...args: Args): number;
  /** The command blocks only while a job is replicated, so several such commands may be in flight on one connection. */
  readonly replicates?: true;
  /** Whether the client chooses the number of copies of the job. */
  choosesCopies?(...args: Args): boolean;
  /** Encodes the same call with this number of copies. */
  encodeWithCopies?(copies: number, ...args: Args): readonly Argument[];
  /** Encodes the same call with another blocking time, in milliseconds. */
  encodeWithTimeout?(timeout: number, ...args: Args): readonly Argument[];
  /** The jobs that the command is about: only one, unless the row has `sum`. */
  jobs?(...args: Args): readonly JobRef[];
  /** Adds up the values of a call that was split by node. Only commands that take any number of jobs have this function. */
  sum?(values: readonly Value[]): Value;
  /**
   * The command is also sent to the node that a job was added on. If the job has one copy, and another node imports and
   * delivers it, an ACKJOB sent only to the delivering node deletes only the imported copy, and the job is delivered again
   * (measured).
   */
  readonly alsoAtOrigin?: true;
  /** Present if the reply contains jobs. They must not be lost when the caller no longer waits for them. */
  readonly fetches?: Fetching<Args, Value>;
  readonly scans?: Scanning<Args, Value>;
  /** The queue or queues of the call, for tracing. */
  queue?(...args: Args): string | readonly string[] | undefined;
  /** The server answers by closing the connection. */
  readonly closesConnection?: true;
  /** The command to use instead on Redis with the Disque module; `missing` if there is none. */
  readonly onModule?: "missing" | CommandDefinition<Args, Value>;
}

/** The table for an interface of methods: one row for each method, with the types of the method's last overload. */
export type Table<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => Promise<infer Value>
    ? CommandDefinition<Args, Value>
    : never;
};

export const CALL_OPTIONS: OptionNames<CallOptions> = { signal: true, commandTimeout: true, node: true };

/** A row for a command without arguments of its own. `decode` receives the command's name, for its error messages. */
export function withoutArguments<Value>(
  name: string,
  resend: Resend,
  decode: (name: string, reply: Reply) => Value,
): CommandDefinition<[options?: CallOptions | undefined], Value> {
  const command = name.split(" ");
  return {
    name,
    encode: () => command,
    decode: (reply) => decode(name, reply),
    options: (options) => options,
    resend,
  };
}

type ListAndOptions<Item> = readonly [items: readonly Item[], options?: CallOptions | undefined];

/** The items of a call written as `(a, b)` or as `([a, b], options)`. */
export function itemsOf<Item>(args: readonly Item[] | ListAndOptions<Item>): readonly Item[] {
  return isListAndOptions(args) ? args[0] : args;
}

/** The options of a call written as `([a, b], options)`. */
export function optionsOf<Item>(args: readonly Item[] | ListAndOptions<Item>): CallOptions | undefined {
  return isListAndOptions(args) ? args[1] : undefined;
}

function isListAndOptions<Item>(args: readonly Item[] | ListAndOptions<Item>): args is ListAndOptions<Item> {
  return Array.isArray(args[0]);
}
