// CLUSTER: its signatures, found at `disque.cluster`, and its rows of the table.

import type { Reply } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { bare, type CallOptions, type Table } from "./command.ts";
import { addField, asNumberText, asOk, asText, emptyRecord, unexpected } from "./decode.ts";
import { second, third } from "./position.ts";
import type { Hello } from "./replies.ts";

/** A node as CLUSTER NODES describes it. */
export interface ClusterNode {
  /** 40 hexadecimal digits. */
  readonly id: string;
  /** Empty where it is not known: of the node itself until it has met another. */
  readonly host: string;
  readonly port: number;
  /** `myself`, `fail?`, `fail`, `handshake`, `noaddr`, `leaving`; none at all for a plain node. */
  readonly flags: readonly string[];
  /** When the ping was sent that is not answered yet: milliseconds since 1970; 0 if there is none. */
  readonly pingSent: number;
  /** When the last answer came: milliseconds since 1970. */
  readonly pongReceived: number;
  /** Whether the node that answers has a link to it. */
  readonly connected: boolean;
}

/** The subcommands of CLUSTER, at `disque.cluster`. They speak to the connected node. */
export interface ClusterCommands {
  /** CLUSTER MEET: makes the node part of the cluster that the other one is in. Resolves before they have met. */
  meet(host: string, port: number, options?: CallOptions): Promise<void>;

  /** CLUSTER NODES: the nodes that this one knows, itself among them. */
  nodes(options?: CallOptions): Promise<ClusterNode[]>;

  /** CLUSTER MYID: the id of the node, 40 hexadecimal digits. */
  myId(options?: CallOptions): Promise<string>;

  /** CLUSTER INFO: the fields as the server writes them: `cluster_state`, `cluster_size`, … */
  info(options?: CallOptions): Promise<Readonly<Record<string, string>>>;

  /** CLUSTER SAVECONFIG: writes the node's configuration of the cluster to its disk. */
  saveConfig(options?: CallOptions): Promise<void>;

  /**
   * CLUSTER FORGET: removes a node from what this one knows, for a minute at least. Rejects with a `ReplyError` when it
   * knows no node of that id, or is that node.
   */
  forget(id: string, options?: CallOptions): Promise<void>;

  /** CLUSTER RESET: makes the node forget all others; `hard` gives it a new id too. Default `soft`. */
  reset(how?: "soft" | "hard", options?: CallOptions): Promise<void>;

  /**
   * CLUSTER LEAVING: with `true` the node prepares to leave, takes no more jobs and sends its clients elsewhere; `false`
   * takes that back. Resolves with whether it is leaving then.
   */
  leaving(yes?: boolean, options?: CallOptions): Promise<boolean>;
}

export const clusterTable: Table<ClusterCommands> = {
  meet: {
    wire: ["CLUSTER", "MEET"],
    encode: (host, port) => [check.text("host", host), check.integer("port", port, 1, 65_535)],
    decode: (reply) => asOk("CLUSTER MEET", reply),
    options: third,
    traits: { resend: "same-node" },
  },

  nodes: bare(["CLUSTER", "NODES"], "any-node", (_name, reply) => clusterNodes(reply)),
  myId: bare(["CLUSTER", "MYID"], "any-node", asText),
  info: bare(["CLUSTER", "INFO"], "any-node", clusterInfo),
  saveConfig: bare(["CLUSTER", "SAVECONFIG"], "same-node", asOk),

  forget: {
    wire: ["CLUSTER", "FORGET"],
    encode: (id) => [check.text("id", id)],
    decode: (reply) => asOk("CLUSTER FORGET", reply),
    options: second,
    traits: { resend: "same-node" },
  },

  reset: {
    wire: ["CLUSTER", "RESET"],
    encode: (how) => (how === undefined ? [] : [check.oneOf("how", how, ["soft", "hard"])]),
    decode: (reply) => asOk("CLUSTER RESET", reply),
    options: second,
    traits: { resend: "never" },
  },

  leaving: {
    wire: ["CLUSTER", "LEAVING"],
    encode: (yes) => (yes === undefined ? [] : [check.flag("yes", yes) ? "yes" : "no"]),
    decode(reply, { args: [yes] }) {
      const answer = asText("CLUSTER LEAVING", reply);
      return yes ?? answer === "yes";
    },
    options: second,
    traits: { resend: "same-node" },
    onModule: "missing",
  },
};

/**
 * A line for each node: id, host:port, flags, ping, pong, link (cluster.c, clusterGenNodeDescription). Redis with the
 * Disque module has `host:port@port`, and more columns: id, address, flags, master, ping, pong, epoch, link, slots.
 */
export function clusterNodes(reply: Reply): ClusterNode[] {
  const lines = asText("CLUSTER NODES", reply).split("\n");
  return lines.filter((line) => line !== "").map(clusterNode);
}

function clusterNode(line: string): ClusterNode {
  const [id = "", address = "", flags = "", ...columns] = line.split(" ");
  const [pingSent, pongReceived, link] = columns.length > 3 ? [columns[1], columns[2], columns[4]] : columns;
  const [, host, port] = /^(.*):([^@]*)/.exec(address) ?? [];
  if (host === undefined) throw unexpected("CLUSTER NODES", "host:port", address);
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

/** What HELLO would say, had Redis with the Disque module that command. Nodes that have not met yet are left out. */
export function helloOf(nodes: readonly ClusterNode[]): Hello {
  const known = nodes.filter(
    ({ flags }) => !["handshake", "noaddr", "slave"].some((flag) => flags.includes(flag)),
  );
  return {
    version: 1,
    id: nodes.find(({ flags }) => flags.includes("myself"))?.id ?? "",
    nodes: known.map((node) => ({
      id: node.id,
      host: node.host,
      port: node.port,
      priority: priorityOf(node),
    })),
  };
}

/** As Disque's own HELLO has it (cluster.c, helloCommand). */
function priorityOf({ flags, connected }: ClusterNode): number {
  if (flags.includes("fail")) return 100;
  if (flags.includes("fail?")) return 10;
  return connected ? 1 : 5;
}

function clusterInfo(name: string, reply: Reply): Readonly<Record<string, string>> {
  const fields = emptyRecord<string>();
  for (const line of asText(name, reply).split("\r\n")) addField(fields, line, ":");
  return fields;
}
