import type { TlsOptions } from "node:tls";
import { knownOptions } from "../commands/arguments.ts";
import type { OptionNames } from "../commands/definition.ts";
import { type Network, updateLinks } from "./bus.ts";
import { Clock } from "./clock.ts";
import { randomNodeId } from "./peers.ts";
import { TestServer } from "./server.ts";

/** The options of `TestCluster.start`. */
export interface TestClusterOptions {
  /** The address that all nodes listen on; default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The port of the first node; the other nodes use the ports after it. Default 0: a free port for each node. */
  readonly port?: number | undefined;
  /** The password that clients must send with AUTH to every node; default none. */
  readonly password?: string | undefined;
  /** Server options for `node:tls`, at least `key` and `cert`. Default: plain TCP. */
  readonly tls?: TlsOptions | undefined;
  /** The ids of the first nodes: 40 hexadecimal digits each, of which the first 8 must differ. Default: random. */
  readonly ids?: readonly string[] | undefined;
  /** A node that has not answered for this many milliseconds is suspected of having failed. Default 15,000. */
  readonly nodeTimeout?: number | undefined;
  /** Latency of messages between nodes, in milliseconds of the cluster's clock; default 0. */
  readonly latency?: number | undefined;
  /** Called with a line of text whenever a client connects, disconnects or sends a command; default none. */
  readonly log?: ((line: string) => void) | undefined;
  /** @internal Refuse CLUSTER MEET for addresses on which no node of this process listens. */
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
 * A Disque cluster in this process. As in Disque 1.0-rc1, its nodes replicate jobs, requeue them, pass them to nodes
 * with waiting clients, and detect failed nodes. All nodes share one clock. It is meant for tests and demos: nothing is
 * stored on disk.
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
  readonly #network: Network;
  readonly #nodes: TestServer[] = [];
  /** The partition group of each node: only nodes of the same group can communicate. Null when all can. */
  #groups: Map<object, number> | null = null;

  private constructor(options: TestClusterOptions) {
    this.#options = options;
    this.#network = {
      clock: new Clock(),
      latency: options.latency ?? 0,
      isolated: options.isolated ?? false,
      connected: (a, b) => this.#connected(a, b),
    };
  }

  /** Starts `count` nodes. Resolves when all are listening and know each other. */
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

  /** The nodes, in the order in which they were started. */
  get nodes(): readonly TestServer[] {
    return this.#nodes;
  }

  /** The addresses of the nodes, in the order of the nodes and in the form that `new Disque(addresses)` takes. */
  get addresses(): string[] {
    return this.#nodes.map((node) => node.address);
  }

  /** The node with this index; the first is 0. */
  node(index: number): TestServer {
    const node = this.#nodes[index];
    if (node === undefined)
      throw new RangeError(`the cluster has ${this.#nodes.length} nodes and none ${index}`);
    return node;
  }

  /** The nodes' time, in milliseconds since 1970. */
  now(): number {
    return this.#network.clock.now();
  }

  /** Advances the nodes' time, and runs everything that becomes due, in order, before it returns. */
  advance(ms: number): void {
    this.#network.clock.advance(ms);
  }

  /** Resolves when every node is idle, as defined by `TestServer.idle`. */
  async idle(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.idle()));
  }

  /** Starts one more node. It and all other nodes know each other immediately. */
  async add(): Promise<TestServer> {
    const { host, port = 0, password, tls, nodeTimeout, log, ids = [] } = this.#options;
    const node = await TestServer.startIn(this.#network, {
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
   * Partitions the network between nodes: messages between nodes of different groups are lost. Nodes are given by their index,
   * starting at 0. All nodes that are not listed form one more group. Clients can still reach every node.
   *
   * ```ts
   * cluster.partition([[0, 1], [2]]);
   * ```
   */
  partition(groups: readonly (readonly number[])[]): void {
    this.#groups = new Map(
      groups.flatMap((group, number) => group.map((index) => [this.node(index), number])),
    );
    updateLinks();
  }

  /** Ends {@link partition}. */
  heal(): void {
    this.#groups = null;
    updateLinks();
  }

  /** Stops all nodes. Safe to call twice. */
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

  /** A random id whose first 8 digits, which are part of job ids, differ from those of all other nodes. */
  #newId(): string {
    for (;;) {
      const id = randomNodeId();
      if (!this.#nodes.some((node) => node.id.startsWith(id.slice(0, 8)))) return id;
    }
  }
}
