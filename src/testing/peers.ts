import { randomBytes } from "node:crypto";
import type { Endpoint } from "./bus.ts";

/** The highest client port. The cluster bus port, 10,000 higher, must be valid too: cluster.h, CLUSTER_PORT_INCR. */
export const HIGHEST_PORT = 55_535;

/** What one node knows about another: cluster.h, struct clusterNode. Times are in milliseconds; 0 means never. */
export interface Peer {
  id: string;
  /** The peer's host. Empty, with port 0, if the address turned out to belong to another node. */
  host: string;
  port: number;
  /** Set until the peer first answers. Until then `id` is a random placeholder. */
  handshake: Handshake | null;
  /** Where messages to the peer are sent; null while it is not connected. */
  link: Endpoint | null;
  /** `pfail`: the peer has not answered this node in time; `fail`: the majority of nodes report this. */
  health: "ok" | "pfail" | "fail";
  leaving: boolean;
  /** When the unanswered ping was sent; 0 if there is none. */
  pingSent: number;
  pongReceived: number;
  /** When other nodes last reported that the peer does not answer them, by the id of the reporting node. */
  readonly failureReports: Map<string, number>;
}

export interface Handshake {
  /** When the handshake is given up. */
  readonly end: number;
  /** When to connect to the node. */
  readonly connect: number;
  /** Whether to send MEET instead of PING, so that the other node adds this node. */
  readonly meet: boolean;
}

export function newPeer(id: string, host: string, port: number, handshake: Handshake | null): Peer {
  return {
    id,
    host,
    port,
    handshake,
    link: null,
    health: "ok",
    leaving: false,
    pingSent: 0,
    pongReceived: 0,
    failureReports: new Map(),
  };
}

export function randomNodeId(): string {
  return randomBytes(20).toString("hex");
}

/** The priority in HELLO (lower is better): cluster.c, helloCommand. Here, a peer counts as unlinked during its handshake. */
export function priorityOf(peer: Peer): number {
  if (peer.health === "fail" || peer.leaving) return 100;
  if (peer.health === "pfail") return 10;
  return peer.link === null || peer.handshake !== null ? 5 : 1;
}

/** Whether copies of jobs can be sent to a peer: cluster.c, clusterUpdateReachableNodes. */
export function isReachable(peer: Peer): boolean {
  return !peer.leaving && peer.handshake === null && peer.health === "ok";
}
