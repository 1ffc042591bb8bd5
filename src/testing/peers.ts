import { randomBytes } from "node:crypto";

/** What one node knows of another: cluster.h, struct clusterNode. */
export interface Peer {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** `handshake`: its address was given by CLUSTER MEET, and it has not answered yet. */
  link: "handshake" | "connected" | "disconnected" | "suspected" | "failed";
  leaving: boolean;
  /** When a handshake without an answer is given up, in milliseconds. */
  readonly handshakeEnd: number;
}

export function randomNodeId(): string {
  return randomBytes(20).toString("hex");
}

/** cluster.c, helloCommand: the lower, the better. */
export function priorityOf(peer: Pick<Peer, "link" | "leaving">): number {
  if (peer.link === "failed" || peer.leaving) return 100;
  if (peer.link === "suspected") return 10;
  return peer.link === "connected" ? 1 : 5;
}

/** cluster.c, clusterUpdateReachableNodes: the peers that a copy of a job can be sent to. */
export function isReachable(peer: Peer): boolean {
  return !peer.leaving && (peer.link === "connected" || peer.link === "disconnected");
}
