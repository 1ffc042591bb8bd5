import { clusterNodes, helloOf } from "../commands/cluster.ts";
import { isAtLeastOnce, type Job } from "../commands/job.ts";
import { type Hello, hello, jobs } from "../commands/replies.ts";
import type { Receiver as Waiter } from "../resp/index.ts";
import { DisqueError, type Reply, ReplyError, TimeoutError } from "../resp/index.ts";
import { abortable } from "./abortable.ts";
import { AddingLanes } from "./adding.ts";
import { type Dialect, dial, type Link } from "./dial.ts";
import { type Dial, Lane, unsent } from "./lane.ts";
import type { Settings } from "./options.ts";
import type { Request } from "./request.ts";
import { type Member, MOST_NODES } from "./topology.ts";
import { type ConnectTrace, connects, debug, isTraced, traced } from "./tracing.ts";
import { WaitingLanes } from "./waiting.ts";

export interface NodeOptions {
  readonly settings: Settings;
  /** Whether the connection is to be kept while nobody uses it. */
  readonly keepIdle: (node: Node) => boolean;
  readonly onConnect: (node: Node) => void;
  readonly onDisconnect: (node: Node, error: DisqueError) => void;
  /** Told of each job that came too late for its caller and cannot be queued again. */
  readonly onOrphan: (job: Job) => void;
}

/**
 * One node and the connections to it: one that most calls share and that nothing ever blocks, several for jobs that
 * are replicated, and one for each call that the node keeps waiting.
 */
export class Node {
  readonly member: Member;
  /** How many jobs were fetched from it. */
  fetched = 0;
  /** How many commands were sent to it, how many connections to it were made, and how often the shared one was lost. */
  calls = 0;
  connects = 0;
  losses = 0;
  readonly #options: NodeOptions;
  readonly #shared: Lane;
  readonly #adding: AddingLanes;
  readonly #waiting: WaitingLanes;
  /** What is still to come for calls that were aborted. */
  readonly #late: Set<Promise<unknown>> = new Set();
  #hello: Hello | undefined;
  #dialect: Dialect | undefined;

  constructor(member: Member, options: NodeOptions) {
    this.member = member;
    this.#options = options;
    const connect: Dial = (signal, onClose) => this.#connect(signal, onClose);
    this.#shared = new Lane({
      dial: connect,
      keepIdle: () => options.keepIdle(this),
      onOpen: () => options.onConnect(this),
      onLost: (error) => {
        member.failedAt = performance.now();
        this.losses++;
        debug("%s: connection lost: %s", member.name, error.message);
        // What answers nothing any more will not say that a job is replicated either.
        if (error instanceof TimeoutError) this.#adding.destroy(error);
        options.onDisconnect(this, error);
      },
    });
    this.#adding = new AddingLanes(
      () => new Lane({ dial: connect, keepIdle: () => false }),
      options.settings.addConnections,
    );
    const connectFor: Dial = (signal, onClose) =>
      connect(signal, onClose).catch((error: unknown) => {
        throw unsent(error);
      });
    this.#waiting = new WaitingLanes({ dial: connectFor, onLateReply: (reply) => this.#putBack(reply) });
  }

  get connected(): boolean {
    return this.#shared.connected;
  }

  /** How many calls are under way on it. */
  get pending(): number {
    return this.#shared.pending + this.#adding.pending + this.#waiting.pending;
  }

  /** What the node said last of itself and of the others. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** What it speaks, once that is known. */
  get dialect(): Dialect | undefined {
    return this.#dialect;
  }

  /**
   * Connects, or asks again if it is connected: in either case the node has just said what it knows of itself and of the
   * others. Rejects as `dial` does.
   */
  async open(signal: AbortSignal | undefined): Promise<void> {
    if (this.connected) await this.refresh(signal);
    else await this.#shared.open(signal);
  }

  /**
   * Rejects as `dial` and `Connection.send` do, or with the reason of `signal`. `replicates`: whether there are other
   * nodes; one that is alone answers ADDJOB at once.
   */
  send(request: Request, replicates: boolean, signal: AbortSignal | undefined): Promise<Reply> {
    const { line, occupancy } = request;
    this.calls++;
    switch (occupancy.kind) {
      case "none":
        return this.#shared.send(line, { signal });
      case "fetches":
        return this.#fetch(request, signal);
      case "replicates":
        return replicates
          ? this.#adding.send(line, { signal, timeout: this.#within(occupancy.milliseconds) })
          : this.#shared.send(line, { signal });
      case "waits":
        return this.#waiting.wait(
          line,
          {
            timeout: this.#within(occupancy.milliseconds),
          },
          signal,
        );
    }
  }

  /**
   * Sends a request at once, if a connection is open and it needs nothing else, and tells whether it did. Throws when it cannot
   * be sent at all: `send` says why.
   */
  dispatch(
    { line, occupancy }: Request,
    replicates: boolean,
    waiter: Waiter,
    signal: AbortSignal | undefined,
  ): boolean {
    // With a signal, the caller may be gone when its jobs come.
    if (occupancy.kind === "waits" || (occupancy.kind === "fetches" && signal !== undefined)) return false;
    const sent =
      occupancy.kind === "replicates" && replicates
        ? this.#adding.dispatch(line, waiter, { signal, timeout: this.#within(occupancy.milliseconds) })
        : this.#shared.dispatch(line, waiter, { signal });
    if (sent) this.calls++;
    return sent;
  }

  /** Lets the calls that wait here go on elsewhere. */
  interruptWaiting(): void {
    this.#waiting.interrupt();
  }

  /** Waits for what is under way and closes the connections. */
  async end(): Promise<void> {
    // Jobs that come too late for their callers are put back over the shared connection.
    await Promise.all([this.#waiting.end(), ...this.#late]);
    await Promise.all([this.#shared.end(), this.#adding.end()]);
  }

  destroy(reason: DisqueError): void {
    this.#waiting.destroy(reason);
    this.#adding.destroy(reason);
    this.#shared.destroy(reason);
  }

  /** The time for a reply to a command that may block for so long. */
  #within(milliseconds: number): number {
    return milliseconds + this.#options.settings.commandTimeout;
  }

  /** Asks the node again for what it says of itself and of the others. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const isModule = this.#dialect === "module";
    const reply = await this.#shared.send(isModule ? ["CLUSTER", "NODES"] : ["HELLO"], { signal });
    if (reply instanceof ReplyError)
      throw new ReplyError(reply.message, isModule ? "CLUSTER NODES" : "HELLO");
    this.#learn(isModule ? helloOf(clusterNodes(reply)) : hello(reply));
  }

  #connect(signal: AbortSignal | undefined, onClose: Parameters<Dial>[1]): Promise<Link> {
    const channel = connects();
    if (!isTraced(channel)) return this.#dial(signal, onClose);
    const trace: ConnectTrace = { node: this.member.name };
    return traced(channel, trace, async () => {
      const link = await this.#dial(signal, onClose);
      trace.id = link.hello.id;
      return link;
    });
  }

  async #dial(signal: AbortSignal | undefined, onClose: Parameters<Dial>[1]): Promise<Link> {
    const { name } = this.member;
    debug("%s: connecting", name);
    try {
      const link = await dial(this.member.address, this.#options.settings, signal, onClose);
      this.member.failedAt = Number.NEGATIVE_INFINITY;
      this.#dialect = link.dialect;
      this.#learn(link.hello);
      this.connects++;
      debug("%s: connected to node %s", name, link.hello.id);
      return link;
    } catch (error) {
      debug("%s: not connected: %s", name, error instanceof Error ? error.message : error);
      // Whoever gave the attempt up himself says nothing about the node.
      if (error instanceof DisqueError) this.member.failedAt = performance.now();
      throw error;
    }
  }

  #learn(answer: Hello): void {
    // No more than is looked at: it is kept for as long as the node.
    this.#hello = { ...answer, nodes: answer.nodes.slice(0, MOST_NODES) };
    this.member.id = answer.id;
  }

  /** A reply that comes when its caller has gone may bring jobs all the same. */
  async #fetch({ line }: Request, signal: AbortSignal | undefined): Promise<Reply> {
    try {
      await this.#shared.open(signal);
    } catch (error) {
      throw unsent(error);
    }
    const reply = this.#shared.send(line, {});
    try {
      return await abortable(reply, signal);
    } catch (error) {
      if (signal?.aborted) this.#salvage(reply);
      throw error;
    }
  }

  #salvage(reply: Promise<Reply>): void {
    const late = reply
      .then((jobs) => this.#putBack(jobs))
      // Lost with its connection: the retry time brings the jobs again.
      .catch(() => {})
      .finally(() => this.#late.delete(late));
    this.#late.add(late);
  }

  async #putBack(reply: Reply): Promise<void> {
    if (reply instanceof ReplyError) return;
    const late = jobs(reply, this.member.id);
    for (const job of late) {
      if (!isAtLeastOnce(job.id)) this.#options.onOrphan(job);
    }
    const ids = late.map((job) => job.id).filter(isAtLeastOnce);
    if (ids.length > 0) await this.#shared.send(["ENQUEUE", ...ids], {});
  }
}
