import { EventEmitter } from "node:events";
import { type InspectOptions, inspect } from "node:util";
import { type NodeAddress, parseAddress } from "./cluster/addresses/address.ts";
import { Cluster } from "./cluster/cluster.ts";
import { Executor } from "./cluster/execution/executor.ts";
import type { NodeInfo } from "./cluster/node-info.ts";
import { type DisqueOptions, settingsFrom } from "./cluster/options.ts";
import * as check from "./commands/arguments.ts";
import type { CallOptions } from "./commands/definition.ts";
import type { CountedJob, Job } from "./commands/job.ts";
import type { JobInfo } from "./commands/job-info.ts";
import { JSCAN_OPTIONS, type JscanOptions } from "./commands/jobs.ts";
import { QSCAN_OPTIONS, type QscanOptions } from "./commands/queues.ts";
import { type PlainCallOptions, type PlainReply, plain, rawCall } from "./commands/raw-call.ts";
import type { ClusterCommands, ConfigCommands } from "./commands/subcommands.ts";
import { type Methods, table } from "./commands/table.ts";
import type { JobSource } from "./consumer/fetcher.ts";
import { consume, type JobsOptions } from "./consumer/jobs.ts";
import type { JobHandler, WorkOptions } from "./consumer/options.ts";
import { Worker } from "./consumer/worker.ts";
import { ClusterMethods, ConfigMethods, defineMethods } from "./methods.ts";
import type { Argument, DisqueError, Reply } from "./resp/index.ts";
import { queueMicrotask, runOutside, setImmediate } from "./resp/timers.ts";

/** The events of a client. Listening is optional. */
export interface DisqueEvents {
  /** The client connected to a node. */
  connect: [node: NodeInfo];
  /** The connection to a node was lost (not closed by the client). */
  disconnect: [node: NodeInfo, error: DisqueError];
  /** The client now sends its calls to another node. */
  switch: [to: NodeInfo, from: NodeInfo];
  /** The nodes or their priorities changed. */
  topology: [nodes: readonly NodeInfo[]];
  /**
   * A fetched job with `retry: 0` is no longer wanted, for instance because its call was aborted, and no other call was waiting
   * for it. No node will deliver the job again: only your listener can process it.
   */
  orphan: [job: Job];
}

const DEFAULT_NODE = "127.0.0.1:7711";

/**
 * A client for Disque.
 *
 * It connects when it is first used. Commands reject with a `ConnectionError` when no node can be reached or the connection is
 * lost, a `TimeoutError` when a reply is overdue and the command must not be sent again, a `ProtocolError` when a reply is
 * invalid, a `ClosedError` after `close`, an `OverloadError` when too many calls are in flight, an `UnsupportedError` when the
 * server lacks the command, a `ReplyError` when it answers with an error, and a `TypeError` or `RangeError` when an argument is
 * invalid.
 *
 * @example
 * await using disque = new Disque(["127.0.0.1:7711", "127.0.0.1:7712"]);
 * await disque.addJob("mail", "hello", { retry: 60 });
 */
export class Disque extends EventEmitter<DisqueEvents> {
  /** The subcommands of CLUSTER. */
  readonly cluster: ClusterCommands;
  /** The subcommands of CONFIG. */
  readonly config: ConfigCommands;
  readonly #cluster: Cluster;
  readonly #executor: Executor;
  /** Shared by all consumers. */
  readonly #jobSource: JobSource;

  static {
    defineMethods<Disque>(Disque.prototype, table, (self) => self.#executor);
    // `inspect` shows no options, since they may contain a password.
    Object.defineProperty(Disque.prototype, inspect.custom, {
      value(this: Disque, _depth: number, options: InspectOptions): string {
        return `Disque ${inspect({ nodes: this.nodes }, options)}`;
      },
    });
  }

  /**
   * @param nodes One or more nodes, tried in that order. Default `127.0.0.1:7711`.
   * @throws a `TypeError` or `RangeError` that names the invalid address or option.
   */
  constructor(nodes: NodeAddress | readonly NodeAddress[] = DEFAULT_NODE, options: DisqueOptions = {}) {
    super();
    if (typeof options !== "object") {
      throw new TypeError(
        'the second argument must be options: write a node as "host:port" or { host, port }',
      );
    }
    const addresses = [nodes].flat().map((node) => parseAddress(node));
    if (addresses.length === 0) throw new RangeError("at least one node is needed");
    const settings = settingsFrom(options);
    this.#cluster = new Cluster(addresses, settings, {
      onConnect: (node) => this.#emitLater("connect", node),
      onDisconnect: (node, error) => this.#emitLater("disconnect", node, error),
      onSwitch: (to, from) => this.#emitLater("switch", to, from),
      onTopology: (nodes) => this.#emitLater("topology", nodes),
    });
    const executor = new Executor(this.#cluster, settings, (job) => this.#emitLater("orphan", job));
    this.#executor = executor;
    this.#jobSource = {
      client: this,
      isClosed: () => executor.closed,
      giveBack: (jobs) => executor.lateJobs.giveBack(jobs),
      progressAt: (id) => this.#cluster.connectedNode(id)?.progressAt ?? 0,
      onClose: (listener) => executor.onClose(listener),
    };
    this.cluster = new ClusterMethods(executor);
    this.config = new ConfigMethods(executor);
  }

  /** The nodes that the client knows, with their current state. */
  get nodes(): NodeInfo[] {
    return this.#cluster.nodes;
  }

  /** The node that calls go to; `undefined` while there is none. */
  get connectedNode(): NodeInfo | undefined {
    return this.#cluster.primaryInfo;
  }

  /**
   * Connects now instead of with the first call. Does nothing if the client is connected.
   *
   * Rejects with a `ConnectionError` that says why each node failed, after `failoverTimeout`; or with a `ReplyError` if every
   * node refuses the password.
   */
  connect(options: Pick<CallOptions, "signal"> = {}): Promise<void> {
    return this.#executor.connect(options);
  }

  /**
   * Accepts no new calls. Calls that are waiting for jobs, for a node or for a retry reject with a `ClosedError`; the others
   * may finish or time out. Jobs that still arrive are given back, and then the connections are closed. Calling it again is
   * safe.
   *
   * @param options `timeout`: milliseconds after which all remaining calls and connections are dropped, as by `destroy`.
   * Default: no limit.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    check.knownOptions("options", options, { timeout: true });
    const { timeout = Number.POSITIVE_INFINITY } = options;
    await this.#executor.close(check.timeLimit("timeout", timeout));
  }

  /** Drops all connections immediately. Calls in flight reject. */
  destroy(): void {
    this.#executor.destroy();
  }

  /** Lets the client keep the process alive, even while it is idle. This is the default. */
  ref(): void {
    this.#cluster.setRef(true);
  }

  /** Lets the process exit while the client is idle. Calls in flight and workers still keep it alive. */
  unref(): void {
    this.#cluster.setRef(false);
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Sends any command by its name. Resolves with the reply, with bulk strings as text, or as `Buffer` with `{ buffers: true }`.
   * Once a node may have run the command, it is not resent. Do not change an argument's bytes until the call has settled. AUTH,
   * QUIT, MONITOR and CLIENT REPLY are refused, since they would break the connection that all calls share.
   *
   * @example
   * await disque.call("DEBUG", "STRUCTSIZE");
   * const body = await disque.call("SHOW", id, { buffers: true });
   */
  call(name: string, ...args: [...Argument[], PlainCallOptions & { readonly buffers: true }]): Promise<Reply>;
  call(name: string, ...args: Argument[] | [...Argument[], PlainCallOptions]): Promise<PlainReply>;
  async call(name: string, ...args: (Argument | PlainCallOptions)[]): Promise<Reply> {
    const { definition, buffers } = rawCall(name, args);
    const reply = await this.#executor.run(definition, []);
    return buffers ? reply : plain(reply);
  }

  /**
   * Iterates over the jobs of one or more queues, fetched from every good node. The loop continues through node failures and
   * while queues are paused, until you `break` or abort `signal`. Acknowledge each job when it is done. Several loops may run
   * at the same time.
   *
   * @example
   * for await (const job of disque.jobs("mail", { signal })) {
   *   await send(job.json());
   *   await disque.ackJob(job);
   * }
   */
  jobs(
    queues: string | readonly string[],
    options: JobsOptions & { readonly withCounters: true },
  ): AsyncGenerator<CountedJob, void, undefined>;
  jobs(queues: string | readonly string[], options?: JobsOptions): AsyncGenerator<Job, void, undefined>;
  jobs(queues: string | readonly string[], options: JobsOptions = {}): AsyncGenerator<Job, void, undefined> {
    return consume(this.#jobSource, queues, options);
  }

  /**
   * Starts a worker. It fetches as many jobs as `concurrency` allows, from every good node, and passes each to `handler`. It
   * acknowledges a job when the handler resolves, and gives it back when the handler throws or rejects. While the handler runs,
   * heartbeats keep the job from being delivered elsewhere. Throws a `TypeError` or `RangeError` when an argument is invalid,
   * and a `ClosedError` when the client is closed.
   *
   * @example
   * const worker = disque.work("mail", async (job) => send(job.json()), { concurrency: 10 });
   * process.once("SIGTERM", async () => {
   *   await worker.stop({ timeout: 10_000 });
   *   await disque.close();
   * });
   */
  work(queues: string | readonly string[], handler: JobHandler, options?: WorkOptions): Worker {
    return new Worker(this.#jobSource, queues, handler, options);
  }

  /**
   * Iterates over the names of the queues of all good nodes and the connected node, or of one node with the option `node`.
   * Yields each name once. Rejects with a `ConnectionError` when the node that is being scanned goes away.
   *
   * @example
   * for await (const queue of disque.queues({ minlen: 1 })) console.log(queue);
   */
  async *queues(options: QscanOptions = {}): AsyncGenerator<string, void, undefined> {
    check.callOptions(options, QSCAN_OPTIONS);
    // Throws for invalid options before the client connects.
    table.qscan.encode(0, options);
    yield* scan(
      await this.#nodesToScan(options),
      (cursor, node) => this.qscan(cursor, { ...options, node }),
      (page) => page.queues,
      (queue) => queue,
    );
  }

  /**
   * Iterates over the jobs of all good nodes and the connected node, or of one node with the option `node`. Yields each id
   * once. With `reply: "all"`, yields everything that a node knows about a job, with one entry for each node's copy. Rejects
   * with a `ConnectionError` when the node that is being scanned goes away.
   *
   * @example
   * for await (const job of disque.scanJobs({ queue: "mail", reply: "all" })) console.log(job.id, job.state);
   */
  scanJobs(options: JscanOptions & { readonly reply: "all" }): AsyncGenerator<JobCopy, void, undefined>;
  scanJobs(options?: JscanOptions): AsyncGenerator<string, void, undefined>;
  async *scanJobs(options: JscanOptions = {}): AsyncGenerator<JobCopy | string, void, undefined> {
    check.callOptions(options, JSCAN_OPTIONS);
    table.jscan.encode(0, options);
    yield* scan<Awaited<ReturnType<Disque["jscan"]>>, JobCopy | string>(
      await this.#nodesToScan(options),
      (cursor, node) => this.jscan(cursor, { ...options, node }),
      (page) => ("jobs" in page ? page.jobs.map((job) => ({ ...job, node: page.node })) : page.ids),
      (item) => (typeof item === "string" ? item : `${item.node} ${item.id}`),
    );
  }

  async #nodesToScan({ node, signal }: CallOptions): Promise<readonly string[]> {
    if (node !== undefined) return [node];
    await this.connect({ signal });
    const good = this.nodes.filter((known) => known.good || known.id === this.connectedNode?.id);
    return [...new Set(good.map(({ id }) => id))];
  }

  /**
   * Emits an event in a microtask of its own, outside any caller's async context. A listener that throws crashes the process,
   * as with any emitter, but does not affect any call.
   */
  #emitLater<Name extends keyof DisqueEvents>(name: Name, ...args: DisqueEvents[Name]): void {
    runOutside(() => queueMicrotask(() => this.emit<keyof DisqueEvents>(name, ...args)));
  }
}

/** What a node knows about its copy of a job. */
export interface JobCopy extends JobInfo {
  /** Id of the node. */
  readonly node: string;
}

/** The options of `close`. */
export interface CloseOptions {
  /** Milliseconds after which all remaining calls and connections are dropped, as by `destroy`. Default: no limit. */
  readonly timeout?: number | undefined;
}

export interface Disque extends Methods {}

interface Page {
  readonly cursor: string;
  readonly node: string;
}

/**
 * Scans several nodes, one after another, and yields each item once, as identified by `keyOf`. The scan of a node stays on that
 * node, since cursors are valid only on the node that returned them. If the node goes away, the scan rejects with a
 * `ConnectionError`.
 */
async function* scan<SomePage extends Page, Item>(
  nodeIds: readonly string[],
  fetch: (cursor: string, node: string) => Promise<SomePage>,
  itemsOf: (page: SomePage) => Iterable<Item>,
  keyOf: (item: Item) => string,
): AsyncGenerator<Item, void, undefined> {
  const seen = new Set<string>();
  for (const node of nodeIds) {
    let cursor = "0";
    do {
      const page = await fetch(cursor, node);
      for (const item of itemsOf(page)) {
        const key = keyOf(item);
        if (seen.has(key)) continue;
        seen.add(key);
        yield item;
      }
      ({ cursor } = page);
      // Lets other callbacks run after each page: a large scan whose pages yield nothing would otherwise block the event loop.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (cursor !== "0");
  }
}
