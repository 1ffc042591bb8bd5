import { decodeHello, type Hello, helloFromClusterNodes, isRefusal } from "../../commands/hello.ts";
import { ConnectionError, DisqueError, ReplyError, TimeoutError } from "../../resp/index.ts";
import { now } from "../../resp/timers.ts";
import type { ConnectionKind } from "../execution/prepared-call.ts";
import type { Settings } from "../options.ts";
import type { KnownNode } from "../topology.ts";
import { type ConnectTrace, connects, debug, isTraced, traced } from "../tracing.ts";
import { AddingConnections } from "./adding-connections.ts";
import { connect, type Dialect, passwordFor, type ReadyConnection } from "./handshake.ts";
import { type Connect, PersistentConnection, type Submission } from "./persistent-connection.ts";
import { WaitingConnections } from "./waiting-connections.ts";

export interface NodeOptions {
  readonly settings: Settings;
  /** Memory that all connections of the client read into. */
  readonly readBuffer?: Buffer;
  /** Whether to keep the shared connection open while it is idle. */
  readonly keepIdle: (node: Node) => boolean;
  readonly onConnect: (node: Node) => void;
  readonly onDisconnect: (node: Node, error: DisqueError) => void;
  /** Called when a load balancer has led a connection to another node, with that node's reply to HELLO. */
  readonly onOtherNode: (node: Node, hello: Hello) => void;
  readonly onReady: (node: Node, ready: ReadyConnection) => void;
  /** Called when an attempt to connect has failed, or an ADDJOB has timed out. */
  readonly onUnreachable: (node: Node) => void;
}

/** How long, in milliseconds, a password that a node refused is not sent to it again. */
const REFUSAL_TIME = 60_000;
/** Maximum attempts to reach the right node through a load balancer. */
const MAX_BALANCED_ATTEMPTS = 16;
/**
 * The same limit if the last attempt has failed: the node is probably down, and each attempt opens a connection to some other
 * node behind the load balancer.
 */
const MAX_ATTEMPTS_IF_UNREACHABLE = 4;

/**
 * One node and the connections to it: a shared, pipelined connection that never carries a blocking command, several for ADDJOBs
 * that replicate, and one for each GETJOB that waits.
 */
export class Node {
  readonly known: KnownNode;
  /** Counters: jobs fetched from the node, commands sent to it, connections made to it, and losses of the shared connection. */
  fetched = 0;
  calls = 0;
  connects = 0;
  losses = 0;
  /** Whether the last attempt to connect has failed or is taking too long. */
  unreachable = false;
  readonly #options: NodeOptions;
  readonly #shared: PersistentConnection;
  readonly #adding: AddingConnections;
  readonly #waiting: WaitingConnections;
  readonly #connections: Readonly<Record<ConnectionKind, { submit(submission: Submission): void }>>;
  #hello: Hello | undefined;
  #dialect: Dialect | undefined;
  /** The password that the node refused. It is not sent to the node again before `until`. */
  #refusal:
    | { readonly error: DisqueError; readonly password: string | undefined; readonly until: number }
    | undefined;

  constructor(known: KnownNode, options: NodeOptions) {
    this.known = known;
    this.#options = options;
    const open: Connect = (signal, onClose) => this.#connect(signal, onClose);
    this.#shared = new PersistentConnection({
      connect: open,
      keepIdle: () => options.keepIdle(this),
      onOpen: () => options.onConnect(this),
      onLost: (error) => {
        this.losses++;
        debug("%s: connection lost: %s", known.name, error.message);
        // A node that does not answer commands will not confirm replication either, so ADDJOBs need not wait for it.
        if (error instanceof TimeoutError) this.#adding.destroy(error);
        options.onDisconnect(this, error);
      },
    });
    this.#adding = new AddingConnections(
      () =>
        new PersistentConnection({
          connect: open,
          keepIdle: () => false,
          onLost: (error) => {
            if (error instanceof TimeoutError) options.onUnreachable(this);
            this.#adding.failUnwritten(error);
          },
        }),
      options.settings.addConnections,
    );
    this.#waiting = new WaitingConnections(open);
    this.#connections = { shared: this.#shared, adding: this.#adding, waiting: this.#waiting };
  }

  /** Whether the shared connection is open. */
  get connected(): boolean {
    return this.#shared.connected;
  }

  /** When the shared connection last made progress, on the monotonic clock; 0 if it is not open. */
  get progressAt(): number {
    return this.#shared.progressAt;
  }

  /** The number of commands in flight. */
  get pending(): number {
    return this.#shared.pending + this.#adding.pending + this.#waiting.pending;
  }

  /** The node's latest reply to HELLO. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** The dialect of the node, once it is known. */
  get dialect(): Dialect | undefined {
    return this.#dialect;
  }

  /** Connects, or sends HELLO again if already connected. Rejects as `connect` does. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    if (this.connected) await this.refresh(signal);
    else await this.#shared.open(signal);
  }

  /** Throws what `Connection.submit` throws. */
  submit(submission: Submission, kind: ConnectionKind): void {
    this.calls++;
    this.#connections[kind].submit(submission);
  }

  /** Waits for the commands in flight to finish, then closes the connections. */
  async end(): Promise<void> {
    await Promise.all([this.#waiting.end(), this.#shared.end(), this.#adding.end()]);
  }

  destroy(reason: DisqueError): void {
    this.#waiting.destroy(reason);
    this.#adding.destroy(reason);
    this.#shared.destroy(reason);
  }

  /** Sends HELLO again. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const isModule = this.#dialect === "module";
    const { connection, redactor } = await this.#shared.open(signal);
    const reply = await connection.send(isModule ? ["CLUSTER", "NODES"] : ["HELLO"], { signal });
    if (reply instanceof ReplyError) {
      throw redactor.error(new ReplyError(reply.message, isModule ? "CLUSTER NODES" : "HELLO"));
    }
    this.#hello = redactor.hello(isModule ? helloFromClusterNodes(reply) : decodeHello(reply));
  }

  #connect(...args: Parameters<Connect>): Promise<ReadyConnection> {
    const channel = connects;
    if (!isTraced(channel)) return this.#open(...args);
    const trace: ConnectTrace = { node: this.known.name };
    return traced(channel, trace, async () => {
      const ready = await this.#open(...args);
      trace.id = ready.hello.id;
      return ready;
    });
  }

  async #open(...[signal, onClose]: Parameters<Connect>): Promise<ReadyConnection> {
    const { name, address } = this.known;
    let password: string | undefined;
    try {
      password = await passwordFor(address, this.#options.settings, signal);
      const refusal = this.#refusal;
      if (refusal !== undefined && refusal.password === password && now() < refusal.until)
        throw refusal.error;
      debug("%s: connecting", name);
      const ready = await this.#connectToSelf(password, signal, onClose);
      this.#refusal = undefined;
      this.#dialect = ready.dialect;
      this.#hello = ready.hello;
      this.connects++;
      debug("%s: connected to node %s", name, ready.hello.id);
      this.unreachable = false;
      this.#options.onReady(this, ready);
      return ready;
    } catch (error) {
      debug("%s: not connected: %s", name, error instanceof Error ? error.message : error);
      if (error instanceof DisqueError) {
        if (isRefusal(error) && error !== this.#refusal?.error) {
          this.#refusal = { error, password, until: now() + REFUSAL_TIME };
        }
        this.unreachable = true;
        this.#options.onUnreachable(this);
      }
      throw error;
    }
  }

  /** Connects repeatedly until a connection reaches this node: behind a load balancer, each one may reach a different node. */
  async #connectToSelf(
    password: string | undefined,
    signal: AbortSignal | undefined,
    onClose: Parameters<Connect>[1],
  ): Promise<ReadyConnection> {
    const { known } = this;
    const attempts = this.unreachable ? MAX_ATTEMPTS_IF_UNREACHABLE : MAX_BALANCED_ATTEMPTS;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { settings, readBuffer } = this.#options;
      const ready = await connect(known.address, password, settings, signal, { onClose, readBuffer });
      // A new id is accepted if there is no load balancer and no shared connection: the node may have restarted.
      const isFixed = known.balanced || this.connected;
      if (!isFixed || ready.hello.id === known.id) return ready;
      this.#options.onOtherNode(this, ready.hello);
      ready.connection.destroy();
    }
    throw new ConnectionError(`${known.name}: the connections lead to other nodes`);
  }
}
