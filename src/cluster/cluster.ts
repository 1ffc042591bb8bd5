import type { Job } from "../commands/job.ts";
import { ClosedError, ConnectionError, DisqueError, ReplyError, TimeoutError } from "../resp/index.ts";
import { MAX_DELAY } from "../resp/timers.ts";
import type { Address } from "./address.ts";
import { Affinity } from "./affinity.ts";
import { Backoff } from "./backoff.ts";
import { withDeadline } from "./deadline.ts";
import { isRefusal } from "./failover.ts";
import { jittered } from "./jittered.ts";
import { loadConnection } from "./load-connection.ts";
import { Node } from "./node.ts";
import { type NodeInfo, nodeInfo } from "./node-info.ts";
import type { Settings } from "./options.ts";
import { rest } from "./patience.ts";
import { birthplace } from "./routing.ts";
import { Search } from "./search.ts";
import { shuffled } from "./shuffled.ts";
import { type Member, Topology } from "./topology.ts";
import { debug } from "./tracing.ts";

export interface ClusterEvents {
  readonly onConnect: (node: NodeInfo) => void;
  readonly onDisconnect: (node: NodeInfo, error: DisqueError) => void;
  readonly onSwitch: (to: NodeInfo, from: NodeInfo) => void;
  readonly onTopology: (nodes: readonly NodeInfo[]) => void;
  readonly onOrphan: (job: Job) => void;
}

/** Milliseconds that a connection must have been up for its loss to count as the first of a new series. */
const STABLE = 5_000;

/** The nodes, and which of them to use. */
export class Cluster {
  readonly topology: Topology;
  readonly #settings: Settings;
  readonly #events: ClusterEvents;
  readonly #nodes: Map<Member, Node> = new Map();
  /** The node that commands go to, while it is connected; and the one that was it before. */
  #home: Node | undefined;
  #lastHome: Node | undefined;
  #homeSince = 0;
  /** The node that jobs are fetched from, if it is another. */
  #source: Node | undefined;
  readonly #affinity: Affinity = new Affinity();
  readonly #backoff: Backoff = new Backoff();
  /** When the next pass over the nodes may begin, on the monotonic clock, whoever waits for it. */
  #nextPass = 0;
  readonly #search: Search<Node> = new Search((signal) => this.#seek(signal));
  /** Why each node could not be reached when it was tried last. */
  readonly #errors: Map<Member, DisqueError> = new Map();
  #refresh: NodeJS.Timeout | undefined;
  #improving = false;
  #closed = false;

  constructor(addresses: readonly Address[], settings: Settings, events: ClusterEvents) {
    this.#settings = settings;
    this.#events = events;
    this.topology = new Topology(settings.shuffle ? shuffled(addresses) : addresses, settings);
    loadConnection();
  }

  get nodes(): NodeInfo[] {
    return this.topology.members.map((member) => this.#infoOf(member));
  }

  get connectedNode(): NodeInfo | undefined {
    const home = this.connectedHome;
    return home === undefined ? undefined : this.#infoOf(home.member);
  }

  /** The node to send commands to, if it is connected. */
  get connectedHome(): Node | undefined {
    return this.#home?.connected ? this.#home : undefined;
  }

  /** Whether there are others for a node to replicate jobs to. */
  get replicates(): boolean {
    // As many as a node knows, which may be more than this client may dial.
    return Math.max(this.topology.members.length, this.#lastHome?.hello?.nodes.length ?? 0) > 1;
  }

  /**
   * The node to send commands to, connected. Looks for one for so many milliseconds, and then rejects with a
   * `ConnectionError` that says why each node failed; with a `ReplyError` at once if the password is wrong.
   */
  home(milliseconds: number, signal: AbortSignal | undefined): Promise<Node> {
    const connected = this.connectedHome;
    if (connected !== undefined) return Promise.resolve(connected);
    // The search is shared, but each call rejects with an error of its own: its stack shows who called.
    const seek = (limited: AbortSignal | undefined): Promise<Node> =>
      this.#search.join(limited).catch((error: unknown) => {
        if (error instanceof ReplyError) throw new ReplyError(error.message, error.command);
        throw error instanceof ConnectionError ? this.#unreachable() : error;
      });
    // Without time to look again and again, each node is tried once, for as long as that takes.
    return this.#settings.failoverTimeout === 0
      ? seek(signal)
      : withDeadline(milliseconds, signal, () => this.#unreachable(), seek);
  }

  /** The node to fetch jobs from; none: the one that commands go to. */
  source(): Node | undefined {
    if (this.#source !== undefined && !this.isGood(this.#source.member)) this.#source = undefined;
    return this.#source;
  }

  nodeOf(member: Member): Node {
    const known = this.#nodes.get(member);
    if (known !== undefined) return known;
    const node = new Node(member, {
      settings: this.#settings,
      keepIdle: (idle) => idle === this.#home,
      onConnect: (connected) => this.#events.onConnect(this.#infoOf(connected.member)),
      onDisconnect: (lost, error) => this.#lost(lost, error),
      onOrphan: this.#events.onOrphan,
    });
    this.#nodes.set(member, node);
    return node;
  }

  /** The best node that is none of `avoided`. */
  otherThan(avoided: ReadonlySet<Node>): Node | undefined {
    const ranked = this.topology.ranked(this.#home?.member, performance.now());
    return ranked.map((member) => this.nodeOf(member)).find((node) => !avoided.has(node));
  }

  isGood(member: Member): boolean {
    return this.topology.isGood(member, performance.now());
  }

  /** A node said that it is leaving, or that it takes no commands now. */
  demote(node: Node, leaving: boolean): void {
    if (leaving) node.member.priority = 100;
    else node.member.failedAt = performance.now();
    if (node === this.#home) this.#leaveHome();
  }

  /** Takes note of jobs that were fetched, and moves to where they are born if that is another node. */
  note(node: Node, jobs: readonly Job[]): void {
    node.fetched += jobs.length;
    if (!this.#settings.affinity || !this.replicates) return;
    for (const job of jobs) this.#affinity.note(birthplace(job.id));
    const now = performance.now();
    const better = this.#affinity.better(node.member.id.slice(0, 8), now);
    const member = better === undefined ? undefined : this.topology.byPrefix(better);
    if (member === undefined || !this.isGood(member)) return;
    this.#affinity.moved(now);
    this.#source = this.nodeOf(member);
  }

  /** Lets what is under way finish and closes the connections. */
  async end(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#refresh);
    await Promise.all(Array.from(this.#nodes.values(), (node) => node.end()));
  }

  destroy(reason: ClosedError): void {
    this.#closed = true;
    clearTimeout(this.#refresh);
    this.#search.stop(reason);
    for (const node of this.#nodes.values()) node.destroy(reason);
  }

  /** Passes over the nodes, the best first, until one answers. */
  async #seek(signal: AbortSignal): Promise<Node> {
    const { failoverTimeout } = this.#settings;
    for (;;) {
      if (this.#closed) throw new ClosedError("the client is closed");
      // Never for longer than leaves those who wait the time for an attempt.
      await rest(Math.min(Math.max(0, this.#nextPass - performance.now()), failoverTimeout / 2), signal);
      const ranked = this.topology.ranked(undefined, performance.now());
      for (const member of ranked) {
        if (!this.topology.members.includes(member)) continue;
        const node = this.nodeOf(member);
        const open = (limited: AbortSignal): Promise<void> => node.open(limited);
        const late = (): Error => new TimeoutError(`${member.name}: not connected in time`);
        try {
          // Each gets its share of the time, so that some that are silent do not hide one that would answer.
          if (failoverTimeout === 0) await open(signal);
          else await withDeadline(failoverTimeout / ranked.length, signal, late, open);
          this.#setHome(node);
          return node;
        } catch (error) {
          if (this.#closed || !(error instanceof DisqueError)) throw error;
          if (isRefusal(error)) {
            this.#pause();
            throw error;
          }
          this.#errors.set(member, error);
        }
      }
      this.#pause();
      if (failoverTimeout === 0) throw this.#unreachable();
    }
  }

  /** Lets some time pass before the nodes are tried (again), whoever waits for it. */
  #pause(): void {
    const pause = this.#backoff.next();
    debug("no node is tried for %d ms", Math.round(pause));
    this.#nextPass = performance.now() + pause;
  }

  #setHome(node: Node): void {
    // First, since `mapNode` may throw: each call is to be told then, not only the one that is the first.
    this.#learn(node);
    const before = this.#lastHome;
    this.#home = node;
    this.#lastHome = node;
    this.#homeSince = performance.now();
    this.#errors.clear();
    debug("commands go to %s", node.member.name);
    if (before !== undefined && before !== node) {
      this.#events.onSwitch(this.#infoOf(node.member), this.#infoOf(before.member));
    }
    this.#scheduleRefresh();
    void this.#improve();
  }

  #leaveHome(): void {
    this.#home = undefined;
    clearTimeout(this.#refresh);
    if (performance.now() - this.#homeSince >= STABLE) this.#backoff.reset();
  }

  #lost(node: Node, error: DisqueError): void {
    if (node === this.#home) {
      this.#leaveHome();
      // All who were connected to it have lost it just now.
      this.#pause();
    }
    node.interruptWaiting();
    this.#events.onDisconnect(this.#infoOf(node.member), error);
  }

  /** Takes in what a node says of the cluster. */
  #learn(node: Node): void {
    if (node.hello === undefined) return;
    const change = this.topology.learn(node.member, node.hello);
    for (const member of change.removed) this.#retire(member);
    if (!change.any) return;
    debug(
      "nodes: %o",
      this.topology.members.map(({ name, priority }) => `${name} (${priority})`),
    );
    this.#events.onTopology(this.nodes);
  }

  #retire(member: Member): void {
    const node = this.#nodes.get(member);
    this.#nodes.delete(member);
    this.#errors.delete(member);
    node?.interruptWaiting();
    void node?.end();
  }

  /** Moves to a better node, if there is one and it can be reached. What is under way finishes where it is. */
  async #improve(): Promise<void> {
    const home = this.#home;
    if (home === undefined || this.#improving) return;
    this.#improving = true;
    const ranked = this.topology.ranked(home.member, performance.now());
    for (const member of ranked.filter(({ priority }) => priority < home.member.priority)) {
      if (this.#closed || this.#home !== home) break;
      // It may have been announced no more while others were tried.
      if (!this.topology.members.includes(member)) continue;
      const node = this.nodeOf(member);
      try {
        await node.open(undefined);
        if (this.#home === home && !this.#closed) this.#setHome(node);
        break;
      } catch {
        // Another one may be reached; else it stays as it is until the next HELLO.
      }
    }
    this.#improving = false;
  }

  #scheduleRefresh(): void {
    clearTimeout(this.#refresh);
    if (this.#closed) return;
    const delay = Math.min(jittered(this.#settings.refreshInterval), MAX_DELAY);
    this.#refresh = setTimeout(() => this.#ask(), delay).unref();
  }

  async #ask(): Promise<void> {
    const home = this.#home;
    if (home === undefined) return;
    try {
      await home.refresh();
      if (home === this.#home) this.#learn(home);
      void this.#improve();
    } catch {
      // If the connection was lost, that was told; else the next HELLO may do better.
    }
    if (home === this.#home) this.#scheduleRefresh();
  }

  #unreachable(): ConnectionError {
    const errors = this.topology.members.map(
      (member) => this.#errors.get(member) ?? new TimeoutError(`${member.name}: not reached in time`),
    );
    const reasons = errors.map(({ message }) => message).join("; ");
    return new ConnectionError(`no node can be reached: ${reasons}`, { errors });
  }

  #infoOf(member: Member): NodeInfo {
    return nodeInfo(member, this.#nodes.get(member));
  }
}
