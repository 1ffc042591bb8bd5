// SLOWLOG and LATENCY: their signatures, their rows of the table, and the decoders of their replies.

import type { Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { asArray, asBytes, asNumber, asOk, asText, MAX_NAME } from "./decode.ts";
import { type CallOptions, itemsOf, optionsOf, type Table, withoutArguments } from "./definition.ts";

/** A slow command. */
export interface SlowlogEntry {
  /** Increases for as long as the server runs. */
  readonly id: number;
  /** When it ran, in seconds since 1970. */
  readonly time: number;
  /** Its duration in microseconds. */
  readonly duration: number;
  /** The command and its arguments; the server truncates long ones. */
  readonly args: readonly Buffer[];
}

/** The latency of one occurrence of an event. */
export interface LatencySample {
  /** Seconds since 1970. */
  readonly time: number;
  /** Its duration in milliseconds. */
  readonly latency: number;
}

/** An event that the server monitors, with its latest sample. */
export interface LatencyEvent extends LatencySample {
  /** Its name: `command`, `fork`, `aof-write`, … */
  readonly event: string;
  /** The maximum latency in milliseconds. */
  readonly max: number;
}

/** Any number of event names, or an array of them followed by options. */
export type LatencyEvents =
  | [...events: string[]]
  | [events: readonly string[], options?: CallOptions | undefined];

/** The commands about the latency that a server has recorded. */
export interface Diagnostics {
  /** SLOWLOG GET: the latest slow commands, newest first. `count` defaults to 10. */
  slowlogGet(count?: number, options?: CallOptions): Promise<SlowlogEntry[]>;

  /** SLOWLOG LEN: the number of entries in the slow log. */
  slowlogLen(options?: CallOptions): Promise<number>;

  /** SLOWLOG RESET: clears the slow log. */
  slowlogReset(options?: CallOptions): Promise<void>;

  /** LATENCY HISTORY: the samples of an event. */
  latencyHistory(event: string, options?: CallOptions): Promise<LatencySample[]>;

  /** LATENCY GRAPH: a text graph of an event's samples. Rejects with a `ReplyError` when there are none. */
  latencyGraph(event: string, options?: CallOptions): Promise<string>;

  /** LATENCY LATEST: the latest sample of each event. */
  latencyLatest(options?: CallOptions): Promise<LatencyEvent[]>;

  /** LATENCY DOCTOR: the server's analysis in words. */
  latencyDoctor(options?: CallOptions): Promise<string>;

  /**
   * LATENCY RESET: deletes the samples of the named events, or of all. Resolves with the number of events.
   *
   * @example
   * await disque.latencyReset("command", "fork");
   * await disque.latencyReset([], { signal });
   */
  latencyReset(...events: LatencyEvents): Promise<number>;
}

export const diagnosticsTable: Table<Diagnostics> = {
  slowlogGet: {
    words: ["SLOWLOG", "GET"],
    encode: (count) => (count === undefined ? [] : [check.integer("count", count, 0)]),
    decode: (reply) => asArray("SLOWLOG GET", reply).map((item) => slowlogEntry(item)),
    options: (_argument, options) => options,
    resend: "same-node",
  },

  slowlogLen: withoutArguments(["SLOWLOG", "LEN"], "same-node", asNumber),
  slowlogReset: withoutArguments(["SLOWLOG", "RESET"], "same-node", asOk),

  latencyHistory: {
    words: ["LATENCY", "HISTORY"],
    encode: (event) => [check.text("event", event)],
    decode: (reply) => asArray("LATENCY HISTORY", reply).map((item) => latencySample(item)),
    options: (_argument, options) => options,
    resend: "same-node",
  },

  latencyGraph: {
    words: ["LATENCY", "GRAPH"],
    encode: (event) => [check.text("event", event)],
    decode: (reply) => asText("LATENCY GRAPH", reply),
    options: (_argument, options) => options,
    resend: "same-node",
  },

  latencyLatest: withoutArguments(["LATENCY", "LATEST"], "same-node", (name, reply) =>
    asArray(name, reply).map((item) => latencyEvent(item)),
  ),
  latencyDoctor: withoutArguments(["LATENCY", "DOCTOR"], "same-node", asText),

  latencyReset: {
    words: ["LATENCY", "RESET"],
    encode: (...events) => itemsOf<string>(events).map((event) => check.text("event", event)),
    decode: (reply) => asNumber("LATENCY RESET", reply),
    options: (...events) => optionsOf<string>(events),
    resend: "same-node",
  },
};

function slowlogEntry(reply: Reply): SlowlogEntry {
  const [id, time, duration, args] = asArray("entry of SLOWLOG", reply);
  return {
    id: asNumber("id of SLOWLOG", id),
    time: asNumber("time of SLOWLOG", time),
    duration: asNumber("duration of SLOWLOG", duration),
    args: asArray("arguments of SLOWLOG", args).map((arg) => asBytes("argument of SLOWLOG", arg)),
  };
}

function latencySample(reply: Reply): LatencySample {
  const [time, latency] = asArray("sample of LATENCY", reply);
  return { time: asNumber("time of LATENCY", time), latency: asNumber("latency of LATENCY", latency) };
}

function latencyEvent(reply: Reply): LatencyEvent {
  const [event, time, latency, max] = asArray("event of LATENCY", reply);
  return {
    event: asText("name of LATENCY", event, MAX_NAME),
    time: asNumber("time of LATENCY", time),
    latency: asNumber("latency of LATENCY", latency),
    max: asNumber("max of LATENCY", max),
  };
}
