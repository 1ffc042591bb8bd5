// Reports what the client does, to subscribers of Node's `diagnostics_channel` and with `NODE_DEBUG=disque`.

import { tracingChannel } from "node:diagnostics_channel";
import { debuglog } from "node:util";
import { now } from "../resp/timers.ts";

/** What subscribers of `tracing:disque:command:*` receive about a call: the same object from `start` to `asyncEnd`. */
export interface CommandTrace {
  /** The name of the command: `ADDJOB`, `CLUSTER MEET`. */
  readonly command: string;
  /** The queue of the call; several queues are separated by commas. */
  readonly queue: string | undefined;
  /** Address of the last node that got the command; `undefined` for calls with several steps, such as a wait for jobs. */
  node?: string | undefined;
  /** Milliseconds until the call was settled. */
  duration?: number;
  /** The error that the call rejected with. */
  error?: unknown;
  /** The arguments and the result of the call; only present with the option `traceBodies`. */
  args?: readonly unknown[];
  result?: unknown;
}

/** What subscribers of `tracing:disque:connect:*` receive about an attempt to connect. */
export interface ConnectTrace {
  /** `host:port` or `unix:path` of the node. */
  readonly node: string;
  /** The node's id, once it is known. */
  id?: string;
  /** Milliseconds until the attempt succeeded, handshake included, or failed. */
  duration?: number;
  /** Why the attempt failed. */
  error?: unknown;
}

export const commands: TracingChannel<CommandTrace> = tracingChannel<unknown, CommandTrace>("disque:command");
export const connects: TracingChannel<ConnectTrace> = tracingChannel<unknown, ConnectTrace>("disque:connect");

const log = debuglog("disque");

/** Logs with the placeholders of `util.format`. Control characters are escaped, since texts from nodes may contain anything. */
export function debug(text: string, ...values: readonly unknown[]): void {
  log(text, ...values.map((value) => (typeof value === "string" ? printable(value) : value)));
}

/** Maximum length of a text, in characters; longer texts are truncated. */
const MAX_LENGTH = 2_000;

/** Escapes control characters and invisible characters, and bounds the length of the text. */
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

/** Whether the channel has a subscriber. */
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
 * Runs `work` and publishes `start` and `end` around its synchronous part, `error` if it fails, and `asyncStart` and `asyncEnd`
 * when its promise has settled. Node's own `tracePromise` would also publish the result, and with it the bodies of jobs.
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
