// The sending of one request: to which node first, and what next when that fails.

import type { Command, Resend } from "../commands/command.ts";
import type { JobRef } from "../commands/job.ts";
import {
  ClosedError,
  ConnectionError,
  DisqueError,
  type Reply,
  ReplyError,
  TimeoutError,
} from "../resp/index.ts";
import { withController } from "./abortable.ts";
import type { Cluster } from "./cluster.ts";
import { withDeadline } from "./deadline.ts";
import { isLastWord, isRefusal, judge, mayHaveRun } from "./failover.ts";
import type { Node } from "./node.ts";
import type { Settings } from "./options.ts";
import { Patience, rest } from "./patience.ts";
import type { Call, Request } from "./request.ts";
import { type Route, routes } from "./routing.ts";
import { debug } from "./tracing.ts";

/** A reply, and who gave it; no node where none was needed. */
export interface Answer {
  readonly reply: Reply;
  readonly node: Node | undefined;
}

export class Sender {
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  /** What ends each call that waits for jobs, and each that pauses between two attempts. */
  readonly #waits: Set<AbortController> = new Set();
  readonly #pauses: Set<AbortController> = new Set();
  #destroyed = false;

  constructor(cluster: Cluster, settings: Settings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** Ends the calls that wait for jobs. */
  stopWaiting(reason: ClosedError): void {
    for (const wait of this.#waits) wait.abort(reason);
  }

  /** Ends whatever waits or pauses; nothing is sent any more. */
  destroy(reason: ClosedError): void {
    this.#destroyed = true;
    for (const controller of [...this.#waits, ...this.#pauses]) controller.abort(reason);
  }

  /** Within the time that the caller set, if he did. */
  limited<Value>(
    { limit, signal }: Call,
    work: (signal: AbortSignal | undefined) => Promise<Value>,
  ): Promise<Value> {
    if (limit === undefined) return work(signal);
    return withDeadline(limit, signal, () => new TimeoutError(`no reply within ${limit} ms`), work);
  }

  /** The answer to a call that needs more than to be sent to a node that is connected. */
  answer(command: Command<never, unknown>, call: Call): Promise<Answer> {
    return this.limited(call, async (signal) => {
      const { request, jobs, node, slices } = call;
      if (jobs !== undefined) return this.#onJobs(request, jobs, signal);
      if (node !== undefined) return this.#onNode(request, node, signal);
      if (slices !== undefined) return this.#wait(slices(), signal);
      const first = command.fetched === undefined ? undefined : this.#cluster.source();
      return this.perform(request, first, signal);
    });
  }

  /** A long wait goes on until something comes, each slice where jobs are to be fetched by then. */
  #wait(requests: Iterable<Request>, signal: AbortSignal | undefined): Promise<Answer> {
    return stoppable(this.#waits, signal, async (stop) => {
      for (const request of requests) {
        const answer = await this.perform(request, this.#cluster.source(), stop);
        if (answer.reply !== null) return answer;
      }
      return { reply: null, node: undefined };
    });
  }

  /** Sends a command to the one node that it makes sense on. */
  async #onNode(request: Request, id: string, signal: AbortSignal | undefined): Promise<Answer> {
    const member = this.#cluster.topology.byId(id);
    if (member === undefined) throw new ConnectionError(`no node with the id ${id} is known (any more)`);
    const node = this.#cluster.nodeOf(member);
    // It may be back by now, but without what it knew: a cursor would mean nothing to it, or something else.
    if (!node.connected) throw new ConnectionError(`the connection to the node ${id} is lost`);
    return this.perform(request, node, signal, "never");
  }

  /** Sends a command about jobs to the nodes that have them, and adds up what they answer. */
  async #onJobs(request: Request, jobs: readonly JobRef[], signal: AbortSignal | undefined): Promise<Answer> {
    // No jobs, nothing to do: a server would answer 0 as well.
    if (jobs.length === 0) return { reply: 0, node: undefined };
    // Which node has a job can be told only when the nodes have names.
    if (!this.#cluster.topology.named) await this.home(undefined, signal);
    const all = routes(jobs, this.#cluster.topology);
    const [only, ...more] = all;
    if (only !== undefined && more.length === 0)
      return this.perform(request, this.nodeFor(only, request), signal);
    const [name = ""] = request.line;
    const answers = await Promise.all(
      all.map((route) => {
        const part = {
          ...request,
          line: [name, ...route.jobs.map((job) => (typeof job === "string" ? job : job.id))],
        };
        return this.perform(part, this.nodeFor(route, request), signal);
      }),
    );
    let sum = 0;
    for (const answer of answers) {
      if (typeof answer.reply !== "number") return answer;
      sum += answer.reply;
    }
    return { reply: sum, node: undefined };
  }

  nodeFor({ member }: Route, { resend }: Request): Node | undefined {
    if (member === undefined) return undefined;
    // What any node can do is not asked of one that is failing or about to leave.
    if (resend === "any-node" && !this.#cluster.isGood(member)) return undefined;
    return this.#cluster.nodeOf(member);
  }

  /**
   * Sends a request, first to `first` if there is one, and again as its traits allow until it is answered. `sent`: it was
   * sent there already, with that result.
   */
  async perform(
    request: Request,
    first: Node | undefined,
    signal: AbortSignal | undefined,
    within: Resend = "any-node",
    sent?: () => Promise<Reply>,
  ): Promise<Answer> {
    let choice = first;
    let attempt = sent;
    let patience: Patience | undefined;
    let range = within;
    const avoided = new Set<Node>();
    for (;;) {
      const node = choice ?? (await this.home(patience, signal));
      if (this.#destroyed && attempt === undefined) throw new ClosedError("the client was destroyed");
      let failure: DisqueError;
      try {
        const reply = await (attempt?.() ?? node.send(request, this.#cluster.replicates, signal));
        const verdict = reply instanceof ReplyError ? judge(reply) : "answer";
        if (!(reply instanceof ReplyError) || verdict === "answer") return { reply, node };
        failure = reply;
        if (verdict !== "full") this.#cluster.demote(node, verdict === "leaving");
        if (isLastWord(verdict, reply, request)) return { reply, node };
        avoided.add(node);
        choice = request.bound || range === "same-node" ? node : this.#cluster.otherThan(avoided);
        if (choice === undefined) {
          if (verdict === "full") return { reply, node };
          avoided.clear();
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof DisqueError) || isRefusal(error)) throw error;
        if (this.#destroyed) throw new ClosedError("the client was destroyed", { cause: error });
        if (request.hangsUp && error instanceof ConnectionError && error.sent) return { reply: "OK", node };
        if (mayHaveRun(error)) range = request.resend;
        if (range === "never") throw error;
        failure = error;
        choice = range === "same-node" ? node : undefined;
      }
      attempt = undefined;
      debug(
        "%s: %s after %s",
        request.line[0],
        range === "same-node" ? "again to the node" : "again",
        failure.message,
      );
      patience ??= new Patience(this.#settings.failoverTimeout);
      const pause = patience.pauseAfter(failure);
      if (pause === undefined) {
        if (failure instanceof ReplyError) return { reply: failure, node };
        throw patience.failure();
      }
      if (pause > 0) await stoppable(this.#pauses, signal, (stop) => rest(pause, stop));
    }
  }

  async home(patience: Patience | undefined, signal: AbortSignal | undefined): Promise<Node> {
    try {
      return await this.#cluster.home(patience?.left ?? this.#settings.failoverTimeout, signal);
    } catch (error) {
      throw patience !== undefined && error instanceof ConnectionError ? patience.failure(error) : error;
    }
  }
}

/** Does `work` with a signal that is aborted when `signal` is, or the controller that is in `group` meanwhile. */
function stoppable<Value>(
  group: Set<AbortController>,
  signal: AbortSignal | undefined,
  work: (stop: AbortSignal) => Promise<Value>,
): Promise<Value> {
  return withController(signal, async (controller) => {
    group.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      group.delete(controller);
    }
  });
}
