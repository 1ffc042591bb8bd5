import type { Node } from "./connections/node.ts";
import type { KnownNode } from "./topology.ts";

/** The current state of a node, as the client sees it. */
export interface NodeInfo {
  /** The node's id; empty until it is known. */
  readonly id: string;
  /** The address that the client connects to: `host:port` or `unix:path`. */
  readonly address: string;
  /** The host of the address; empty for a Unix socket. */
  readonly host: string;
  /** The port of the address; 0 for a Unix socket. */
  readonly port: number;
  /** 1 good, 5 not linked yet or unknown, 10 suspected to have failed, 100 failed or leaving. */
  readonly priority: number;
  /** Whether the node is good for calls: its priority is 1, and it is not set aside because of a recent failure. */
  readonly good: boolean;
  /** Whether the connection that most calls share is open. */
  readonly connected: boolean;
  /** The number of calls in flight on the node. */
  readonly pending: number;
  /** The number of jobs fetched from the node. */
  readonly jobs: number;
  /** The number of commands sent to the node; a command that is resent is counted again. */
  readonly calls: number;
  /** The number of connections made to the node. */
  readonly connects: number;
  /** How many times the connection that most calls share was lost. */
  readonly losses: number;
}

/** Describes a node. `node` holds the connections to it, if there are any. */
export function nodeInfo(known: KnownNode, node: Node | undefined, good: boolean): NodeInfo {
  const { endpoint } = known.address;
  return {
    id: known.id,
    address: known.name,
    host: "host" in endpoint ? endpoint.host : "",
    port: "port" in endpoint ? endpoint.port : 0,
    priority: known.priority,
    good,
    connected: node?.connected ?? false,
    pending: node?.pending ?? 0,
    jobs: node?.fetched ?? 0,
    calls: node?.calls ?? 0,
    connects: node?.connects ?? 0,
    losses: node?.losses ?? 0,
  };
}
