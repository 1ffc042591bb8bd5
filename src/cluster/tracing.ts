// What the client tells about itself: to subscribers of Node's `diagnostics_channel`, and with `NODE_DEBUG=disque`.

import { tracingChannel } from "node:diagnostics_channel";
import { debuglog } from "node:util";
import { now } from "../resp/timers.ts";

/** What subscribers of `tracing:disque:command:*` are told of a call: one object from its `start` to its `asyncEnd`. */
export interface CommandTrace {
  /** Its name: `ADDJOB`, `CLUSTER MEET`. */
  readonly command: string;
  /** The queue that it is about; several are separated by commas. */
  readonly queue: string | undefined;
  /** `host:port` of the node that answered; `undefined` if none did, or several. */
  node?: string | undefined;
  /** Milliseconds until it was settled. */
  duration?: number;
  /** What it rejected with. */
  error?: unknown;
  /** Its arguments and result: only with the option `traceBodies`. */
  args?: readonly unknown[];
  result?: unknown;
}

/** What subscribers of `tracing:disque:connect:*` are told of an attempt to connect. */
export interface ConnectTrace {
  /** `host:port` or `unix:path` of the node. */
  readonly node: string;
  /** Its id, once known. */
  id?: string;
  /** Milliseconds until it was connected, handshake included, or failed. */
  duration?: number;
  /** Why it failed. */
  error?: unknown;
}

export const commands: TracingChannel<CommandTrace> = tracingChannel<unknown, CommandTrace>("disque:command");
export const connects: TracingChannel<ConnectTrace> = tracingChannel<unknown, ConnectTrace>("disque:connect");

const log = debuglog("disque");

/** Logs with the placeholders of `util.format`. Texts of nodes may contain anything, so control characters are escaped. */
export function debug(text: string, ...values: readonly unknown[]): void {
  log(text, ...values.map((value) => (typeof value === "string" ? printable(value) : value)));
}

/** Longer texts are cut. */
const MAX_LENGTH = 2_000;

/** The text without control characters and invisible ones, and of bounded length. */
export function printable(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[^\\]$/u, "?"),
  );
}

/** The part of Node's `TracingChannel` that is used here. */
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

/** Whether there is a subscriber. */
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
 * Does `work` and publishes: `start` and `end` around its beginning, `error` if it fails, `asyncStart` and `asyncEnd` when it is
 * settled. Node's own `tracePromise` would also publish the result, and with it the bodies of jobs.
 */
export async function traced<Trace extends { duration?: number; error?: unknown }, Value>(
  channel: TracingChannel<Trace>,
  trace: Trace,
  work: () => Promise<Value>,
): Promise<Value> {
  const begin = now();
  try {
    let promise: Promise<Value>;
    try {
      // The work runs in the context that a subscriber binds to `start`.
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
    trace.duration = now() - begin;
    channel.asyncStart.publish(trace);
    channel.asyncEnd.publish(trace);
  }
}
