// The running of calls: how many, on which node, and what next when one fails.

import { setMaxListeners } from "node:events";
import * as check from "../commands/arguments.ts";
import type { CallOptions, Command, Resend } from "../commands/command.ts";
import type { Job, JobRef } from "../commands/job.ts";
import {
  ClosedError,
  ConnectionError,
  DisqueError,
  OverloadError,
  type Reply,
  ReplyError,
  TimeoutError,
  UnsupportedError,
} from "../resp/index.ts";
import { withController } from "./abortable.ts";
import type { Cluster } from "./cluster.ts";
import { withDeadline } from "./deadline.ts";
import { isLastWord, isRefusal, judge, mayHaveRun } from "./failover.ts";
import type { Node } from "./node.ts";
import type { Settings } from "./options.ts";
import { Patience, rest } from "./patience.ts";
import { type Call, callOf, type Request } from "./request.ts";
import { type Route, routes } from "./routing.ts";

/** A reply, and who gave it; no node where none was needed. */
interface Answer {
  readonly reply: Reply<Job>;
  readonly node: Node | undefined;
}

export class Calls {
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  /** How many calls are under way, and what is to happen when there are none. */
  #pending = 0;
  #onIdle: (() => void) | undefined;
  /** What ends each call that waits for jobs, and each that pauses between two attempts. */
  readonly #waits: Set<AbortController> = new Set();
  readonly #pauses: Set<AbortController> = new Set();
  #closing: Promise<void> | undefined;
  #destroyed = false;

  constructor(cluster: Cluster, settings: Settings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** Connects unless it is connected. Rejects as `run` does. */
  async connect(options: CallOptions): Promise<void> {
    try {
      const { signal } = check.callOptions(options);
      signal?.throwIfAborted();
      if (signal !== undefined) setMaxListeners(0, signal);
      this.#enter();
      try {
        await this.#cluster.home(this.#settings.failoverTimeout, signal);
      } finally {
        this.#leave();
      }
    } catch (error) {
      throw retraced(error, this.connect);
    }
  }

  /**
   * Runs one command and decodes its reply. Rejects with a `ConnectionError` when no node can be reached, or the
   * connection is lost and the command must not be sent again; and with what the table, the connection and the server
   * have to say.
   */
  async run<Args extends readonly unknown[], Value>(
    command: Command<Args, Value>,
    args: Args,
  ): Promise<Value> {
    try {
      let call = callOf(command, args);
      this.#enter();
      try {
        let spoken = command;
        if (command.onModule !== undefined) {
          spoken = await this.#asSpoken(command, command.onModule, call);
          call = callOf(spoken, args);
        }
        let node = this.#nodeAtHand(spoken, call);
        let reply: Reply<Job> | undefined;
        if (node === undefined) ({ reply, node } = await this.#answer(spoken, call));
        else {
          // The way of nearly all calls: one promise to wait for, and nothing else made for it.
          const sent = node.send(call.request, this.#cluster.replicates, call.signal);
          try {
            reply = await sent;
          } catch {
            // `#perform` looks at why, and what then.
          }
          if (reply === undefined || reply instanceof ReplyError) {
            ({ reply, node } = await this.#perform(call.request, node, call.signal, "any-node", sent));
          }
        }
        if (reply instanceof ReplyError) throw new ReplyError(reply.message, spoken.wire.join(" "));
        // Only a row with a reader is given jobs that were read.
        const value = spoken.decode(reply as Reply, { args, node: node?.member.id ?? "" });
        if (node !== undefined && command.fetched !== undefined)
          this.#cluster.note(node, command.fetched(value));
        return value;
      } finally {
        this.#leave();
      }
    } catch (error) {
      throw retraced(error, this.run);
    }
  }

  /** Takes no more calls, ends those that wait for jobs, lets the others finish, then closes. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Takes no more calls and drops all connections. */
  destroy(): void {
    const reason = new ClosedError("the client was destroyed");
    this.#destroyed = true;
    this.#closing ??= Promise.resolve();
    for (const controller of [...this.#waits, ...this.#pauses]) controller.abort(reason);
    this.#cluster.destroy(reason);
  }

  async #close(): Promise<void> {
    for (const wait of this.#waits) wait.abort(new ClosedError("the client was closed"));
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#cluster.end();
  }

  /** One call more is under way, of which there is a bound. */
  #enter(): void {
    if (this.#closing !== undefined) throw new ClosedError("the client is closed");
    if (this.#pending >= this.#settings.maxPending)
      throw new OverloadError(`${this.#pending} calls wait already`);
    this.#pending++;
  }

  #leave(): void {
    this.#pending--;
    if (this.#pending === 0) this.#onIdle?.();
  }

  /** The node that a call goes to, if it is connected and nothing has to be found out, waited for or split before. */
  #nodeAtHand(
    command: Command<never, unknown>,
    { limit, node, jobs, request, slices }: Call,
  ): Node | undefined {
    const home = this.#cluster.connectedHome;
    if (home === undefined || limit !== undefined || node !== undefined || slices !== undefined)
      return undefined;
    if (jobs !== undefined) {
      if (jobs.length === 0 || !this.#cluster.topology.named) return undefined;
      const [only, ...more] = routes(jobs, this.#cluster.topology);
      return only === undefined || more.length > 0 ? undefined : (this.#nodeFor(only, request) ?? home);
    }
    return command.fetched === undefined ? home : (this.#cluster.source() ?? home);
  }

  /** The row of the table for what the nodes speak, which shows when one was connected to. */
  async #asSpoken<Row extends Command<never, unknown>>(
    command: Row,
    onModule: "missing" | Row,
    call: Call,
  ): Promise<Row> {
    // To find out may mean to connect, which a call bound to one node has behind it, or must not do.
    if (call.node !== undefined) return command;
    const { dialect } = await this.#limited(call, (signal) => this.#home(undefined, signal));
    if (dialect !== "module") return command;
    if (onModule !== "missing") return onModule;
    throw new UnsupportedError(`${command.wire.join(" ")} does not exist in Redis with the Disque module`);
  }

  /** Within the time that the caller set, if he did. */
  #limited<Value>(
    { limit, signal }: Call,
    work: (signal: AbortSignal | undefined) => Promise<Value>,
  ): Promise<Value> {
    if (limit === undefined) return work(signal);
    return withDeadline(limit, signal, () => new TimeoutError(`no reply within ${limit} ms`), work);
  }

  /** The answer to a call that needs more than to be sent to a node that is connected. */
  #answer(command: Command<never, unknown>, call: Call): Promise<Answer> {
    return this.#limited(call, async (signal) => {
      const { request, jobs, node, slices } = call;
      if (jobs !== undefined) return this.#onJobs(request, jobs, signal);
      if (node !== undefined) return this.#onNode(request, node, signal);
      if (slices !== undefined) return this.#wait(slices(), signal);
      const first = command.fetched === undefined ? undefined : this.#cluster.source();
      return this.#perform(request, first, signal);
    });
  }

  /** A long wait goes on until something comes, each slice where jobs are to be fetched by then. */
  #wait(requests: Iterable<Request>, signal: AbortSignal | undefined): Promise<Answer> {
    return stoppable(this.#waits, signal, async (stop) => {
      for (const request of requests) {
        const answer = await this.#perform(request, this.#cluster.source(), stop);
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
    return this.#perform(request, node, signal, "never");
  }

  /** Sends a command about jobs to the nodes that have them, and adds up what they answer. */
  async #onJobs(request: Request, jobs: readonly JobRef[], signal: AbortSignal | undefined): Promise<Answer> {
    // No jobs, nothing to do: a server would answer 0 as well.
    if (jobs.length === 0) return { reply: 0, node: undefined };
    // Which node has a job can be told only when the nodes have names.
    if (!this.#cluster.topology.named) await this.#home(undefined, signal);
    const all = routes(jobs, this.#cluster.topology);
    const [only, ...more] = all;
    if (only !== undefined && more.length === 0)
      return this.#perform(request, this.#nodeFor(only, request), signal);
    const [name = ""] = request.line;
    const answers = await Promise.all(
      all.map((route) => {
        const part = {
          ...request,
          line: [name, ...route.jobs.map((job) => (typeof job === "string" ? job : job.id))],
        };
        return this.#perform(part, this.#nodeFor(route, request), signal);
      }),
    );
    let sum = 0;
    for (const answer of answers) {
      if (typeof answer.reply !== "number") return answer;
      sum += answer.reply;
    }
    return { reply: sum, node: undefined };
  }

  #nodeFor({ member }: Route, { resend }: Request): Node | undefined {
    if (member === undefined) return undefined;
    // What any node can do is not asked of one that is failing or about to leave.
    if (resend === "any-node" && !this.#cluster.isGood(member)) return undefined;
    return this.#cluster.nodeOf(member);
  }

  /**
   * Sends a request, first to `first` if there is one, and again as its traits allow until it is answered. `sent`: it is
   * on its way there already.
   */
  async #perform(
    request: Request,
    first: Node | undefined,
    signal: AbortSignal | undefined,
    within: Resend = "any-node",
    sent?: Promise<Reply<Job>>,
  ): Promise<Answer> {
    let choice = first;
    let attempt = sent;
    let patience: Patience | undefined;
    let range = within;
    const avoided = new Set<Node>();
    for (;;) {
      const node = choice ?? (await this.#home(patience, signal));
      if (this.#destroyed) throw new ClosedError("the client was destroyed");
      let failure: DisqueError;
      try {
        const reply = await (attempt ?? node.send(request, this.#cluster.replicates, signal));
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
        if (this.#destroyed || !(error instanceof DisqueError) || isRefusal(error)) throw error;
        if (request.hangsUp && error instanceof ConnectionError && error.sent) return { reply: "OK", node };
        if (mayHaveRun(error)) range = request.resend;
        if (range === "never") throw error;
        failure = error;
        choice = range === "same-node" ? node : undefined;
      }
      attempt = undefined;
      patience ??= new Patience(this.#settings.failoverTimeout);
      const pause = patience.pauseAfter(failure);
      if (pause === undefined) {
        if (failure instanceof ReplyError) return { reply: failure, node };
        throw patience.failure();
      }
      if (pause > 0) await stoppable(this.#pauses, signal, (stop) => rest(pause, stop));
    }
  }

  async #home(patience: Patience | undefined, signal: AbortSignal | undefined): Promise<Node> {
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

/**
 * Our errors are made where a reply is read or a socket closes, which says nothing to the caller. After an `await`, V8
 * knows who awaits, so the stack that is taken here shows his line.
 */
function retraced(error: unknown, below: (...args: never) => unknown): unknown {
  if (error instanceof DisqueError) Error.captureStackTrace(error, below);
  return error;
}
