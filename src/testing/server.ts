import { isIPv6, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { knownOptions } from "../commands/arguments.ts";
import type { OptionNames } from "../commands/definition.ts";
import type { Network } from "./bus.ts";
import { Alarm, Clock } from "./clock.ts";
import { Config } from "./config.ts";
import { Connection } from "./connection.ts";
import { Faults } from "./faults.ts";
import { type ListenAddress, Listener } from "./listener.ts";
import type { KnownNodes } from "./membership.ts";
import { randomNodeId } from "./peers.ts";
import { Received } from "./received.ts";
import { ServerState } from "./state.ts";
import { setTimeout } from "./timers.ts";

/** The options of `TestServer.start`. */
export interface TestServerOptions {
  /** The TCP port. Default 0: a free port below 32768, which no outgoing connection takes while the server is down. */
  readonly port?: number | undefined;
  /** The address to listen on; default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The path of a unix socket to listen on, instead of host and port. */
  readonly path?: string | undefined;
  /** The password that clients must send with AUTH; default none. */
  readonly password?: string | undefined;
  /** Server options for `node:tls`, at least `key` and `cert`. Default: plain TCP. */
  readonly tls?: TlsOptions | undefined;
  /** The node's id: 40 hexadecimal digits. Default: random. */
  readonly id?: string | undefined;
  /** Another node that has not answered for this many milliseconds is suspected of having failed. Default 15,000. */
  readonly nodeTimeout?: number | undefined;
  /** Called with a line of text whenever a client connects, disconnects or sends a command; default none. */
  readonly log?: ((line: string) => void) | undefined;
}

const SERVER_OPTIONS: OptionNames<TestServerOptions> = {
  port: true,
  host: true,
  path: true,
  password: true,
  tls: true,
  id: true,
  nodeTimeout: true,
  log: true,
};

/** CLUSTER_DEFAULT_NODE_TIMEOUT in Disque's cluster.h. */
const NODE_TIMEOUT = 15_000;

/** A server is idle when nothing has happened for `QUIET_PERIODS` periods of `QUIET_PERIOD` milliseconds. */
const QUIET_PERIODS = 5;
const QUIET_PERIOD = 2;

/** A server started on its own has its own clock and can communicate with every other server. */
const standalone = (): Network => ({
  clock: new Clock(),
  latency: 0,
  isolated: false,
  connected: () => true,
});

/**
 * A Disque server in this process, with the commands, replies and error texts of Disque 1.0-rc1. It is meant for tests
 * and demos: nothing is stored on disk. Its time is the real time plus what {@link advance} has added. It can join other
 * servers of this process with CLUSTER MEET; a `TestCluster` starts several servers that know each other.
 *
 * ```ts
 * await using server = await TestServer.start();
 * await using disque = new Disque(server.address);
 * await disque.addJob("mail", "hello", { delay: 60 });
 * server.advance(60_000);
 * ```
 */
export class TestServer {
  /** Injects faults into this server. */
  readonly faults: Faults;
  readonly #options: TestServerOptions;
  readonly #network: Network;
  readonly #received = new Received();
  readonly #restartAlarm = new Alarm(() => {
    if (this.#listener === null) void this.#listen();
  });
  readonly #connections = new Set<Connection>();
  #password: string;
  #listenAddress: ListenAddress;
  #state: ServerState;
  #listener: Listener | null = null;
  /** Settles when the previous listener has been closed. */
  #closed: Promise<void> = Promise.resolve();

  private constructor(options: TestServerOptions, network: Network) {
    this.#options = options;
    this.#password = options.password ?? "";
    this.#network = network;
    const id = options.id ?? randomNodeId();
    if (!/^[0-9a-f]{40}$/.test(id)) throw new TypeError("a node id must be 40 hexadecimal digits");
    this.#listenAddress =
      options.path === undefined
        ? { host: options.host ?? "127.0.0.1", port: options.port ?? 0 }
        : { path: options.path };
    this.faults = new Faults({
      applyFaults: () => this.#applyFaults(),
      resetConnections: () => this.#resetConnections(),
      closePort: () => this.#listener?.closePort(),
      openPort: async () => this.#listener?.openPort(),
      kill: () => this.#kill(),
      restart: () => this.#listen(),
    });
    this.#state = this.#newState({ id, host: "", leaving: false, peers: [] });
  }

  /** Starts a server. Resolves when it is listening; rejects if it cannot listen. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    knownOptions("options", options, SERVER_OPTIONS);
    return await TestServer.startIn(standalone(), options);
  }

  /** @internal Starts a server as a node of a cluster, with the cluster's clock and network. */
  static async startIn(network: Network, options: TestServerOptions): Promise<TestServer> {
    const server = new TestServer(options, network);
    await server.#listen();
    return server;
  }

  /** The node's id. CLUSTER RESET HARD changes it. */
  get id(): string {
    return this.#state.node.id;
  }

  /** The address, in the form that `new Disque(address)` takes: `host:port`, `disques://host:port` or `unix:/path`. */
  get address(): string {
    if ("path" in this.#listenAddress) return `unix:${this.#listenAddress.path}`;
    const { host, port } = this.#listenAddress;
    const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
    return this.#options.tls === undefined ? address : `disques://${address}`;
  }

  /** The host; empty for a unix socket. */
  get host(): string {
    return "host" in this.#listenAddress ? this.#listenAddress.host : "";
  }

  /** The port; 0 for a unix socket. */
  get port(): number {
    return "port" in this.#listenAddress ? this.#listenAddress.port : 0;
  }

  /**
   * The password that clients must send with AUTH; empty for none. It can be changed while the server runs. As with
   * `CONFIG SET requirepass`, clients that have authenticated stay authenticated.
   */
  get password(): string {
    return Buffer.from(this.#state.config.get("requirepass"), "latin1").toString();
  }

  set password(password: string) {
    this.#password = password;
    this.#state.config.set("requirepass", Buffer.from(password).toString("latin1"));
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#state.clients.size;
  }

  /** The server's time, in milliseconds since 1970. */
  now(): number {
    return this.#network.clock.now();
  }

  /** Advances the server's time, and runs everything that becomes due, in order, before it returns. */
  advance(ms: number): void {
    this.#network.clock.advance(ms);
  }

  /**
   * How many commands with this name the server has received since it was first started, whether they were run or refused. With
   * `count`, resolves when it has received that many.
   *
   * ```ts
   * const waiting = disque.getJob("mail");
   * await server.received("getjob", 1);
   * await disque.addJob("mail", "hello");
   * const [job] = await waiting;
   * ```
   */
  received(name: string): number;
  received(name: string, count: number): Promise<void>;
  received(name: string, count?: number): number | Promise<void> {
    return count === undefined ? this.#received.count(name) : this.#received.wait(name, count);
  }

  /**
   * Resolves when the server is idle: clients of this process have sent nothing for some milliseconds, every reply has
   * been sent, and no job is being replicated. A server with a GETJOB waiting for a job can be idle.
   */
  async idle(): Promise<void> {
    let last = Number.NaN;
    for (let quiet = 0; quiet < QUIET_PERIODS; ) {
      await new Promise<void>((resolve) => setTimeout(resolve, QUIET_PERIOD));
      const activity = this.#state.activity;
      quiet = activity === last && !this.#state.busy ? quiet + 1 : 0;
      last = activity;
    }
  }

  /** Stops the server and closes all connections. Safe to call twice. */
  async stop(): Promise<void> {
    this.#network.clock.clear(this.#restartAlarm);
    await this.#shutDown();
  }

  /** `stop()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @internal Introduces this node and another to each other, without a handshake. */
  introduce(other: TestServer): void {
    const { cluster } = this.#state.node;
    cluster.introduce(other.#state.node.cluster);
    other.#state.node.cluster.introduce(cluster);
  }

  #newState(known: KnownNodes): ServerState {
    const config = new Config({
      // Parameters hold bytes as clients send them: one latin1 character per byte.
      requirepass: Buffer.from(this.#password).toString("latin1"),
      unixsocket: this.#options.path ?? "",
      port: String(this.port),
      bind: this.host,
      dir: process.cwd(),
      "cluster-node-timeout": String(this.#options.nodeTimeout ?? NODE_TIMEOUT),
    });
    const { faults } = this;
    const { clock } = this.#network;
    const host = {
      intercept: (name: string) => this.#intercept(name),
      // When the real process exits, its connections are closed without a reply.
      exit: () => {
        void this.stop();
      },
      restart: (delay: number) => {
        clock.set(this.#restartAlarm, clock.now() + delay);
        void this.#shutDown();
      },
      log: this.#options.log ?? null,
      get frozen() {
        return faults.frozen;
      },
    };
    return new ServerState(this.#network.clock, config, host, known);
  }

  async #listen(): Promise<void> {
    await this.#closed;
    if (this.#listener !== null) throw new Error("the server is running");
    const listener = new Listener(
      this.#options.tls ?? null,
      (socket, reset) => this.#accept(socket, reset),
      () => this.faults.refusing,
    );
    this.#listener = listener;
    try {
      this.#listenAddress = await listener.listen(this.#listenAddress);
    } catch (error) {
      this.#listener = null;
      throw error;
    }
    const { known } = this.#state.node.cluster;
    this.#state.dispose();
    this.#state = this.#newState(known);
    if (this.port !== 0) this.#state.join(this, this.host, this.#network);
  }

  #accept(socket: Socket, reset: () => void): void {
    socket.on("error", () => {});
    this.#state.node.suspension.receive(() => {
      if (socket.destroyed) return;
      const path = "path" in this.#listenAddress ? this.#listenAddress.path : null;
      const connection = new Connection(socket, this.#state, this.faults, path, reset);
      this.#connections.add(connection);
      socket.once("close", () => this.#connections.delete(connection));
    });
  }

  #applyFaults(): void {
    this.#state.resume();
    for (const connection of this.#connections) connection.applyFaults();
    this.#state.endTurn();
  }

  #intercept(name: string): string | null {
    this.#received.note(name);
    return this.faults.takeAnswer(name);
  }

  #resetConnections(): void {
    for (const connection of this.#connections) connection.reset();
  }

  async #shutDown(): Promise<void> {
    this.#state.node.cluster.close();
    for (const connection of this.#connections) connection.destroy();
    await this.#end();
  }

  async #kill(): Promise<void> {
    this.#network.clock.clear(this.#restartAlarm);
    // Leave the cluster first: closing a connection abandons its ADDJOB, which would tell other nodes to delete their copies.
    this.#state.node.cluster.close();
    this.#resetConnections();
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#state.dispose();
    if (this.#listener !== null) this.#closed = this.#listener.close();
    this.#listener = null;
    await this.#closed;
  }
}
