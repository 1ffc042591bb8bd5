// What a row of the command table is. A row says everything that the client knows of one command: how it is written,
// what its reply means, how long it may keep silent, and what sending it a second time would do.

import type { Argument, Reply } from "../resp/index.ts";
import type { Job, JobRef } from "./job.ts";
import { first } from "./position.ts";

/** What every command takes besides its own options. */
export interface CallOptions {
  /** Aborts the call: it rejects at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the call rejects with a `TimeoutError`, instead of the client's `commandTimeout`. What the
   * server may wait on purpose (`timeout` of `addJob` and `getJob`) comes on top.
   */
  readonly commandTimeout?: number | undefined;
}

/**
 * Where a command may be sent again when its connection is lost before the reply came.
 *
 * - `any-node`: it does no harm twice.
 * - `same-node`: it speaks of one node only, and does no harm twice there.
 * - `never`: the server may have run it, and once more would not be the same.
 */
export type Resend = "any-node" | "same-node" | "never";

export interface Traits<Args extends readonly unknown[]> {
  readonly resend: Resend | ((...args: Args) => Resend);
  /**
   * Milliseconds that the server may keep silent on purpose, during which nothing behind it is answered.
   */
  readonly blocks?: (...args: Args) => number;
  /** It only blocks while a job is replicated, so several may follow each other on a connection. */
  readonly replicates?: true;
  /** Encodes the same call, but keeping silent for so many milliseconds only: a long wait is asked for in pieces. */
  readonly shorten?: (milliseconds: number, ...args: Args) => readonly Argument[];
  /**
   * The jobs it is about. A call with several has an argument for each and answers with a count, so that it may be split
   * by node and the counts added up.
   */
  readonly jobs?: (...args: Args) => readonly JobRef[];
  /** The queue that it is about, or several: for who traces calls. */
  readonly queue?: (...args: Args) => string | readonly string[] | undefined;
  /** Id of the only node that it may go to. */
  readonly node?: (...args: Args) => string | undefined;
  /** The server answers by closing the connection. */
  readonly hangsUp?: true;
}

/** What a decoder may need besides the reply. */
export interface ReplyContext<Args extends readonly unknown[]> {
  readonly args: Args;
  /** Id of the node that answered. */
  readonly node: string;
}

export interface Command<Args extends readonly unknown[], Value> {
  /** The words that name the command. */
  readonly wire: readonly [string, ...string[]];
  /** The arguments behind the name. Throws a `TypeError` or `RangeError` that names a bad one. */
  encode(...args: Args): readonly Argument[];
  /** Throws a `ProtocolError` when the reply has not the shape that the server documents. */
  decode(reply: Reply, context: ReplyContext<Args>): Value;
  /** The jobs that it brought, if it brings jobs to work on. */
  fetched?(value: Value): readonly Job[];
  /** Where among the arguments the options of the call are. */
  options?(...args: Args): CallOptions | undefined;
  readonly traits: Traits<Args>;
  /** What stands in for it on Redis with the Disque module, where that is not the same. */
  readonly onModule?: "missing" | Command<Args, Value>;
}

/** The table for an interface of methods: one row each, of the types that its signature has (its last, if several). */
export type Table<Methods> = {
  readonly [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => Promise<infer Value>
    ? Command<Args, Value>
    : never;
};

/** A row for a command without arguments of its own. `decode` is given the name of the command, for the errors that it throws. */
export function bare<Value>(
  wire: Command<readonly [], Value>["wire"],
  resend: Resend,
  decode: (name: string, reply: Reply) => Value,
): Command<[options?: CallOptions | undefined], Value> {
  const name = wire.join(" ");
  return {
    wire,
    encode: () => [],
    decode: (reply) => decode(name, reply),
    options: first,
    traits: { resend },
  };
}
