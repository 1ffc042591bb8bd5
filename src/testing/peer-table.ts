import type { Clock } from "./clock.ts";
import { isReachable, newPeer, type Peer, randomNodeId } from "./peers.ts";

/** cluster.c, CLUSTER_BLACKLIST_TTL: how long gossip about a forgotten node is ignored, in milliseconds. */
const FORGOTTEN_FOR = 60_000;
/** How often the server runs clusterCron, which connects to peers, in milliseconds. */
const CRON_PERIOD = 100;

/** The other nodes that one node knows, and its handshakes with new nodes. */
export class PeerTable {
  readonly #clock: Clock;
  readonly #nodeTimeout: () => number;
  readonly #peers = new Map<string, Peer>();
  /** Until when a forgotten node stays forgotten, by id. */
  readonly #forgotten = new Map<string, number>();

  constructor(clock: Clock, nodeTimeout: () => number) {
    this.#clock = clock;
    this.#nodeTimeout = nodeTimeout;
  }

  /** All peers by id, including those whose handshake is in progress. Removes handshakes that have timed out. */
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

  /** The number of peers, not counting those whose handshake is in progress. */
  get size(): number {
    let count = 0;
    for (const peer of this.#peers.values()) if (peer.handshake === null) count++;
    return count;
  }

  /** The peer with this id, unless its handshake is still in progress. */
  get(id: string): Peer | undefined {
    const peer = this.#peers.get(id);
    return peer?.handshake === null ? peer : undefined;
  }

  add(peer: Peer): void {
    this.#peers.set(peer.id, peer);
  }

  /** Starts a handshake, unless a handshake with that address is in progress: cluster.c, clusterStartHandshake. */
  meet(host: string, port: number): void {
    for (const peer of this.all.values()) {
      if (peer.handshake !== null && peer.host === host && peer.port === port) return;
    }
    this.addHandshake(host, port, true);
  }

  /** Adds a peer whose handshake is in progress. It will be sent MEET if `meet` is true, and otherwise PING. */
  addHandshake(host: string, port: number, meet: boolean): void {
    const now = this.#clock.now();
    const end = now + Math.max(1000, this.#nodeTimeout());
    this.add(newPeer(randomNodeId(), host, port, { end, connect: now + CRON_PERIOD, meet }));
  }

  /** Completes a handshake: `id` is the other node's id. If that node was already known, returns its existing peer. */
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
    for (const peer of this.#peers.values()) peer.failureReports.delete(id);
    return true;
  }

  /** Removes a peer whose handshake has failed. */
  delete(peer: Peer): void {
    this.#peers.delete(peer.id);
  }

  clear(): void {
    this.#peers.clear();
  }
}
