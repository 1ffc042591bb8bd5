// HELLO: what a node reports about its cluster. The Disque module has CLUSTER NODES instead, whose reply is converted.

import { type Reply, ReplyError } from "../resp/index.ts";
import { asArray, asNumber, asNumberText, asText, unexpected } from "./decode.ts";
import { MAX_ID } from "./job.ts";
import { type ClusterNode, decodeClusterNodes } from "./subcommands.ts";

/** A node as another node announces it. */
export interface HelloNode {
  /** The node's id: 40 hexadecimal digits. */
  readonly id: string;
  /** The node's host. Empty if the address is unknown: a node does not know its own address until it has met another node. */
  readonly host: string;
  /** The node's port; 0 if it is unknown. */
  readonly port: number;
  /** 1 good, 5 not linked yet, 10 suspected to have failed, 100 failed or leaving. */
  readonly priority: number;
}

/** What a node reports about its cluster: the reply to HELLO. */
export interface Hello {
  /** Version of the reply's format. */
  readonly version: number;
  /** Id of the node that answered. */
  readonly id: string;
  /** The nodes that the answering node knows, itself included. Only the first 1,024 are used. */
  readonly nodes: readonly HelloNode[];
}

/** Maximum number of nodes that are used: far more than a cluster has, and few enough to be harmless if a node lies. */
export const MAX_NODES = 1_024;
/** Maximum length of a host, in bytes. A longer host is never valid. */
const MAX_HOST = 1_024;

export function decodeHello(reply: Reply): Hello {
  const [version, id, ...nodes] = asArray("HELLO", reply).slice(0, 2 + MAX_NODES);
  return {
    version: asNumber("version of HELLO", version),
    id: asNodeId(id),
    nodes: nodes.map((node) => {
      const [nodeId, host, port, priority] = asArray("node in HELLO", node);
      return {
        id: asNodeId(nodeId),
        host: asText("host of a node", host, MAX_HOST),
        port: asNumberText("port of a node", port),
        priority: asNumberText("priority of a node", priority),
      };
    }),
  };
}

/**
 * Converts a reply to CLUSTER NODES into a reply to HELLO, a command that the Disque module lacks. Leaves out replicas, and
 * nodes whose handshake is in progress or whose address is unknown.
 */
export function helloFromClusterNodes(reply: Reply): Hello {
  const nodes = decodeClusterNodes(reply, MAX_NODES);
  const usable = nodes.filter(
    ({ flags }) => !["handshake", "noaddr", "slave"].some((flag) => flags.includes(flag)),
  );
  return {
    version: 1,
    id: asNodeId(nodes.find(({ flags }) => flags.includes("myself"))?.id),
    nodes: usable.map((node) => ({
      id: asNodeId(node.id),
      host: node.host,
      port: node.port,
      priority: priorityOf(node),
    })),
  };
}

/** The same priorities as in Disque's own HELLO (cluster.c, helloCommand). */
function priorityOf({ flags, connected }: ClusterNode): number {
  if (flags.includes("fail")) return 100;
  if (flags.includes("fail?")) return 10;
  return connected ? 1 : 5;
}

function asNodeId(reply: Reply | undefined): string {
  const id = asText("id of a node", reply, MAX_ID);
  if (!/^[\da-f]{40}$/.test(id)) throw unexpected("id of a node", "40 hexadecimal digits", reply);
  return id;
}

/**
 * Whether the error says that the node refuses this client because its password is wrong, missing or not expected, or because
 * the client lacks a permission. An error for another reason, such as too many clients, is not a refusal.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof ReplyError)) return false;
  if (["NOAUTH", "WRONGPASS", "NOPERM"].includes(error.code)) return true;
  // server.c, authCommand: the errors for a wrong password, and for a password although none is set.
  return error.command === "AUTH" && /invalid password|no password is set/i.test(error.message);
}
