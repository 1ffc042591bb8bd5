import { EventEmitter } from "node:events";
import { type NodeAddress, parseAddress } from "./cluster/address.ts";
import { Calls } from "./cluster/calls.ts";
import { Cluster } from "./cluster/cluster.ts";
import type { NodeInfo } from "./cluster/node-info.ts";
import { type DisqueOptions, settingsFrom } from "./cluster/options.ts";
import { callCommand, type PlainCallOptions, type PlainReply, plain } from "./commands/call.ts";
import type { ClusterCommands } from "./commands/cluster.ts";
import type { CallOptions } from "./commands/command.ts";
import type { ConfigCommands } from "./commands/config.ts";
import { inspectedAs } from "./commands/inspected.ts";
import { type CountedJob, isAtLeastOnce, type Job } from "./commands/job.ts";
import type { JscanOptions } from "./commands/jobs.ts";
import type { QscanOptions } from "./commands/queues.ts";
import type { JobInfo } from "./commands/replies.ts";
import { type Methods, table } from "./commands/table.ts";
import { consume, type JobsOptions } from "./consumer/jobs.ts";
import type { JobHandler, WorkOptions } from "./consumer/options.ts";
import type { JobSource } from "./consumer/source.ts";
import { Worker } from "./consumer/worker.ts";
import { ClusterMethods, ConfigMethods, defineMethods } from "./methods.ts";
import type { Argument, DisqueError, Reply } from "./resp/index.ts";
import { scan } from "./scan.ts";

/** What a client emits. Nothing has to be listened to. */
export interface DisqueEvents {
  /** A node was connected to. */
  connect: [node: NodeInfo];
  /** The connection to a node was lost, not closed by the client. */
  disconnect: [node: NodeInfo, error: DisqueError];
  /** Commands go to another node from now on. */
  switch: [to: NodeInfo, from: NodeInfo];
  /** There are other nodes, or other priorities, than before. */
  topology: [nodes: readonly NodeInfo[]];
  /**
   * A job added with `retry: 0` came when the call that it was for had been aborted. No node will deliver it again:
   * whoever listens here holds the only copy.
   */
  orphan: [job: Job];
}

const DEFAULT_NODE = "127.0.0.1:7711";

/**
 * A client for Disque.
 *
 * It connects when it is first used. Every method rejects with a `ConnectionError` when no node can be reached or the
 * connection is lost, a `TimeoutError` when a reply is overdue and the command must not be sent again, a `ClosedError`
 * after `close`, an `OverloadError` when too many calls wait, a `ReplyError` when the server answers with an error, and a
 * `TypeError` or `RangeError`, before anything is sent, when an argument is bad.
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
  readonly #calls: Calls;

  static {
    defineMethods<Disque>(Disque.prototype, table, (self) => self.#calls);
    // What a log may show: no options, which may hold a password.
    inspectedAs(Disque.prototype, function (_depth, options, show) {
      return `Disque ${show({ nodes: this.nodes }, options)}`;
    });
  }

  /**
   * @param nodes One node or several, tried in that order. Default `127.0.0.1:7711`.
   * @throws a `TypeError` or `RangeError` that names the bad address or option.
   */
  constructor(nodes: NodeAddress | readonly NodeAddress[] = DEFAULT_NODE, options: DisqueOptions = {}) {
    super();
    const addresses = [nodes].flat().map((node) => parseAddress(node));
    if (addresses.length === 0) throw new RangeError("at least one node is needed");
    const settings = settingsFrom(options);
    this.#cluster = new Cluster(addresses, settings, {
      onConnect: (node) => this.#tell("connect", node),
      onDisconnect: (node, error) => this.#tell("disconnect", node, error),
      onSwitch: (to, from) => this.#tell("switch", to, from),
      onTopology: (nodes) => this.#tell("topology", nodes),
      onOrphan: (job) => this.#tell("orphan", job),
    });
    this.#calls = new Calls(this.#cluster, settings);
    this.cluster = new ClusterMethods(this.#calls);
    this.config = new ConfigMethods(this.#calls);
  }

  /** The nodes that the client knows, as it sees them at the moment. */
  get nodes(): NodeInfo[] {
    return this.#cluster.nodes;
  }

  /** The node that commands go to; `undefined` while there is none. */
  get connectedNode(): NodeInfo | undefined {
    return this.#cluster.connectedNode;
  }

  /**
   * Connects now rather than with the first command. Connecting again once that was done costs nothing.
   *
   * Rejects with a `ConnectionError` that says why each node failed, after `failoverTimeout`; or with the `ReplyError` to
   * a wrong password.
   */
  connect(options: Pick<CallOptions, "signal"> = {}): Promise<void> {
    return this.#calls.connect(options);
  }

  /**
   * Takes no more calls, ends those that wait for jobs with a `ClosedError`, lets the others finish, then closes the
   * connections. Twice is fine.
   */
  close(): Promise<void> {
    return this.#calls.close();
  }

  /** Drops all connections at once. What is under way rejects. */
  destroy(): void {
    this.#calls.destroy();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Any command, by its name. Gives the reply as it is, with bulk strings as text, or as a `Buffer` with
   * `{ buffers: true }`. It is never sent a second time. Refused are AUTH, QUIT, MONITOR and CLIENT REPLY, which would
   * break the connection for all other calls.
   *
   * @example
   * await disque.call("DEBUG", "STRUCTSIZE");
   * const body = await disque.call("SHOW", id, { buffers: true });
   */
  call(name: string, ...args: [...Argument[], PlainCallOptions & { readonly buffers: true }]): Promise<Reply>;
  call(name: string, ...args: Argument[] | [...Argument[], PlainCallOptions]): Promise<PlainReply>;
  async call(name: string, ...args: (Argument | PlainCallOptions)[]): Promise<Reply> {
    const { command, buffers } = callCommand(name, args);
    const reply = await this.#calls.run(command, []);
    return buffers ? reply : plain(reply);
  }

  /**
   * The jobs of one queue or several, as they come, from every good node. The loop survives node failures and paused queues;
   * it goes on until you `break`, or abort `signal`. Acknowledge each job; several loops may run side by side.
   *
   * Its end takes up to about a second, since a call that waits for a job must not be cut off. It rejects only with what
   * cannot get better: a password that all nodes refuse, a command that the server lacks, bad arguments, a closed client.
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
    return consume(this.#jobSource(), queues, options);
  }

  /**
   * Has jobs worked on: fetches as many as `concurrency` allows, from every good node, gives each to `handler`, acknowledges
   * it when the handler resolves, gives it back when the handler throws or rejects, and keeps it from being delivered
   * elsewhere meanwhile. Throws when an argument is bad, or a `ClosedError` when the client is closed.
   *
   * @example
   * const worker = disque.work("mail", async (job) => send(job.json()), { concurrency: 10 });
   * process.once("SIGTERM", async () => {
   *   await worker.stop({ timeout: 10_000 });
   *   await disque.close();
   * });
   */
  work(queues: string | readonly string[], handler: JobHandler, options?: WorkOptions): Worker {
    return new Worker(this.#jobSource(), queues, handler, options);
  }

  /** What consumers need of this client. A stand-in until giving back has a place of its own. */
  #jobSource(): JobSource {
    const self = this;
    return {
      getJob: ((...args: Parameters<Disque["getJob"]>) => self.getJob(...args)) as Disque["getJob"],
      ackJob: (...args) => self.ackJob(...args),
      fastAck: (...args) => self.fastAck(...args),
      nackJob: (...args) => self.nackJob(...args),
      working: (...args) => self.working(...args),
      ping: (...args) => self.ping(...args),
      get nodes() {
        return self.nodes;
      },
      get closed() {
        return self.#calls.closed;
      },
      async giveBack(jobs) {
        const queued = jobs.filter(({ id }) => isAtLeastOnce(id));
        for (const job of jobs) if (!isAtLeastOnce(job.id)) self.#tell("orphan", job);
        for (let start = 0; start < queued.length; start += 1_000)
          await self.enqueue(queued.slice(start, start + 1_000)).catch(() => {});
      },
    };
  }

  /**
   * The queues that a node has, all pages of QSCAN. One may be given twice. Ends with a `ConnectionError` when that node
   * goes away, since a scan cannot go on on another.
   *
   * @example
   * for await (const queue of disque.queues({ minlen: 1 })) console.log(queue);
   */
  queues(options: QscanOptions = {}): AsyncGenerator<string, void, undefined> {
    return scan(
      (cursor, node) => this.qscan(cursor, { ...options, node: node ?? options.node }),
      (page) => page.queues,
    );
  }

  /**
   * The jobs that a node has, all pages of JSCAN: ids, or with `reply: "all"` everything that it knows of them. One may
   * be given twice. Ends with a `ConnectionError` when that node goes away.
   *
   * @example
   * for await (const job of disque.scanJobs({ queue: "mail", reply: "all" })) console.log(job.id, job.state);
   */
  scanJobs(options: JscanOptions & { readonly reply: "all" }): AsyncGenerator<JobInfo, void, undefined>;
  scanJobs(options?: JscanOptions): AsyncGenerator<string, void, undefined>;
  scanJobs(options: JscanOptions = {}): AsyncGenerator<JobInfo | string, void, undefined> {
    return scan<Awaited<ReturnType<Disque["jscan"]>>, JobInfo | string>(
      (cursor, node) => this.jscan(cursor, { ...options, node: node ?? options.node }),
      (page) => ("jobs" in page ? page.jobs : page.ids),
    );
  }

  /** In a turn of its own: a listener that throws ends the process, as with any emitter, but fails no call and no close. */
  #tell<Name extends keyof DisqueEvents>(name: Name, ...args: DisqueEvents[Name]): void {
    queueMicrotask(() => this.emit<keyof DisqueEvents>(name, ...args));
  }
}

export interface Disque extends Methods {}
