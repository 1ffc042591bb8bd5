// SLOWLOG and LATENCY, what a server noted of its own slowness: signatures, and rows of the table.

import type { Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { bare, type CallOptions, type Table } from "./command.ts";
import { asArray, asBytes, asNumber, asOk, asText } from "./decode.ts";
import { itemsOf, optionsOf } from "./listed.ts";
import { second } from "./position.ts";

/** A command that took long. */
export interface SlowlogEntry {
  /** Counts up for as long as the server runs. */
  readonly id: number;
  /** When it ran: seconds since 1970. */
  readonly time: number;
  /** Microseconds that it took. */
  readonly duration: number;
  /** The command and its arguments; the server cuts long ones. */
  readonly args: readonly Buffer[];
}

/** How long an event took once. */
export interface LatencySample {
  /** Seconds since 1970. */
  readonly time: number;
  /** Milliseconds that the event took. */
  readonly latency: number;
}

/** A kind of event that the server watches. */
export interface LatencyEvent extends LatencySample {
  /** Its name: `command`, `fork`, `aof-write`, … */
  readonly event: string;
  /** Milliseconds that the longest of its kind took. */
  readonly max: number;
}

/** Any number of names of events; or an array of them, and options. */
export type LatencyEvents =
  | [...events: string[]]
  | [events: readonly string[], options?: CallOptions | undefined];

/** What a server noted of its own slowness. It speaks of the connected node. */
export interface Logs {
  /** SLOWLOG GET: the latest slow commands, the newest first. Default `count`: 10. */
  slowlogGet(count?: number, options?: CallOptions): Promise<SlowlogEntry[]>;

  /** SLOWLOG LEN: how many slow commands are kept. */
  slowlogLen(options?: CallOptions): Promise<number>;

  /** SLOWLOG RESET: forgets them. */
  slowlogReset(options?: CallOptions): Promise<void>;

  /** LATENCY HISTORY: the samples of an event. */
  latencyHistory(event: string, options?: CallOptions): Promise<LatencySample[]>;

  /** LATENCY GRAPH: the samples of an event, drawn in text. Rejects with a `ReplyError` when there are none. */
  latencyGraph(event: string, options?: CallOptions): Promise<string>;

  /** LATENCY LATEST: the latest sample of each event. */
  latencyLatest(options?: CallOptions): Promise<LatencyEvent[]>;

  /** LATENCY DOCTOR: what the server makes of them, in words. */
  latencyDoctor(options?: CallOptions): Promise<string>;

  /**
   * LATENCY RESET: forgets the samples of these events, or of all. Resolves with of how many.
   *
   * @example
   * await disque.latencyReset("command", "fork");
   * await disque.latencyReset([], { signal });
   */
  latencyReset(...events: LatencyEvents): Promise<number>;
}

export const logsTable: Table<Logs> = {
  slowlogGet: {
    wire: ["SLOWLOG", "GET"],
    encode: (count) => (count === undefined ? [] : [check.integer("count", count, 0)]),
    decode: (reply) => asArray("SLOWLOG GET", reply).map((item) => slowlogEntry(item)),
    options: second,
    traits: { resend: "same-node" },
  },

  slowlogLen: bare(["SLOWLOG", "LEN"], "same-node", asNumber),
  slowlogReset: bare(["SLOWLOG", "RESET"], "same-node", asOk),

  latencyHistory: {
    wire: ["LATENCY", "HISTORY"],
    encode: (event) => [check.text("event", event)],
    decode: (reply) => asArray("LATENCY HISTORY", reply).map((item) => latencySample(item)),
    options: second,
    traits: { resend: "same-node" },
  },

  latencyGraph: {
    wire: ["LATENCY", "GRAPH"],
    encode: (event) => [check.text("event", event)],
    decode: (reply) => asText("LATENCY GRAPH", reply),
    options: second,
    traits: { resend: "same-node" },
  },

  latencyLatest: bare(["LATENCY", "LATEST"], "same-node", (name, reply) =>
    asArray(name, reply).map((item) => latencyEvent(item)),
  ),
  latencyDoctor: bare(["LATENCY", "DOCTOR"], "same-node", asText),

  latencyReset: {
    wire: ["LATENCY", "RESET"],
    encode: (...events) => itemsOf<string>(events).map((event) => check.text("event", event)),
    decode: (reply) => asNumber("LATENCY RESET", reply),
    options: (...events) => optionsOf<string>(events),
    traits: { resend: "same-node" },
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
    event: asText("name of LATENCY", event),
    time: asNumber("time of LATENCY", time),
    latency: asNumber("latency of LATENCY", latency),
    max: asNumber("max of LATENCY", max),
  };
}
