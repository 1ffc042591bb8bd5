import { randomBytes } from "node:crypto";
import type { Endpoint } from "./bus.ts";

/** Nodes speak to each other on a port 10,000 higher, which must be a port too: cluster.h, CLUSTER_PORT_INCR. */
export const HIGHEST_PORT = 55_535;

/** What one node knows of another: cluster.h, struct clusterNode. Times are in milliseconds, 0 for never. */
export interface Peer {
  id: string;
  /** Empty, and the port 0, when its address turned out to be another node's. */
  host: string;
  port: number;
  /** Until the first answer its id is a random one. */
  handshake: Handshake | null;
  /** Where its messages go to; null while there is no connection. */
  link: Endpoint | null;
  /** `suspected`: it did not answer this node in time; `failed`: the majority says so. */
  health: "good" | "suspected" | "failed";
  leaving: boolean;
  /** When the ping was sent that has not been answered yet. */
  pingSent: number;
  pongReceived: number;
  /** When other nodes last said that it does not answer them, by their ids. */
  readonly reports: Map<string, number>;
}

export interface Handshake {
  /** When it is given up. */
  readonly end: number;
  /** When the connection is made. */
  readonly connect: number;
  /** The other node is to learn of this one. */
  readonly meet: boolean;
}

export function newPeer(id: string, host: string, port: number, handshake: Handshake | null): Peer {
  return {
    id,
    host,
    port,
    handshake,
    link: null,
    health: "good",
    leaving: false,
    pingSent: 0,
    pongReceived: 0,
    reports: new Map(),
  };
}

export function randomNodeId(): string {
  return randomBytes(20).toString("hex");
}

/** cluster.c, helloCommand: the lower, the better. A link in handshake has not proved to be one yet. */
export function priorityOf(peer: Peer): number {
  if (peer.health === "failed" || peer.leaving) return 100;
  if (peer.health === "suspected") return 10;
  return peer.link === null || peer.handshake !== null ? 5 : 1;
}

/** cluster.c, clusterUpdateReachableNodes: the peers that a copy of a job can be sent to. */
export function isReachable(peer: Peer): boolean {
  return !peer.leaving && peer.handshake === null && peer.health === "good";
}
