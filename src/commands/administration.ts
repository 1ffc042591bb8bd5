// CLIENT, SLOWLOG and LATENCY: their signatures, their rows of the command table, and the decoders of their replies.

import type { Argument, Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import {
  addField,
  asArray,
  asBytes,
  asNumber,
  asOk,
  asText,
  emptyRecord,
  linesOf,
  MAX_NAME,
  nullOr,
  tooMany,
} from "./decode.ts";
import {
  CALL_OPTIONS,
  type CallOptions,
  itemsOf,
  type OptionNames,
  optionsOf,
  type Table,
  withoutArguments,
} from "./definition.ts";

/** A client as the server lists it: `id`, `addr`, `name`, `age`, `idle`, `flags`, `cmd`, … */
export type ClientInfo = Readonly<Record<string, string>>;

/** Which clients to disconnect: those that match all of these filters. At least one filter besides `skipme` is required. */
export interface ClientKillOptions extends CallOptions {
  /** The client's `id` in `clientList`. */
  readonly id?: number | undefined;
  /** The client's `addr` in `clientList`: `host:port`. */
  readonly addr?: string | undefined;
  /** The kind of client; Disque has only one. */
  readonly type?: "normal" | undefined;
  /** Spare the connection that carries this command. Default true. */
  readonly skipme?: boolean | undefined;
}

/** The commands on a server's clients. */
export interface Clients {
  /** CLIENT LIST: the server's connections. */
  clientList(options?: CallOptions): Promise<ClientInfo[]>;

  /**
   * CLIENT KILL: disconnects clients. Resolves with the number of disconnected clients. Rejects with a `TypeError` if no filter
   * is given.
   *
   * @example
   * await disque.clientKill({ addr: "127.0.0.1:50412" });
   */
  clientKill(options: ClientKillOptions): Promise<number>;

  /** CLIENT GETNAME: the name of the connection that carries this command; `null` if it has none. */
  clientGetName(options?: CallOptions): Promise<string | null>;

  /**
   * CLIENT SETNAME: names the connection that carries this command; `""` removes the name. The option `name` of `Disque` names
   * every connection, including those made after a connection was lost.
   */
  clientSetName(name: string, options?: CallOptions): Promise<void>;

  /** CLIENT PAUSE: stops the server from answering any client for this many milliseconds. */
  clientPause(milliseconds: number, options?: CallOptions): Promise<void>;
}

const CLIENT_KILL_OPTIONS: OptionNames<ClientKillOptions> = {
  ...CALL_OPTIONS,
  id: true,
  addr: true,
  type: true,
  skipme: true,
};

export const clientsTable: Table<Clients> = {
  clientList: withoutArguments("CLIENT LIST", "same-node", clientList),

  clientKill: {
    name: "CLIENT KILL",
    encode({ id, addr, type, skipme = true } = {}) {
      const filters: Argument[] = [];
      if (id !== undefined) filters.push("ID", check.integer("id", id, 1));
      if (addr !== undefined) filters.push("ADDR", check.text("addr", addr));
      if (type !== undefined) filters.push("TYPE", check.oneOf("type", type, ["normal"]));
      if (filters.length === 0) throw new TypeError("clientKill needs at least one of id, addr and type");
      return ["CLIENT", "KILL", ...filters, "SKIPME", check.flag("skipme", skipme) ? "yes" : "no"];
    },
    decode: (reply) => asNumber("CLIENT KILL", reply),
    options: (options) => options,
    optionNames: CLIENT_KILL_OPTIONS,
    resend: "never",
  },

  clientGetName: withoutArguments("CLIENT GETNAME", "same-node", (command, reply) =>
    nullOr(reply, (name) => asText(command, name)),
  ),

  clientSetName: {
    name: "CLIENT SETNAME",
    encode: (name) => ["CLIENT", "SETNAME", check.text("name", name)],
    decode: (reply) => asOk("CLIENT SETNAME", reply),
    options: (_argument, options) => options,
    resend: "never",
  },

  clientPause: {
    name: "CLIENT PAUSE",
    encode: (milliseconds) => ["CLIENT", "PAUSE", check.integer("milliseconds", milliseconds, 0)],
    decode: (reply) => asOk("CLIENT PAUSE", reply),
    options: (_argument, options) => options,
    resend: "never",
  },
};

/** Maximum number of fields of all clients together (each client has 14), and of different field names. */
const MAX_CLIENT_FIELDS = 262_144;
const MAX_FIELD_NAMES = 256;

/** Decodes CLIENT LIST, which has one line of `field=value` pairs for each client (networking.c, catClientInfoString). */
export function clientList(command: string, reply: Reply): ClientInfo[] {
  const clients: ClientInfo[] = [];
  const names = new Set<string>();
  let count = 0;
  for (const line of linesOf(command, asText(command, reply))) {
    const client = emptyRecord<string>();
    for (let start = 0; start < line.length; ) {
      const space = line.indexOf(" ", start);
      const end = space < 0 ? line.length : space;
      const name = addField(client, line.slice(start, end), "=");
      if (name !== undefined) names.add(name);
      if (++count > MAX_CLIENT_FIELDS) throw tooMany(command, MAX_CLIENT_FIELDS, "fields");
      start = end + 1;
    }
    if (names.size > MAX_FIELD_NAMES) throw tooMany(command, MAX_FIELD_NAMES, "names of fields");
    clients.push(client);
  }
  return clients;
}

/** An entry of the slow log: a command that took long. */
export interface SlowlogEntry {
  /** The number of the entry. It increases with each entry until the server restarts. */
  readonly id: number;
  /** When the command ran, in seconds since 1970. */
  readonly time: number;
  /** The duration of the command in microseconds. */
  readonly duration: number;
  /** The command and its arguments; the server truncates long arguments and long lists. */
  readonly args: readonly Buffer[];
}

/** The latency of one occurrence of an event. */
export interface LatencySample {
  /** When the event occurred, in seconds since 1970. */
  readonly time: number;
  /** The duration of the event in milliseconds. */
  readonly latency: number;
}

/** An event that the server monitors, with its latest sample. */
export interface LatencyEvent extends LatencySample {
  /** The name of the event: `command`, `fork`, `aof-write`, … */
  readonly event: string;
  /** The maximum latency in milliseconds. */
  readonly max: number;
}

/** Any number of event names, or an array of event names followed by options. */
export type LatencyEvents =
  | [...events: string[]]
  | [events: readonly string[], options?: CallOptions | undefined];

/** The commands that report what was slow on a server: slow commands and other events. */
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
   * LATENCY RESET: deletes the samples of the named events, or of all events. Resolves with the number of events that had
   * samples.
   *
   * @example
   * await disque.latencyReset("command", "fork");
   * await disque.latencyReset([], { signal });
   */
  latencyReset(...events: LatencyEvents): Promise<number>;
}

export const diagnosticsTable: Table<Diagnostics> = {
  slowlogGet: {
    name: "SLOWLOG GET",
    encode: (count) =>
      count === undefined ? ["SLOWLOG", "GET"] : ["SLOWLOG", "GET", check.integer("count", count, 0)],
    decode: (reply) => asArray("SLOWLOG GET", reply).map((item) => slowlogEntry(item)),
    options: (_argument, options) => options,
    resend: "same-node",
  },

  slowlogLen: withoutArguments("SLOWLOG LEN", "same-node", asNumber),
  slowlogReset: withoutArguments("SLOWLOG RESET", "same-node", asOk),

  latencyHistory: {
    name: "LATENCY HISTORY",
    encode: (event) => ["LATENCY", "HISTORY", check.text("event", event)],
    decode: (reply) => asArray("LATENCY HISTORY", reply).map((item) => latencySample(item)),
    options: (_argument, options) => options,
    resend: "same-node",
  },

  latencyGraph: {
    name: "LATENCY GRAPH",
    encode: (event) => ["LATENCY", "GRAPH", check.text("event", event)],
    decode: (reply) => asText("LATENCY GRAPH", reply),
    options: (_argument, options) => options,
    resend: "same-node",
  },

  latencyLatest: withoutArguments("LATENCY LATEST", "same-node", (name, reply) =>
    asArray(name, reply).map((item) => latencyEvent(item)),
  ),
  latencyDoctor: withoutArguments("LATENCY DOCTOR", "same-node", asText),

  latencyReset: {
    name: "LATENCY RESET",
    encode: (...events) => [
      "LATENCY",
      "RESET",
      ...itemsOf<string>(events).map((event) => check.text("event", event)),
    ],
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
