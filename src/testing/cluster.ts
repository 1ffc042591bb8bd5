import type { TlsOptions } from "node:tls";
import { knownOptions } from "../commands/arguments.ts";
import type { OptionNames } from "../commands/definition.ts";
import { lookAround, type Surroundings } from "./bus.ts";
import { Clock } from "./clock.ts";
import { randomNodeId } from "./peers.ts";
import { TestServer } from "./server.ts";

/** The options of `TestCluster.start`. */
export interface TestClusterOptions {
  /** The address at which all nodes listen; default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The port of the first node; further nodes take the ports that follow. Default 0, a free one for each. */
  readonly port?: number | undefined;
  /** What clients must AUTH with, on every node; default none. */
  readonly password?: string | undefined;
  /** Options of `node:tls` for a server, at least `key` and `cert`; default plain TCP. */
  readonly tls?: TlsOptions | undefined;
  /** The ids of the first nodes, 40 hexadecimal digits each and no two alike in the first 8; default random. */
  readonly ids?: readonly string[] | undefined;
  /** After how many milliseconds without an answer a node is suspected to have failed; default 15,000. */
  readonly nodeTimeout?: number | undefined;
  /** How many milliseconds of the cluster's time a message from node to node travels; default 0. */
  readonly latency?: number | undefined;
  /** Gets a line of text for each client that comes or goes, and for each command; default none. */
  readonly log?: ((line: string) => void) | undefined;
  /** @internal Refuse CLUSTER MEET of addresses at which no node of this process listens. */
  readonly isolated?: boolean | undefined;
}

const CLUSTER_OPTIONS: OptionNames<TestClusterOptions> = {
  host: true,
  port: true,
  password: true,
  tls: true,
  ids: true,
  nodeTimeout: true,
  latency: true,
  isolated: true,
  log: true,
};

/**
 * A Disque cluster in this process. Its nodes replicate jobs, queue them again, pass them on to where somebody waits
 * and notice when one of them fails, as those of Disque 1.0-rc1 do. All of them share one clock. It is for tests and
 * demos: it keeps nothing on disk.
 *
 * ```ts
 * await using cluster = await TestCluster.start(3);
 * await using disque = new Disque(cluster.addresses);
 * await disque.addJob("mail", "hello", { retry: 300 });
 * await disque.getJob(["mail"]);
 * await cluster.node(0).faults.kill();
 * cluster.advance(301_000); // another node with a copy has queued the job again
 * ```
 */
export class TestCluster {
  readonly #options: TestClusterOptions;
  readonly #surroundings: Surroundings;
  readonly #nodes: TestServer[] = [];
  /** Which nodes can talk to each other: those with the same number. Null for all. */
  #groups: Map<object, number> | null = null;

  private constructor(options: TestClusterOptions) {
    this.#options = options;
    this.#surroundings = {
      clock: new Clock(),
      latency: options.latency ?? 0,
      isolated: options.isolated ?? false,
      connected: (a, b) => this.#connected(a, b),
    };
  }

  /** Resolves when that many nodes listen and know each other. */
  static async start(count: number, options: TestClusterOptions = {}): Promise<TestCluster> {
    knownOptions("options", options, CLUSTER_OPTIONS);
    if (!(Number.isInteger(count) && count > 0)) throw new RangeError("a cluster has at least one node");
    const cluster = new TestCluster(options);
    try {
      while (cluster.nodes.length < count) await cluster.add();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** In the order in which they were started. */
  get nodes(): readonly TestServer[] {
    return this.#nodes;
  }

  /** What `new Disque(addresses)` takes, in the order of the nodes. */
  get addresses(): string[] {
    return this.#nodes.map((node) => node.address);
  }

  /** One of the nodes, the first being 0. */
  node(index: number): TestServer {
    const node = this.#nodes[index];
    if (node === undefined)
      throw new RangeError(`the cluster has ${this.#nodes.length} nodes and none ${index}`);
    return node;
  }

  /** The time of all nodes, in milliseconds since 1970. */
  now(): number {
    return this.#surroundings.clock.now();
  }

  /** Moves the time of all nodes, and does all that became due, in order, before it returns. */
  advance(ms: number): void {
    this.#surroundings.clock.advance(ms);
  }

  /** Resolves when nothing is under way on any node, as `TestServer.idle` says. */
  async idle(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.idle()));
  }

  /** Starts one node more, which all others know at once. */
  async add(): Promise<TestServer> {
    const { host, port = 0, password, tls, nodeTimeout, log, ids = [] } = this.#options;
    const node = await TestServer.startIn(this.#surroundings, {
      id: ids[this.#nodes.length] ?? this.#newId(),
      host,
      port: port === 0 ? 0 : port + this.#nodes.length,
      password,
      tls,
      nodeTimeout,
      log,
    });
    for (const other of this.#nodes) node.introduce(other);
    this.#nodes.push(node);
    return node;
  }

  /**
   * From now on only nodes of the same group hear each other: messages between others are lost. Nodes are given by
   * their number, the first being 0; those that are given nowhere are a group of their own. Clients reach all of them.
   *
   * ```ts
   * cluster.partition([[0, 1], [2]]);
   * ```
   */
  partition(groups: readonly (readonly number[])[]): void {
    this.#groups = new Map(
      groups.flatMap((group, number) => group.map((index) => [this.node(index), number])),
    );
    lookAround();
  }

  /** Ends {@link partition}. */
  heal(): void {
    this.#groups = null;
    lookAround();
  }

  /** Stops all nodes. Twice is fine. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }

  /** `stop()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #connected(a: object, b: object): boolean {
    return this.#groups === null || this.#groups.get(a) === this.#groups.get(b);
  }

  /** Job ids bear the first 8 digits of the id of their node. */
  #newId(): string {
    for (;;) {
      const id = randomNodeId();
      if (!this.#nodes.some((node) => node.id.startsWith(id.slice(0, 8)))) return id;
    }
  }
}
