import type { Clock } from "./clock.ts";
import { isReachable, newPeer, type Peer, randomNodeId } from "./peers.ts";

/** cluster.c, CLUSTER_BLACKLIST_TTL: how long a forgotten node is not learnt of again, in milliseconds. */
const FORGOTTEN_FOR = 60_000;
/** How often clusterCron runs, which makes the connections. */
const CRON_PERIOD = 100;

/** The other nodes that one node knows, and those it is about to know. */
export class PeerTable {
  readonly #clock: Clock;
  readonly #nodeTimeout: () => number;
  readonly #peers = new Map<string, Peer>();
  /** Until when a forgotten node stays forgotten. */
  readonly #forgotten = new Map<string, number>();

  constructor(clock: Clock, nodeTimeout: () => number) {
    this.#clock = clock;
    this.#nodeTimeout = nodeTimeout;
  }

  /** By id. Handshakes without an answer are given up. */
  get all(): ReadonlyMap<string, Peer> {
    const now = this.#clock.now();
    for (const { id, handshake } of this.#peers.values()) {
      if (handshake !== null && handshake.end <= now) this.#peers.delete(id);
    }
    return this.#peers;
  }

  get reachable(): Peer[] {
    return [...this.#peers.values()].filter(isReachable);
  }

  /** How many they are, without those in handshake. */
  get size(): number {
    let count = 0;
    for (const peer of this.#peers.values()) if (peer.handshake === null) count++;
    return count;
  }

  /** A peer that is not in handshake. */
  get(id: string): Peer | undefined {
    const peer = this.#peers.get(id);
    return peer?.handshake === null ? peer : undefined;
  }

  add(peer: Peer): void {
    this.#peers.set(peer.id, peer);
  }

  /** Starts a handshake, unless there is one with that address: cluster.c, clusterStartHandshake. */
  meet(host: string, port: number): void {
    for (const peer of this.all.values()) {
      if (peer.handshake !== null && peer.host === host && peer.port === port) return;
    }
    this.shakeHands(host, port, true);
  }

  shakeHands(host: string, port: number, meet: boolean): void {
    const now = this.#clock.now();
    const end = now + Math.max(1000, this.#nodeTimeout());
    this.add(newPeer(randomNodeId(), host, port, { end, connect: now + CRON_PERIOD, meet }));
  }

  /** A handshake is over, and the id of the other side known; that may be a node known before. */
  endHandshake(peer: Peer, id: string): Peer | undefined {
    this.#peers.delete(peer.id);
    const known = this.get(id);
    if (known !== undefined) return known;
    peer.id = id;
    peer.handshake = null;
    this.add(peer);
    return undefined;
  }

  isForgotten(id: string): boolean {
    return (this.#forgotten.get(id) ?? 0) > this.#clock.now();
  }

  forget(id: string): boolean {
    if (!this.all.has(id)) return false;
    this.#forgotten.set(id, this.#clock.now() + FORGOTTEN_FOR);
    this.#peers.delete(id);
    for (const peer of this.#peers.values()) peer.reports.delete(id);
    return true;
  }

  /** A handshake that came to nothing. */
  delete(peer: Peer): void {
    this.#peers.delete(peer.id);
  }

  clear(): void {
    this.#peers.clear();
  }
}
