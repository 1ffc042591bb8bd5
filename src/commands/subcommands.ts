// CLUSTER and CONFIG, at `disque.cluster` and `disque.config`: their signatures, their rows of the command table, and the decoders
// of their replies.

import type { Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import {
  addField,
  asFields,
  asNumberText,
  asOk,
  asText,
  emptyRecord,
  linesOf,
  MAX_FIELDS,
  tooMany,
  unexpected,
} from "./decode.ts";
import { type CallOptions, type Table, withoutArguments } from "./definition.ts";

/** A node as CLUSTER NODES describes it. */
export interface ClusterNode {
  /** The node's id: 40 hexadecimal digits. */
  readonly id: string;
  /** The node's host. Empty if it is unknown: a node does not know its own host until it has met another node. */
  readonly host: string;
  readonly port: number;
  /** The node's flags: `myself`, `fail?`, `fail`, `handshake`, `noaddr`, `leaving`. An ordinary node has none. */
  readonly flags: readonly string[];
  /** When the ping that is still unanswered was sent, in milliseconds since 1970; 0 if no ping is unanswered. */
  readonly pingSent: number;
  /** When the last pong was received, in milliseconds since 1970. */
  readonly pongReceived: number;
  /** Whether the node that answered has a link to this node. */
  readonly connected: boolean;
}

/** The subcommands of CLUSTER, at `disque.cluster`. */
export interface ClusterCommands {
  /** CLUSTER MEET: joins the cluster of another node. Resolves before the nodes have met. */
  meet(host: string, port: number, options?: CallOptions): Promise<void>;

  /** CLUSTER NODES: the nodes that the answering node knows, itself included. */
  nodes(options?: CallOptions): Promise<ClusterNode[]>;

  /** CLUSTER MYID: the id of the node, 40 hexadecimal digits. */
  myId(options?: CallOptions): Promise<string>;

  /** CLUSTER INFO: fields such as `cluster_state` and `cluster_size`, as the server writes them. */
  info(options?: CallOptions): Promise<Readonly<Record<string, string>>>;

  /** CLUSTER SAVECONFIG: writes the node's cluster configuration to its disk. */
  saveConfig(options?: CallOptions): Promise<void>;

  /**
   * CLUSTER FORGET: makes the node forget another node for at least a minute. Rejects with a `ReplyError` when the node knows
   * no node with that id, or when the id is its own.
   */
  forget(id: string, options?: CallOptions): Promise<void>;

  /**
   * CLUSTER RESET: makes the node delete its jobs and queues and forget all other nodes; `hard` also gives it a new id. Default
   * `soft`.
   */
  reset(how?: "soft" | "hard", options?: CallOptions): Promise<void>;

  /**
   * CLUSTER LEAVING: with `true` the node prepares to leave, keeps no copy of new jobs and refers clients to other nodes;
   * `false` undoes that. Resolves with whether the node is leaving.
   */
  leaving(yes?: boolean, options?: CallOptions): Promise<boolean>;
}

/** Number of columns to read in a line of CLUSTER NODES. On Redis, the hash slots of the node follow these eight. */
const MAX_COLUMNS = 8;
/** Maximum length of the list of a node's flags, in characters; about 50 are needed. */
const MAX_FLAGS = 256;

export const clusterTable: Table<ClusterCommands> = {
  meet: {
    name: "CLUSTER MEET",
    encode: (host, port) => [
      "CLUSTER",
      "MEET",
      check.text("host", host),
      check.integer("port", port, 1, 65_535),
    ],
    decode: (reply) => asOk("CLUSTER MEET", reply),
    options: (_host, _port, options) => options,
    resend: "same-node",
  },

  nodes: withoutArguments("CLUSTER NODES", "any-node", (_name, reply) => decodeClusterNodes(reply)),
  myId: withoutArguments("CLUSTER MYID", "any-node", asText),
  info: withoutArguments("CLUSTER INFO", "any-node", clusterInfo),
  saveConfig: withoutArguments("CLUSTER SAVECONFIG", "same-node", asOk),

  forget: {
    name: "CLUSTER FORGET",
    encode: (id) => ["CLUSTER", "FORGET", check.text("id", id)],
    decode: (reply) => asOk("CLUSTER FORGET", reply),
    options: (_argument, options) => options,
    resend: "same-node",
  },

  reset: {
    name: "CLUSTER RESET",
    encode: (how) =>
      how === undefined
        ? ["CLUSTER", "RESET"]
        : ["CLUSTER", "RESET", check.oneOf("how", how, ["soft", "hard"])],
    decode: (reply) => asOk("CLUSTER RESET", reply),
    options: (_argument, options) => options,
    resend: "never",
  },

  leaving: {
    name: "CLUSTER LEAVING",
    encode: (yes) =>
      yes === undefined
        ? ["CLUSTER", "LEAVING"]
        : ["CLUSTER", "LEAVING", check.flag("yes", yes) ? "yes" : "no"],
    decode(reply, { args: [yes] }) {
      const answer = asText("CLUSTER LEAVING", reply);
      return yes ?? answer === "yes";
    },
    options: (_argument, options) => options,
    resend: "same-node",
    onModule: "missing",
  },
};

/**
 * Decodes one line for each node: id, host:port, flags, ping, pong, link (cluster.c, clusterGenNodeDescription). Redis with the
 * Disque module has `host:port@port`, and more columns: id, address, flags, master, ping, pong, epoch, link, slots.
 */
export function decodeClusterNodes(reply: Reply, maxNodes: number = Number.POSITIVE_INFINITY): ClusterNode[] {
  const nodes: ClusterNode[] = [];
  for (const line of linesOf("CLUSTER NODES", asText("CLUSTER NODES", reply))) {
    if (nodes.length === maxNodes) break;
    nodes.push(decodeClusterNode(line));
  }
  return nodes;
}

function decodeClusterNode(line: string): ClusterNode {
  const [id = "", address = "", flags = "", ...columns] = line.split(" ", MAX_COLUMNS);
  const [pingSent, pongReceived, link] = columns.length > 3 ? [columns[1], columns[2], columns[4]] : columns;
  const [, host, port] = /^(.*):([^@]*)/.exec(address) ?? [];
  if (host === undefined) throw unexpected("CLUSTER NODES", "host:port", address);
  if (flags.length > MAX_FLAGS) throw tooMany("flags of CLUSTER NODES", MAX_FLAGS, "characters");
  return {
    id,
    host,
    port: asNumberText("port of CLUSTER NODES", port),
    flags: flags.split(",").filter((flag) => flag !== "" && flag !== "noflags"),
    pingSent: asNumberText("ping of CLUSTER NODES", pingSent),
    pongReceived: asNumberText("pong of CLUSTER NODES", pongReceived),
    connected: link === "connected",
  };
}

function clusterInfo(command: string, reply: Reply): Readonly<Record<string, string>> {
  const fields = emptyRecord<string>();
  let count = 0;
  for (const line of linesOf(command, asText(command, reply))) {
    if (++count > MAX_FIELDS) throw tooMany(command, MAX_FIELDS, "fields");
    addField(fields, line, ":");
  }
  return fields;
}

/** The subcommands of CONFIG, at `disque.config`. */
export interface ConfigCommands {
  /**
   * CONFIG GET: the parameters whose names match a glob pattern, with their values.
   *
   * @example
   * const { maxmemory } = await disque.config.get("maxmemory*");
   */
  get(pattern: string, options?: CallOptions): Promise<Readonly<Record<string, string>>>;

  /** CONFIG SET: changes a parameter of the running node. Rejects with a `ReplyError` if the server refuses it. */
  set(name: string, value: string | number, options?: CallOptions): Promise<void>;

  /** CONFIG RESETSTAT: resets the counters of INFO. */
  resetStat(options?: CallOptions): Promise<void>;

  /**
   * CONFIG REWRITE: writes the parameters to the node's configuration file. Rejects with a `ReplyError` when the node was
   * started without a configuration file.
   */
  rewrite(options?: CallOptions): Promise<void>;
}

/** Maximum length of a parameter's value, in bytes. */
const MAX_VALUE = 16_384;

export const configTable: Table<ConfigCommands> = {
  get: {
    name: "CONFIG GET",
    encode: (pattern) => ["CONFIG", "GET", check.text("pattern", pattern)],
    decode(reply) {
      const values = emptyRecord<string>();
      for (const [name, value] of Object.entries(asFields("CONFIG GET", reply)))
        values[name] = asText(name, value, MAX_VALUE);
      return values;
    },
    options: (_pattern, options) => options,
    resend: "same-node",
  },

  set: {
    name: "CONFIG SET",
    encode: (name, value) => ["CONFIG", "SET", check.text("name", name), check.textOrNumber("value", value)],
    decode: (reply) => asOk("CONFIG SET", reply),
    options: (_name, _value, options) => options,
    resend: "same-node",
  },

  resetStat: withoutArguments("CONFIG RESETSTAT", "same-node", asOk),
  rewrite: withoutArguments("CONFIG REWRITE", "same-node", asOk),
};
