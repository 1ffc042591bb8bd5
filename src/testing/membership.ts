import type { Endpoint } from "./bus.ts";
import { Alarm, type Clock } from "./clock.ts";
import { clearFailure, markFailIfNeeded, markPfailIfNeeded, updateFailureReport } from "./failure.ts";
import type { Heartbeat, Message } from "./messages.ts";
import { PeerTable } from "./peer-table.ts";
import { newPeer, type Peer, randomNodeId } from "./peers.ts";
import type { Suspension } from "./suspension.ts";

/** How often clusterCron pings the node that has been silent the longest, in milliseconds. */
const PING_PERIOD = 1000;

/** What a node keeps across restarts: the contents of nodes.conf in the real server. */
export interface KnownNodes {
  readonly id: string;
  readonly host: string;
  readonly leaving: boolean;
  readonly peers: readonly Peer[];
}

/** One node's view of its cluster, and the protocol that keeps it current: cluster.c without the job messages. */
export class Membership {
  id: string;
  /** This node's own host as its peers see it; empty until a peer has contacted it. */
  host: string;
  sent = 0;
  received = 0;
  readonly peers: PeerTable;
  readonly #clock: Clock;
  readonly #nodeTimeout: () => number;
  readonly #cron: Alarm;
  #leaving: boolean;
  #endpoint: Endpoint | null = null;
  #nextPing = 0;

  constructor(known: KnownNodes, clock: Clock, suspension: Suspension, nodeTimeout: () => number) {
    this.id = known.id;
    this.host = known.host;
    this.#leaving = known.leaving;
    this.#clock = clock;
    this.#nodeTimeout = nodeTimeout;
    this.#cron = new Alarm(() => suspension.ring(() => this.#runCron()));
    this.peers = new PeerTable(clock, nodeTimeout);
    const now = clock.now();
    for (const { id, host, port, health, leaving, pingSent, pongReceived } of known.peers) {
      const times = { pingSent: pingSent && now, pongReceived: pongReceived && now };
      this.peers.add({ ...newPeer(id, host, port, null), health, leaving, ...times });
    }
  }

  get leaving(): boolean {
    return this.#leaving;
  }

  /**
   * Other nodes learn about a change from the next ping, which the real server sends within a second and this server
   * immediately.
   */
  set leaving(leaving: boolean) {
    if (this.#leaving === leaving) return;
    this.#leaving = leaving;
    for (const peer of this.peers.all.values()) if (peer.handshake === null) this.#ping(peer);
  }

  /** The number of nodes in the cluster, as far as this node knows. */
  get size(): number {
    return 1 + this.peers.size;
  }

  get known(): KnownNodes {
    const peers = [...this.peers.all.values()].filter((peer) => peer.handshake === null);
    return { id: this.id, host: this.host, leaving: this.#leaving, peers };
  }

  /** Sends a message to a node. Does nothing if the node is unknown or not connected. */
  send(id: string, message: Message): void {
    const peer = this.peers.get(id);
    if (peer !== undefined) this.#send(peer, message);
  }

  broadcast(ids: Iterable<string>, message: Message): void {
    for (const id of ids) this.send(id, message);
  }

  broadcastToAll(message: Message): void {
    this.broadcast(this.peers.all.keys(), message);
  }

  mayMeet(host: string, port: number): boolean {
    return this.#endpoint?.mayMeet(host, port) ?? true;
  }

  meet(host: string, port: number): void {
    this.peers.meet(host, port);
    this.#schedule();
  }

  /** Adds another node as a peer without a handshake. */
  introduce(other: Membership): void {
    const endpoint = other.#endpoint;
    if (endpoint === null) return;
    const peer = newPeer(other.id, endpoint.host, endpoint.port, null);
    peer.link = endpoint;
    peer.pongReceived = this.#clock.now();
    peer.leaving = other.leaving;
    this.host = this.#endpoint?.host ?? "";
    this.peers.add(peer);
    this.#schedule();
  }

  /** cluster.c, clusterReset: forgets all peers. A hard reset also changes this node's id. */
  reset(hard: boolean): void {
    this.peers.clear();
    this.#schedule();
    if (hard) this.id = randomNodeId();
  }

  open(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    endpoint.open();
  }

  close(): void {
    this.#clock.clear(this.#cron);
    this.#endpoint?.close();
  }

  /** Drops links to nodes that have stopped, and connects to nodes that can be reached. */
  updateLinks(): void {
    for (const peer of this.peers.all.values()) {
      if (peer.link !== null && this.#endpoint?.reaches(peer.link) !== true) continue;
      if (peer.link?.isOpen === false) peer.link = null;
      if (peer.link === null) this.#connect(peer);
      else if (peer.pingSent !== 0) this.#ping(peer);
    }
    this.#schedule();
  }

  receiveHeartbeat(message: Heartbeat, senderId: string, from: Endpoint): void {
    const sender = this.peers.get(senderId);
    if (message.type === "pong") {
      this.#processPong(message, senderId);
    } else {
      // A node learns its own host from the host that other nodes have dialled.
      if (message.type === "meet" || this.host === "") this.host = message.dialled;
      if (sender !== undefined) this.#updateAddress(sender, from.host, message.port);
      else if (message.type === "meet" && senderId !== this.id) {
        this.peers.addHandshake(from.host, message.port, false);
      }
      this.sent++;
      this.#endpoint?.send(from, this.#heartbeat("pong", message.recipientId, message.dialled), this.id);
    }
    if (sender !== undefined) {
      sender.leaving = message.leaving;
      this.#processGossip(message, senderId);
    }
    this.#schedule();
  }

  receiveFail(id: string): void {
    const peer = this.peers.get(id);
    if (peer !== undefined) peer.health = "fail";
  }

  #processPong(pong: Heartbeat, senderId: string): void {
    const peer = this.peers.all.get(pong.recipientId);
    if (peer === undefined) return;
    if (peer.handshake !== null) {
      if (senderId === this.id) {
        this.peers.delete(peer);
        return;
      }
      const known = this.peers.endHandshake(peer, senderId);
      if (known !== undefined) {
        this.#updateAddress(known, peer.host, peer.port);
        return;
      }
    } else if (peer.id !== senderId) {
      Object.assign(peer, { host: "", port: 0, link: null });
      return;
    }
    clearFailure(peer, this.#clock.now());
  }

  /** Like clusterProcessGossipSection in Disque's cluster.c. */
  #processGossip({ gossip }: Heartbeat, senderId: string): void {
    const now = this.#clock.now();
    for (const { id, host, port, failing } of gossip) {
      if (id === this.id) continue;
      const peer = this.peers.get(id);
      if (peer === undefined) {
        if (!this.peers.isForgotten(id)) this.peers.meet(host, port);
        continue;
      }
      updateFailureReport(peer, senderId, failing, now);
      if (failing && markFailIfNeeded(peer, now, this.#nodeTimeout(), this.size)) {
        this.broadcastToAll({ type: "fail", id });
      }
      if (peer.health !== "ok" && (peer.host !== host || peer.port !== port)) this.peers.meet(host, port);
    }
  }

  #updateAddress(peer: Peer, host: string, port: number): void {
    if (peer.host === host && peer.port === port) return;
    Object.assign(peer, { host, port, link: null });
    this.#connect(peer);
  }

  #connect(peer: Peer): void {
    const now = this.#clock.now();
    if (peer.port === 0 || (peer.handshake !== null && peer.handshake.connect > now)) return;
    peer.link = this.#endpoint?.find(peer.host, peer.port) ?? null;
    peer.pingSent ||= now;
    this.#ping(peer, peer.handshake?.meet ? "meet" : "ping");
  }

  #ping(peer: Peer, type: "ping" | "meet" = "ping"): void {
    if (peer.link === null) return;
    peer.pingSent ||= this.#clock.now();
    this.#send(peer, this.#heartbeat(type, peer.id, peer.host));
  }

  #heartbeat(type: Heartbeat["type"], recipientId: string, dialled: string): Heartbeat {
    const known = [...this.peers.all.values()].filter((peer) => peer.handshake === null && peer.port !== 0);
    const gossip = known.map(({ id, host, port, health }) => ({
      id,
      host,
      port,
      failing: health !== "ok",
    }));
    return { type, port: this.#endpoint?.port ?? 0, leaving: this.#leaving, gossip, recipientId, dialled };
  }

  #send(peer: Peer, message: Message): void {
    if (peer.link === null) return;
    this.sent++;
    this.#endpoint?.send(peer.link, message, this.id);
  }

  /** Like clusterCron in Disque's cluster.c, which runs ten times a second. This function runs only when something is due. */
  #runCron(): void {
    const now = this.#clock.now();
    const peers = [...this.peers.all.values()];
    if (this.#nextPing <= now) {
      this.#nextPing = now + PING_PERIOD;
      const [silent] = peers.filter(mayPing).sort((a, b) => a.pongReceived - b.pongReceived);
      if (silent !== undefined) this.#ping(silent);
    }
    const nodeTimeout = this.#nodeTimeout();
    for (const peer of peers) {
      if (peer.handshake !== null) {
        if (peer.link === null) this.#connect(peer);
      } else if (mayPing(peer) && now - peer.pongReceived > nodeTimeout / 2) {
        this.#ping(peer);
      } else if (markPfailIfNeeded(peer, now, nodeTimeout)) {
        // Gossip spreads the failure one full period later, so that tests can observe PFAIL.
        this.#nextPing = now + PING_PERIOD;
      }
    }
    this.#schedule();
  }

  #schedule(): void {
    const peers = this.peers.all;
    if (peers.size === 0) {
      this.#clock.clear(this.#cron);
      this.#nextPing = 0;
      return;
    }
    const now = this.#clock.now();
    if (this.#nextPing === 0) this.#nextPing = now + PING_PERIOD;
    let due = this.#nextPing;
    for (const peer of peers.values()) due = Math.min(due, nextTask(peer, now, this.#nodeTimeout()) ?? due);
    this.#clock.set(this.#cron, Math.max(now + 1, due));
  }
}

function mayPing(peer: Peer): boolean {
  return peer.link !== null && peer.handshake === null && peer.pingSent === 0;
}

/** When the next action for a peer is due; null for never. */
function nextTask(peer: Peer, now: number, nodeTimeout: number): number | null {
  if (peer.handshake !== null) {
    const { connect, end } = peer.handshake;
    return peer.link === null && connect > now ? connect : end;
  }
  // A node without an address is never pinged, so its answer cannot be overdue.
  if (peer.port === 0) return null;
  if (mayPing(peer)) return peer.pongReceived + Math.floor(nodeTimeout / 2) + 1;
  if (peer.health === "ok" && peer.pingSent !== 0) return peer.pingSent + nodeTimeout + 1;
  return null;
}
