// Runs calls, from their arguments to their results. Limits how many are in flight, and ends them or lets them finish at close.

import * as check from "../../commands/arguments.ts";
import type { CallOptions, CommandDefinition, Scanning } from "../../commands/definition.ts";
import type { Job, JobRef } from "../../commands/job.ts";
import { jobsTable } from "../../commands/jobs.ts";
import {
  ClosedError,
  ConnectionError,
  DisqueError,
  OverloadError,
  ReplyError,
  UnsupportedError,
} from "../../resp/index.ts";
import { clearTimeout, setTimeout } from "../../resp/timers.ts";
import type { Cluster } from "../cluster.ts";
import type { Node } from "../connections/node.ts";
import type { Settings } from "../options.ts";
import { originRoutes, type Route, routes } from "../routing.ts";
import type { KnownNode } from "../topology.ts";
import { type CommandTrace, commands, isTraced, traced } from "../tracing.ts";
import { Cursors, checkNotLost } from "./cursors.ts";
import { Execution } from "./execution.ts";
import {
  type CallTraits,
  type ExecutionContext,
  PRIMARY,
  type PreparedCall,
  prepare,
  type Target,
  withinCommandTimeout,
} from "./prepared-call.ts";
import { LateJobs, Waits } from "./waits.ts";

export class Executor {
  readonly lateJobs: LateJobs;
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  readonly #context: ExecutionContext;
  /** The number of calls in flight, and a callback for when it reaches 0. */
  #pending = 0;
  #onIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  readonly #closeListeners: Set<() => void> = new Set();
  readonly #onSettled = (): void => this.#leave();
  readonly #waits: Waits;
  readonly #cursors: Cursors = new Cursors();

  constructor(cluster: Cluster, settings: Settings, onOrphan: (job: Job) => void) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.lateJobs = new LateJobs({
      enqueue: (jobs) => this.#onJobs(prepare(jobsTable.enqueue, [jobs]), jobs),
      onOrphan,
    });
    this.#context = {
      cluster,
      settings,
      lateJobs: this.lateJobs,
      idle: new Set(),
      isClosing: () => this.#closing !== undefined,
    };
    this.#waits = new Waits(this.#context);
  }

  /** Whether the client has stopped accepting calls. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Calls `listener` when the client begins to close or is destroyed. Returns a function that removes it. */
  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** Connects unless already connected. */
  async connect(options: CallOptions): Promise<void> {
    const { signal } = check.callOptions(options);
    await this.#counted(async () => {
      await this.#cluster.findPrimary(this.#settings.failoverTimeout, signal);
    });
  }

  /** Runs a command and decodes its reply. */
  run<Args extends readonly unknown[], Value>(
    definition: CommandDefinition<Args, Value>,
    args: Args,
  ): Promise<Value> {
    if (isTraced(commands)) return this.#traced(definition, args);
    try {
      return this.#start(prepare(definition, args));
    } catch (error) {
      return Promise.reject(withCallerStack(error, this.run));
    }
  }

  #start<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    trace?: CommandTrace,
  ): Promise<Value> {
    const target = this.#immediateTarget(call);
    if (target === undefined) return this.#counted(() => this.#inSteps(call));
    this.#enter();
    const onSettled = trace === undefined ? this.#onSettled : this.#tracedBy(trace);
    return new Execution(this.#context, call, target, onSettled).start();
  }

  #tracedBy(trace: CommandTrace): (node: Node | undefined) => void {
    return (node) => {
      trace.node = node?.known.name;
      this.#leave();
    };
  }

  /** The target of a call that can start at once as a single execution; `undefined` for all other calls. */
  #immediateTarget<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
  ): Target | undefined {
    const { definition, jobs, connection, pinnedTo } = call;
    // This includes scans: the Disque module lacks them, so their definitions have `onModule`.
    if (definition.onModule !== undefined || connection === "waiting") return undefined;
    if (pinnedTo !== undefined) {
      const pinned = this.#cluster.primary && this.#cluster.connectedNode(pinnedTo);
      return pinned && { node: pinned, isPinned: true };
    }
    if (jobs === undefined) return PRIMARY;
    if (jobs.length === 0 || !this.#cluster.topology.hasIds) return undefined;
    const [route, ...others] = routes(jobs, this.#cluster.topology);
    if (route === undefined || others.length > 0) return undefined;
    if (definition.alsoAtOrigin && originRoutes(jobs, this.#cluster.topology).length > 0) return undefined;
    if (route.node === undefined) return PRIMARY;
    const node = this.#cluster.nodeOf(route.node);
    return node.connected && this.#cluster.isGood(route.node) ? { node, isPinned: false } : undefined;
  }

  /** Runs a call that cannot start at once as a single execution. */
  async #inSteps<Args extends readonly unknown[], Value>(call: PreparedCall<Args, Value>): Promise<Value> {
    const adapted = await this.#adaptToDialect(call);
    const { scans } = adapted.definition;
    if (scans !== undefined) return this.#scanPage(adapted, scans);
    const pinned = adapted.pinnedTo === undefined ? undefined : await this.#pinned(adapted, adapted.pinnedTo);
    if (adapted.connection === "waiting") return this.#waits.wait(adapted, pinned);
    if (pinned !== undefined) return this.#execute(adapted, pinned);
    if (adapted.jobs !== undefined) return this.#onJobs(adapted, adapted.jobs);
    return this.#execute(adapted, PRIMARY);
  }

  #execute<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    target: Target,
  ): Promise<Value> {
    return new Execution(this.#context, call, target).start();
  }

  /** Adapts a call to the kind of server: Redis with the Disque module lacks some commands and has others instead. */
  async #adaptToDialect<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
  ): Promise<PreparedCall<Args, Value>> {
    const { definition, args } = call;
    const { onModule } = definition;
    if (onModule === undefined) return call;
    const { dialect } = await this.#findPrimary(call);
    if (dialect !== "module") return call;
    if (onModule !== "missing") return prepare(onModule, args);
    throw new UnsupportedError(`${definition.name} does not exist in Redis with the Disque module`);
  }

  #findPrimary(call: CallTraits): Promise<Node> {
    const { failoverTimeout } = this.#settings;
    return withinCommandTimeout(call, (signal) => this.#cluster.findPrimary(failoverTimeout, signal));
  }

  /** Connects to the node with this id, and returns it as the call's target. */
  async #pinned(call: CallTraits, id: string): Promise<Target> {
    const { topology } = this.#cluster;
    if (!topology.hasIds) await this.#findPrimary(call);
    const known = topology.byId(id);
    if (known === undefined) throw new ConnectionError(`no node with the id ${JSON.stringify(id)} is known`);
    // This call needs no primary node. But only a primary is asked for the list of nodes, which becomes outdated without one.
    if (this.#cluster.primary === undefined) this.#findPrimary(call).catch(() => {});
    const node = this.#cluster.nodeOf(known);
    await withinCommandTimeout(call, (signal) => this.#cluster.reach(node, signal));
    return { node, isPinned: true };
  }

  /** Fetches one page of a scan. A scan continues on the node that returned its cursor. */
  async #scanPage<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    scans: Scanning<Args, Value>,
  ): Promise<Value> {
    const origin = this.#cursors.originOf(call, scans);
    if (origin !== undefined) checkNotLost(origin);
    const pinnedTo = call.pinnedTo ?? origin?.node.known.id;
    const target = pinnedTo === undefined ? PRIMARY : await this.#pinned(call, pinnedTo);
    let answering: Node | undefined;
    const page = await new Execution(this.#context, call, target, (node) => {
      answering = node;
    }).start();
    // If the connection was lost before the command was written, the command used a new one. The cursor may be invalid there.
    if (origin !== undefined) checkNotLost(origin);
    const next = scans.next(page);
    if (answering !== undefined && next !== "0") this.#cursors.add(call, next, answering);
    return page;
  }

  /** Sends a call about jobs to the nodes that have those jobs. */
  async #onJobs<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    jobs: readonly JobRef[],
  ): Promise<Value> {
    const { definition } = call;
    if (definition.sum !== undefined && jobs.length === 0) return definition.sum([]);
    const { topology } = this.#cluster;
    // Jobs can be matched to nodes only once the ids of the nodes are known.
    if (!topology.hasIds) await this.#findPrimary(call);
    const send = async ({ node, jobs: group }: Route): Promise<Value> => {
      const target = await this.#targetFor(node, call);
      if (group.length === jobs.length) return this.#execute(call, target);
      const ids = group.map((job) => (typeof job === "string" ? job : job.id));
      return this.#execute({ ...call, command: [definition.name, ...ids] }, target);
    };
    const [first = { node: undefined, jobs }, ...others] = routes(jobs, topology);
    if (definition.sum === undefined) return send(first);
    // A failure at the origin is ignored: the job may then be delivered again after its retry time.
    const atOrigin = definition.alsoAtOrigin ? originRoutes(jobs, topology) : [];
    const settledAtOrigin = Promise.allSettled(atOrigin.map(send));
    const counts = await Promise.all([first, ...others].map(send));
    await settledAtOrigin;
    return definition.sum(counts);
  }

  /**
   * The node that has the jobs, or the primary node, which may have a copy as well. The primary is used if the node is
   * unknown, if its first connection fails, or if it is not good and any node can run the command.
   */
  async #targetFor(known: KnownNode | undefined, call: CallTraits): Promise<Target> {
    if (known === undefined) return PRIMARY;
    const node = this.#cluster.nodeOf(known);
    if (node.connected && this.#cluster.isGood(known)) return { node, isPinned: false };
    if (call.resend === "any-node" && !this.#cluster.isGood(known)) return PRIMARY;
    // The execution connects to the node, and may wait for it to come back.
    if (known.reached) return { node, isPinned: false };
    try {
      await withinCommandTimeout(call, (signal) => this.#cluster.reach(node, signal));
      return { node, isPinned: false };
    } catch (error) {
      const isRefused = error instanceof DisqueError && error.cause instanceof ReplyError;
      const mayUsePrimary = call.resend === "any-node" || !isRefused;
      if (error instanceof DisqueError && mayUsePrimary) return PRIMARY;
      throw error;
    }
  }

  async #traced<Args extends readonly unknown[], Value>(
    definition: CommandDefinition<Args, Value>,
    args: Args,
  ): Promise<Value> {
    const { traceBodies } = this.#settings;
    const trace: CommandTrace = {
      command: definition.name,
      queue: definition.queue?.(...args)?.toString(),
      ...(traceBodies && { args }),
    };
    return traced(commands, trace, async () => {
      const result = await this.#start(prepare(definition, args), trace);
      if (traceBodies) trace.result = result;
      return result;
    });
  }

  /**
   * Accepts no new calls. Ends the calls that wait for jobs, for a node or for a retry, lets the others finish, deals with late
   * replies, and then closes the connections. After `timeout` milliseconds, it drops all remaining calls and connections.
   */
  close(timeout: number = Number.POSITIVE_INFINITY): Promise<void> {
    this.#closing ??= this.#close();
    if (timeout === Number.POSITIVE_INFINITY) return this.#closing;
    const timer = setTimeout(() => this.destroy(), timeout);
    return this.#closing.finally(() => clearTimeout(timer));
  }

  /** Accepts no new calls and drops all connections. */
  destroy(): void {
    const reason = new ClosedError("the client was destroyed");
    this.#closing ??= Promise.resolve();
    this.#cancelWaiting(reason);
    this.#cluster.destroy(reason);
    this.#tellConsumers();
  }

  async #close(): Promise<void> {
    const reason = new ClosedError("the client was closed");
    this.#cancelWaiting(reason);
    this.#cluster.stopSearch(reason);
    this.#tellConsumers();
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.lateJobs.settled();
    await this.#cluster.end();
  }

  #tellConsumers(): void {
    for (const listener of this.#closeListeners) listener();
  }

  /** Ends the calls that wait for jobs, for a node, or for their next attempt. */
  #cancelWaiting(reason: ClosedError): void {
    for (const call of [...this.#waits.active, ...this.#context.idle]) call.cancel(reason);
  }

  /** Counts `work` as one call in flight. */
  async #counted<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#enter();
    try {
      return await work();
    } catch (error) {
      throw withCallerStack(error, this.#counted);
    } finally {
      this.#leave();
    }
  }

  #enter(): void {
    if (this.#closing !== undefined) throw new ClosedError("the client is closed");
    if (this.#pending >= this.#settings.maxPending) {
      throw new OverloadError(`${this.#pending} calls are in flight already`);
    }
    this.#pending++;
  }

  #leave(): void {
    this.#pending--;
    if (this.#pending === 0) this.#onIdle?.();
  }
}

/**
 * Gives the error a new stack that begins at the call. A stack that shows where a reply was read or a socket closed does not
 * help the caller.
 */
function withCallerStack(error: unknown, below: (...args: never) => unknown): unknown {
  if (error instanceof DisqueError) Error.captureStackTrace(error, below);
  return error;
}
