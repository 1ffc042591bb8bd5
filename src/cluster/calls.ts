// The running of calls: how many, from arguments to a value, until the client is closed.

import { setMaxListeners } from "node:events";
import * as check from "../commands/arguments.ts";
import type { CallOptions, Command } from "../commands/command.ts";
import type { Job } from "../commands/job.ts";
import {
  ClosedError,
  DisqueError,
  OverloadError,
  type Reply,
  ReplyError,
  UnsupportedError,
} from "../resp/index.ts";
import type { Cluster } from "./cluster.ts";
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
  async run<Args extends readonly unknown[], Value>(
    command: Command<Args, Value>,
    args: Args,
    trace?: CommandTrace,
  ): Promise<Value> {
    try {
      if (trace === undefined && isTraced(commands)) return await this.#traced(command, args);
      let call = callOf(command, args);
      this.#enter();
      try {
        let spoken = command;
        if (command.onModule !== undefined) {
          spoken = await this.#asSpoken(command, command.onModule, call);
          if (spoken !== command) call = callOf(spoken, args);
        }
        let node = this.#nodeAtHand(spoken, call);
        let reply: Reply<Job> | undefined;
        if (node === undefined) ({ reply, node } = await this.#sender.answer(spoken, call));
        else {
          // The way of nearly all calls: one promise to wait for, and nothing else made for it.
          const sent = node.send(call.request, this.#cluster.replicates, call.signal);
          try {
            reply = await sent;
          } catch {
            // `perform` looks at why, and what then.
          }
          if (reply === undefined || reply instanceof ReplyError) {
            ({ reply, node } = await this.#sender.perform(call.request, node, call.signal, "any-node", sent));
          }
        }
        if (trace !== undefined) trace.node = node?.member.name;
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

  #traced<Args extends readonly unknown[], Value>(command: Command<Args, Value>, args: Args): Promise<Value> {
    const { traceBodies } = this.#settings;
    const trace: CommandTrace = {
      command: command.wire.join(" "),
      queue: command.traits.queue?.(...args)?.toString(),
      ...(traceBodies && { args }),
    };
    return traced(commands, trace, async () => {
      const result = await this.run(command, args, trace);
      if (traceBodies) trace.result = result;
      return result;
    });
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
  async #asSpoken<Row extends Command<never, unknown>>(
    command: Row,
    onModule: "missing" | Row,
    call: Call,
  ): Promise<Row> {
    // To find out may mean to connect, which a call bound to one node has behind it, or must not do.
    if (call.node !== undefined) return command;
    const { dialect } = await this.#sender.limited(call, (signal) => this.#sender.home(undefined, signal));
    if (dialect !== "module") return command;
    if (onModule !== "missing") return onModule;
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
