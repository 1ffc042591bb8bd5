// The running of calls: how many, on which node, and what next when one fails.

import type { Command } from "../commands/command.ts";
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
import { isRefusal, judge, resendAfter } from "./failover.ts";
import type { Node } from "./node.ts";
import type { Settings } from "./options.ts";
import { Patience } from "./patience.ts";
import { type Call, callOf, type Request } from "./request.ts";
import { type Route, routes } from "./routing.ts";

/** A reply, and who gave it; no node where none was needed. */
interface Answer {
  readonly reply: Reply;
  readonly node: Node | undefined;
}

export class Calls {
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  /** How many calls are under way, and what is to happen when there are none. */
  #pending = 0;
  #onIdle: (() => void) | undefined;
  /** What ends each call that waits for jobs. */
  readonly #waits: Set<AbortController> = new Set();
  #closing: Promise<void> | undefined;
  #destroyed = false;

  constructor(cluster: Cluster, settings: Settings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** Connects unless it is connected. Rejects as `run` does. */
  async connect(signal: AbortSignal | undefined): Promise<void> {
    try {
      signal?.throwIfAborted();
      await this.#counted(() => this.#cluster.home(this.#settings.failoverTimeout, signal));
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
      const call = callOf(command, args);
      const { onModule } = command;
      if (onModule !== undefined && (await this.#isModule(call))) {
        if (onModule !== "missing") return await this.run(onModule, args);
        throw new UnsupportedError(
          `${command.wire.join(" ")} does not exist in Redis with the Disque module`,
        );
      }
      const { reply, node } = await this.#counted(() => this.#limited(call, command.fetched !== undefined));
      if (reply instanceof ReplyError) throw new ReplyError(reply.message, command.wire.join(" "));
      const value = command.decode(reply, { args, node: node?.member.id ?? "" });
      if (node !== undefined && command.fetched !== undefined)
        this.#cluster.note(node, command.fetched(value));
      return value;
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
    for (const wait of this.#waits) wait.abort(reason);
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

  /** Does `work` as one of the calls that are under way, of which there is a bound. */
  async #counted<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#closing !== undefined) throw new ClosedError("the client is closed");
    if (this.#pending >= this.#settings.maxPending)
      throw new OverloadError(`${this.#pending} calls wait already`);
    this.#pending++;
    try {
      return await work();
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#onIdle?.();
    }
  }

  /** Whether the nodes are Redis with the Disque module, which shows when one was connected to. */
  async #isModule({ signal, limit }: Call): Promise<boolean> {
    const patience = Math.min(limit ?? Number.POSITIVE_INFINITY, this.#settings.failoverTimeout);
    const node = await this.#counted(() => this.#cluster.home(patience, signal));
    return node.dialect === "module";
  }

  /** Within the time that the caller set, if he did. */
  #limited(call: Call, fetches: boolean): Promise<Answer> {
    const { limit, signal } = call;
    if (limit === undefined) return this.#answer(call, fetches, signal);
    const late = (): Error => new TimeoutError(`no reply within ${limit} ms`);
    return withDeadline(limit, signal, late, (deadline) => this.#answer(call, fetches, deadline));
  }

  #answer(call: Call, fetches: boolean, signal: AbortSignal | undefined): Promise<Answer> {
    if (call.jobs !== undefined)
      return this.#onJobs(call.request, routes(call.jobs, this.#cluster.topology), signal);
    if (call.request.occupancy.kind === "waits") return this.#wait(call, signal);
    return this.#perform(call.request, fetches ? this.#cluster.source() : undefined, signal);
  }

  /** A long wait goes on until something comes, each slice where jobs are to be fetched by then. */
  #wait(call: Call, signal: AbortSignal | undefined): Promise<Answer> {
    return withController(signal, async (stop) => {
      this.#waits.add(stop);
      try {
        for (const request of call.slices()) {
          const answer = await this.#perform(request, this.#cluster.source(), stop.signal);
          if (answer.reply !== null) return answer;
        }
        return { reply: null, node: undefined };
      } finally {
        this.#waits.delete(stop);
      }
    });
  }

  /** Sends a command about jobs to the nodes that have them, and adds up what they answer. */
  async #onJobs(request: Request, all: readonly Route[], signal: AbortSignal | undefined): Promise<Answer> {
    const [only, ...more] = all;
    // No jobs, nothing to do: a server would answer 0 as well.
    if (only === undefined) return { reply: 0, node: undefined };
    if (more.length === 0) return this.#perform(request, this.#nodeFor(only, request), signal);
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

  /** Sends a request, first to `first` if there is one, and again as its traits allow until it is answered. */
  async #perform(
    request: Request,
    first: Node | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    let choice = first;
    let patience: Patience | undefined;
    const avoided = new Set<Node>();
    for (;;) {
      const node = choice ?? (await this.#home(patience, signal));
      let failure: DisqueError;
      try {
        const reply = await node.send(
          this.#cluster.replicates ? request : withoutReplication(request),
          signal,
        );
        const verdict = reply instanceof ReplyError ? judge(reply) : "answer";
        if (!(reply instanceof ReplyError) || verdict === "answer") return { reply, node };
        failure = reply;
        avoided.add(node);
        if (verdict !== "full") this.#cluster.demote(node, verdict === "leaving");
        choice = this.#cluster.otherThan(avoided);
        if (choice === undefined) {
          if (verdict === "full") return { reply, node };
          avoided.clear();
        }
      } catch (error) {
        if (this.#destroyed || !(error instanceof DisqueError) || isRefusal(error)) throw error;
        if (request.hangsUp && error instanceof ConnectionError && error.sent) return { reply: "OK", node };
        const where = resendAfter(error, request.resend);
        if (where === "never") throw error;
        failure = error;
        choice = where === "same-node" ? node : undefined;
      }
      patience ??= new Patience(this.#settings.failoverTimeout);
      if (await patience.goOn(failure, signal)) continue;
      if (failure instanceof ReplyError) return { reply: failure, node };
      throw patience.failure();
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

/** A node that is alone answers ADDJOB at once. */
function withoutReplication(request: Request): Request {
  return request.occupancy.kind === "replicates" ? { ...request, occupancy: { kind: "none" } } : request;
}

/**
 * Our errors are made where a reply is read or a socket closes, which says nothing to the caller. After an `await`, V8
 * knows who awaits, so the stack that is taken here shows his line.
 */
function retraced(error: unknown, below: (...args: never) => unknown): unknown {
  if (error instanceof DisqueError) Error.captureStackTrace(error, below);
  return error;
}
