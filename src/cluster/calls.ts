// The running of calls: how many, from arguments to a value, until the client is closed.

import { setMaxListeners } from "node:events";
import * as check from "../commands/arguments.ts";
import type { CallOptions, Command } from "../commands/command.ts";
import {
  ClosedError,
  DisqueError,
  OverloadError,
  type Reply,
  ReplyError,
  UnsupportedError,
} from "../resp/index.ts";
import type { Cluster } from "./cluster.ts";
import { Exchange } from "./exchange.ts";
import type { Node } from "./node.ts";
import type { Settings } from "./options.ts";
import { type Call, callOf } from "./request.ts";
import { routes } from "./routing.ts";
import { Sender } from "./sender.ts";
import { type CommandTrace, commands, isTraced, traced } from "./tracing.ts";

export class Calls {
  readonly #cluster: Cluster;
  readonly #settings: Settings;
  readonly #sender: Sender;
  readonly #channel: ReturnType<typeof commands> = commands();
  /** How many calls are under way, and what is to happen when there are none. */
  #pending = 0;
  #onIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(cluster: Cluster, settings: Settings) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#sender = new Sender(cluster, settings);
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
  run<Args extends readonly unknown[], Value>(command: Command<Args, Value>, args: Args): Promise<Value> {
    if (isTraced(this.#channel)) return this.#traced(command, args);
    try {
      const call = callOf(command, args);
      const node = this.#nodeAtHand(command, call);
      this.#enter();
      if (node === undefined) return this.#perform(command, args, call);
      // The way of nearly all calls: one promise, which the reply settles, and no function that waits.
      const exchange = new Exchange(this, command, args, call, node);
      if (!this.#dispatch(exchange)) exchange.settle(this.#perform(command, args, call));
      return exchange.promise;
    } catch (error) {
      return Promise.reject(retraced(error, this.run));
    }
  }

  /** The reply to a call that was sent. */
  onReply<Args extends readonly unknown[], Value>(sent: Exchange<Args, Value>, reply: Reply): void {
    const { command, args, node } = sent;
    if (!(reply instanceof ReplyError)) {
      try {
        const value = this.#valueOf(command, args, reply, node);
        this.#leave();
        sent.settle(value);
        return;
      } catch {
        // It is decoded once more where the error's stack shows who called.
      }
    }
    this.#goOn(sent, () => Promise.resolve(reply));
  }

  /** Why there is no reply to a call that was sent. */
  onFailure<Args extends readonly unknown[], Value>(sent: Exchange<Args, Value>, reason: unknown): void {
    this.#goOn(sent, () => Promise.reject(reason));
  }

  #goOn<Args extends readonly unknown[], Value>(
    { command, args, call, node, settle }: Exchange<Args, Value>,
    reply: () => Promise<Reply>,
  ): void {
    settle(this.#perform(command, args, call, { node, reply }));
  }

  /** Whether it could be sent as it is. */
  #dispatch<Args extends readonly unknown[], Value>(exchange: Exchange<Args, Value>): boolean {
    const { node, call } = exchange;
    try {
      return node.dispatch(call.request, this.#cluster.replicates, exchange, call.signal);
    } catch {
      // Nothing was sent. Whoever tries again is told why.
      return false;
    }
  }

  /** Goes on with a call until it is answered; `sent`: to that node it was sent already. */
  async #perform<Args extends readonly unknown[], Value>(
    command: Command<Args, Value>,
    args: Args,
    call: Call,
    sent?: { readonly node: Node; readonly reply: () => Promise<Reply> },
    trace?: CommandTrace,
  ): Promise<Value> {
    try {
      // Not even a microtask may pass where nothing has to be found out: whoever closes the client in this turn ends this call,
      // if it waits for jobs.
      const spoken = command.onModule === undefined ? command : await this.#asSpoken(command, call);
      const spokenCall = spoken === command ? call : callOf(spoken, args);
      const { reply, node } =
        sent === undefined
          ? await this.#sender.answer(spoken, spokenCall)
          : await this.#sender.perform(call.request, sent.node, call.signal, "any-node", sent.reply);
      if (trace !== undefined) trace.node = node?.member.name;
      if (reply instanceof ReplyError) throw new ReplyError(reply.message, spoken.wire.join(" "));
      return this.#valueOf(spoken, args, reply, node);
    } catch (error) {
      throw retraced(error, this.#perform);
    } finally {
      this.#leave();
    }
  }

  #valueOf<Args extends readonly unknown[], Value>(
    command: Command<Args, Value>,
    args: Args,
    reply: Reply,
    node: Node | undefined,
  ): Value {
    // Only a row with a reader is given jobs that were read.
    const value = command.decode(reply as Reply, { args, node: node?.member.id ?? "" });
    if (node !== undefined && command.fetched !== undefined) this.#cluster.note(node, command.fetched(value));
    return value;
  }

  async #traced<Args extends readonly unknown[], Value>(
    command: Command<Args, Value>,
    args: Args,
  ): Promise<Value> {
    const { traceBodies } = this.#settings;
    try {
      const trace: CommandTrace = {
        command: command.wire.join(" "),
        queue: command.traits.queue?.(...args)?.toString(),
        ...(traceBodies && { args }),
      };
      return await traced(this.#channel, trace, async () => {
        const call = callOf(command, args);
        this.#enter();
        const result = await this.#perform(command, args, call, undefined, trace);
        if (traceBodies) trace.result = result;
        return result;
      });
    } catch (error) {
      throw retraced(error, this.#traced);
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
    this.#closing ??= Promise.resolve();
    this.#sender.destroy(reason);
    this.#cluster.destroy(reason);
  }

  async #close(): Promise<void> {
    this.#sender.stopWaiting(new ClosedError("the client was closed"));
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
    if (command.onModule !== undefined) return undefined;
    if (jobs !== undefined) {
      if (jobs.length === 0 || !this.#cluster.topology.named) return undefined;
      const [only, ...more] = routes(jobs, this.#cluster.topology);
      return only === undefined || more.length > 0
        ? undefined
        : (this.#sender.nodeFor(only, request) ?? home);
    }
    return command.fetched === undefined ? home : (this.#cluster.source() ?? home);
  }

  /** The row of the table for what the nodes speak, which shows when one was connected to. */
  async #asSpoken<Row extends Command<never, unknown> & { readonly onModule?: "missing" | Row }>(
    command: Row,
    call: Call,
  ): Promise<Row> {
    // To find out may mean to connect, which a call bound to one node has behind it, or must not do.
    if (command.onModule === undefined || call.node !== undefined) return command;
    const { dialect } = await this.#sender.limited(call, (signal) => this.#sender.home(undefined, signal));
    if (dialect !== "module") return command;
    if (command.onModule !== "missing") return command.onModule;
    throw new UnsupportedError(`${command.wire.join(" ")} does not exist in Redis with the Disque module`);
  }
}

/**
 * Our errors are made where a reply is read or a socket closes, which says nothing to the caller. After an `await`, V8
 * knows who awaits, so the stack that is taken here shows his line.
 */
function retraced(error: unknown, below: (...args: never) => unknown): unknown {
  if (error instanceof DisqueError) Error.captureStackTrace(error, below);
  return error;
}
