import { ClosedError, type Connection, ConnectionError, type DisqueError } from "../resp/index.ts";
import { READ_LENGTH } from "../resp/socket.ts";
import { clearTimeout, now, runOutside, setTimeout } from "../resp/timers.ts";
import { withDeadline } from "./abort.ts";
import { type Address, resolveNames } from "./addresses/address.ts";
import { Node } from "./connections/node.ts";
import { notSent } from "./connections/persistent-connection.ts";
import { Backoff, jittered } from "./failures.ts";
import { type NodeInfo, nodeInfo } from "./node-info.ts";
import type { Settings } from "./options.ts";
import { Replication } from "./replication.ts";
import { Search, UNPROVEN_SHARE } from "./search.ts";
import { type KnownNode, Topology } from "./topology.ts";
import { debug } from "./tracing.ts";

export interface ClusterEvents {
  readonly onConnect: (node: NodeInfo) => void;
  readonly onDisconnect: (node: NodeInfo, error: DisqueError) => void;
  readonly onSwitch: (to: NodeInfo, from: NodeInfo) => void;
  readonly onTopology: (nodes: readonly NodeInfo[]) => void;
}

/** Milliseconds after which a connection counts as stable. When a stable connection is lost, backoff starts over. */
const STABLE_TIME = 5_000;
/** Minimum milliseconds before a node that was set aside is tried again. The backoff delay is added to it. */
const MIN_PROBE_DELAY = 500;

/** The nodes of the cluster. One of them is the primary: calls go to it unless they need another node. */
export class Cluster {
  readonly topology: Topology;
  readonly replication: Replication = new Replication();
  readonly #settings: Settings;
  readonly #events: ClusterEvents;
  readonly #nodes: Map<KnownNode, Node> = new Map();
  readonly #search: Search;
  #primary: Node | undefined;
  #lastPrimary: Node | undefined;
  #primarySince = 0;
  #refreshTimer: NodeJS.Timeout | undefined;
  #improving = false;
  /** Timers of attempts to connect to nodes that were set aside. */
  readonly #probes: Map<Node, NodeJS.Timeout> = new Map();
  readonly #connections: Set<Connection> = new Set();
  #isRef = true;
  readonly #readBuffer: Buffer = Buffer.allocUnsafeSlow(READ_LENGTH);
  #closed = false;

  constructor(addresses: readonly Address[], settings: Settings, events: ClusterEvents) {
    this.#settings = settings;
    this.#events = events;
    this.topology = new Topology(settings.shuffle ? shuffled(addresses) : addresses, settings);
    this.#search = new Search({
      failoverTimeout: settings.failoverTimeout,
      candidates: () => this.topology.ranked(undefined, now()),
      open: async (candidate, signal) => {
        if (this.#closed) throw new ClosedError("the client is closed");
        const node = this.nodeOf(candidate);
        await node.open(signal);
        await resolveNames(this.topology.nodes, signal);
        return node;
      },
      onFound: (node) => this.#setPrimary(node),
      onPassFailed: () => {
        for (const known of this.topology.forgetAnnounced()) this.#retire(known);
      },
    });
  }

  get nodes(): NodeInfo[] {
    return this.topology.nodes.map((known) => this.#infoOf(known));
  }

  get primaryInfo(): NodeInfo | undefined {
    return this.primary && this.#infoOf(this.primary.known);
  }

  /** The node that calls go to, if it is connected. */
  get primary(): Node | undefined {
    return this.#primary?.connected ? this.#primary : undefined;
  }

  /** How many copies of a job to ask for if the caller leaves that to the client; `undefined` means the server's default. */
  get copies(): number | undefined {
    const { size } = this;
    return size <= 1 ? undefined : this.replication.copies(size, this.topology.countSetAside(now()));
  }

  /** The number of nodes, including those that this client may not dial. */
  get size(): number {
    return Math.max(this.topology.nodes.length, this.#lastPrimary?.hello?.nodes.length ?? 0);
  }

  /** Resolves with the primary node once it is connected. Rejects as `Search.join` does. */
  findPrimary(milliseconds: number, signal: AbortSignal | undefined): Promise<Node> {
    const { primary } = this;
    if (primary !== undefined) return Promise.resolve(primary);
    return this.#search.join(milliseconds, signal);
  }

  nodeOf(known: KnownNode): Node {
    const existing = this.#nodes.get(known);
    if (existing !== undefined) return existing;
    const node = new Node(known, {
      settings: this.#settings,
      readBuffer: this.#readBuffer,
      keepIdle: (idle) => idle === this.#primary,
      onConnect: (connected) => this.#events.onConnect(this.#infoOf(connected.known)),
      onDisconnect: (lost, error) => this.#lost(lost, error),
      onOtherNode: (entry, hello) => {
        if (this.topology.addBalanced(entry.known, hello.id) !== undefined)
          this.#events.onTopology(this.nodes);
      },
      onReady: (ready, { connection, hello }) => {
        this.topology.connected(ready.known, hello.id);
        this.#track(connection);
      },
      onUnreachable: (unreachable) => this.setAside(unreachable),
    });
    this.#nodes.set(known, node);
    return node;
  }

  /** The node with that id, if its shared connection is open. */
  connectedNode(id: string): Node | undefined {
    const known = this.topology.byId(id);
    const node = known && this.#nodes.get(known);
    return node?.connected ? node : undefined;
  }

  /** The best node that is not in `avoided`. */
  otherThan(avoided: ReadonlySet<Node>): Node | undefined {
    const ranked = this.topology.ranked(this.#primary?.known, now());
    return ranked.map((known) => this.nodeOf(known)).find((node) => !avoided.has(node));
  }

  isGood(known: KnownNode): boolean {
    return this.topology.isGood(known, now());
  }

  /** The node for GETJOB number `turn` of a call: the primary, then the good nodes, in rotation. Needs a primary. */
  waitingNode(turn: number): Node | undefined {
    const { primary } = this;
    if (primary === undefined || turn === 0) return primary;
    const others = this.topology.nodes.filter((known) => known !== primary.known && this.isGood(known));
    const other = others[(turn % (others.length + 1)) - 1];
    return other === undefined ? primary : this.nodeOf(other);
  }

  /**
   * Connects to a node unless it is already connected. Rejects with a `ConnectionError` on failure, and immediately while an
   * unreachable node is set aside, so that it delays only one call. The client keeps trying in the background.
   */
  async reach(node: Node, signal: AbortSignal | undefined): Promise<void> {
    if (node.connected) return;
    if (this.#closed) throw new ClosedError("the client is closed");
    const { known } = node;
    const { name, reached } = known;
    if (node.unreachable && now() < known.setAsideUntil)
      throw new ConnectionError(`${name}: set aside after a failure`);
    const time = reached ? this.#settings.connectTimeout : UNPROVEN_SHARE;
    const timeoutError = (): ConnectionError => {
      node.unreachable = true;
      this.setAside(node);
      return new ConnectionError(`${name}: not connected within ${time} ms`);
    };
    try {
      await withDeadline(time, signal, timeoutError, (limited) => node.open(limited));
    } catch (error) {
      throw notSent(error);
    }
  }

  /** Called when a node has failed: for a while, or until it is connected again, calls prefer other nodes. */
  setAside(node: Node): void {
    this.topology.setAside(node.known, now());
    this.#probe(node);
    if (node === this.#primary && this.topology.nodes.length > 1) this.#leavePrimary();
  }

  /** Tries to connect to a node in the background, with backoff, for as long as the node is known and set aside. */
  #probe(node: Node): void {
    if (this.#probes.has(node) || this.#closed) return;
    const backoff = new Backoff();
    const schedule = (): void => {
      const timer = setTimeout(attempt, MIN_PROBE_DELAY + backoff.next()).unref();
      if (this.#closed) clearTimeout(timer);
      else this.#probes.set(node, timer);
    };
    const attempt = (): void => {
      if (this.topology.includes(node.known) && now() < node.known.setAsideUntil) {
        node.open(undefined).then(() => this.#probes.delete(node), schedule);
      } else this.#probes.delete(node);
    };
    runOutside(schedule);
  }

  /** Called when a node has reported that it is leaving the cluster. */
  markLeaving(node: Node): void {
    node.known.priority = 100;
    if (node === this.#primary) this.#leavePrimary();
  }

  /** Sets whether idle connections keep the process alive. */
  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    for (const connection of this.#connections) {
      if (isRef) connection.ref();
      else connection.unref();
    }
  }

  #track(connection: Connection): void {
    this.#connections.add(connection);
    if (!this.#isRef) connection.unref();
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  /** Ends the search for a primary node. All calls that are waiting for it reject with `reason`. */
  stopSearch(reason: ClosedError): void {
    this.#search.stop(reason);
  }

  /** Waits for the commands in flight to finish, then closes the connections. */
  async end(): Promise<void> {
    this.#closed = true;
    this.#stopTimers();
    await Promise.all(Array.from(this.#nodes.values(), (node) => node.end()));
  }

  destroy(reason: ClosedError): void {
    this.#closed = true;
    this.#stopTimers();
    this.#search.stop(reason);
    for (const node of this.#nodes.values()) node.destroy(reason);
  }

  #stopTimers(): void {
    clearTimeout(this.#refreshTimer);
    for (const timer of this.#probes.values()) clearTimeout(timer);
    this.#probes.clear();
  }

  #setPrimary(node: Node): void {
    // This must come first: if `mapNode` throws, the search fails and all calls that wait for it reject.
    this.#applyHello(node);
    const before = this.#lastPrimary;
    this.#primary = node;
    this.#lastPrimary = node;
    this.#primarySince = now();
    debug("calls go to %s", node.known.name);
    if (before !== undefined && before !== node) {
      this.#events.onSwitch(this.#infoOf(node.known), this.#infoOf(before.known));
    }
    this.#scheduleRefresh();
    void this.#improve();
  }

  #leavePrimary(): void {
    this.#primary = undefined;
    clearTimeout(this.#refreshTimer);
    if (now() - this.#primarySince >= STABLE_TIME) this.#search.reset();
  }

  #lost(node: Node, error: DisqueError): void {
    const wasPrimary = node === this.#primary;
    this.topology.setAside(node.known, now());
    if (wasPrimary) {
      this.#leavePrimary();
      this.#search.pause();
    }
    // If this is the only node, the next call connects to it again.
    if (!wasPrimary || this.topology.nodes.length > 1) this.#probe(node);
    this.#events.onDisconnect(this.#infoOf(node.known), error);
  }

  /** Updates the topology from the node's latest reply to HELLO. */
  #applyHello(node: Node): void {
    const { hello } = node;
    if (hello === undefined) return;
    this.replication.applyHello(hello);
    const change = this.topology.applyHello(node.known, hello);
    for (const known of change.removed) this.#retire(known);
    if (!change.any) return;
    debug("nodes: %s", this.topology.nodes.map(({ name, priority }) => `${name} (${priority})`).join(", "));
    this.#events.onTopology(this.nodes);
  }

  #retire(known: KnownNode): void {
    const node = this.#nodes.get(known);
    this.#nodes.delete(known);
    void node?.end();
  }

  /** Makes a better node the primary, if there is one. Commands in flight finish on the node they were sent to. */
  async #improve(): Promise<void> {
    const primary = this.#primary;
    if (primary === undefined || this.#improving) return;
    this.#improving = true;
    for (const known of this.topology.ranked(primary.known, now())) {
      if (this.#closed || this.#primary !== primary || known.priority >= primary.known.priority) break;
      // The node may have been forgotten while others were tried.
      if (!this.topology.includes(known) || now() < known.setAsideUntil) continue;
      const node = this.nodeOf(known);
      try {
        await node.open(undefined);
        if (this.#primary === primary && !this.#closed) this.#setPrimary(node);
        break;
      } catch {
        // Another node may be reachable. If none is, the client tries again after the next HELLO.
      }
    }
    this.#improving = false;
  }

  #scheduleRefresh(): void {
    clearTimeout(this.#refreshTimer);
    if (this.#closed) return;
    this.#refreshTimer = setTimeout(
      () => void this.#refresh(),
      jittered(this.#settings.refreshInterval),
    ).unref();
  }

  async #refresh(): Promise<void> {
    const primary = this.#primary;
    if (primary === undefined) return;
    try {
      await primary.refresh();
      await resolveNames(this.topology.nodes);
      if (primary === this.#primary) this.#applyHello(primary);
      void this.#improve();
    } catch {
      // `#lost` handles a lost connection. After any other failure, the next HELLO may succeed.
    }
    if (primary === this.#primary) this.#scheduleRefresh();
  }

  #infoOf(known: KnownNode): NodeInfo {
    return nodeInfo(known, this.#nodes.get(known), this.isGood(known));
  }
}

/** The items in random order. Every order is equally likely. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
