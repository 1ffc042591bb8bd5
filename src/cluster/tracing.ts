// What the client tells of itself to who subscribes, by Node's `diagnostics_channel`; and to who reads along, by
// `NODE_DEBUG=disque`.

import type { DebugLogger } from "node:util";

/**
 * What the channels `tracing:disque:command:*` are told of a call, one object from its `start` to its `asyncEnd`. What is
 * known only later is set then.
 */
export interface CommandTrace {
  /** Its name: `ADDJOB`, `CLUSTER MEET`. */
  readonly command: string;
  /** The queue that it is about; several are listed with commas. */
  readonly queue: string | undefined;
  /** `host:port` of the node that answered; `undefined` if none did, or several. */
  node?: string | undefined;
  /** Milliseconds until it was settled. */
  duration?: number;
  /** What it rejected with. */
  error?: unknown;
  /** What it was called with, and what it resolved with: only with the option `traceBodies`. */
  args?: readonly unknown[];
  result?: unknown;
}

/** What the channels `tracing:disque:connect:*` are told of an attempt to connect. */
export interface ConnectTrace {
  /** `host:port` or `unix:path` of the node. */
  readonly node: string;
  /** Its id, when it said it. */
  id?: string;
  /** Milliseconds until it was connected, with its handshake, or failed. */
  duration?: number;
  /** Why it failed. */
  error?: unknown;
}

export const commands: () => TracingChannel<CommandTrace> = channel("disque:command");
export const connects: () => TracingChannel<ConnectTrace> = channel("disque:connect");

let log: DebugLogger | undefined;

/** Tells who reads along, with the placeholders of `util.format`. `node:util` is loaded with the first line. */
export function debug(text: string, ...values: readonly unknown[]): void {
  log ??= process.getBuiltinModule("node:util").debuglog("disque");
  log(text, ...values);
}

/** A tracing channel, as far as it is used here. */
interface TracingChannel<Trace extends object> {
  readonly start: {
    readonly hasSubscribers: boolean;
    runStores<Value>(trace: Trace, work: () => Value): Value;
  };
  readonly end: Publisher<Trace>;
  readonly asyncStart: Publisher<Trace>;
  readonly asyncEnd: Publisher<Trace>;
  readonly error: Publisher<Trace>;
}

interface Publisher<Trace> {
  readonly hasSubscribers: boolean;
  publish(trace: Trace): void;
}

/** A channel is made when it is asked for, with the first client. Who subscribes before that has it made. */
function channel<Trace extends object>(name: string): () => TracingChannel<Trace> {
  let made: TracingChannel<Trace> | undefined;
  return () => {
    made ??= process
      .getBuiltinModule("node:diagnostics_channel")
      .tracingChannel<unknown, Trace>(name) as TracingChannel<Trace>;
    return made;
  };
}

/** Whether anybody listens. Asked before each call, so it makes nothing. */
export function isTraced(channel: TracingChannel<never>): boolean {
  return (
    channel.start.hasSubscribers ||
    channel.asyncEnd.hasSubscribers ||
    channel.end.hasSubscribers ||
    channel.asyncStart.hasSubscribers ||
    channel.error.hasSubscribers
  );
}

/**
 * Does `work` and tells the channel: `start` and `end` around its beginning, `error` if it fails, `asyncStart` and
 * `asyncEnd` when it is settled. Node's own `tracePromise` would hand on the result too, and with it the bodies of jobs.
 */
export async function traced<Trace extends { duration?: number; error?: unknown }, Value>(
  channel: TracingChannel<Trace>,
  trace: Trace,
  work: () => Promise<Value>,
): Promise<Value> {
  const begin = performance.now();
  try {
    let promise: Promise<Value>;
    try {
      // The context of async local storage that a subscriber binds to `start` is that of the work.
      promise = channel.start.runStores(trace, work);
    } finally {
      channel.end.publish(trace);
    }
    return await promise;
  } catch (error) {
    trace.error = error;
    channel.error.publish(trace);
    throw error;
  } finally {
    trace.duration = performance.now() - begin;
    channel.asyncStart.publish(trace);
    channel.asyncEnd.publish(trace);
  }
}
