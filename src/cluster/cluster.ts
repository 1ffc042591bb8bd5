import type { Command } from "../commands/command.ts";
import type { Job } from "../commands/job.ts";
import {
  ClosedError,
  ConnectionError,
  DisqueError,
  OverloadError,
  type Reply,
  ReplyError,
} from "../resp/index.ts";
import type { Address } from "./address.ts";
import { withDeadline } from "./deadline.ts";
import { Node } from "./node.ts";
import type { Settings } from "./options.ts";
import { type Request, requestOf } from "./request.ts";

interface Answer {
  readonly reply: Reply;
  /** Id of the node that gave it. */
  readonly node: string;
}

/** The nodes, and the running of commands on them. */
export class Cluster {
  readonly #maxPending: number;
  readonly #nodes: readonly Node[];
  /** The node that commands go to. */
  #home: Node | undefined;
  /** How many calls are under way, and what is to happen when there are none. */
  #pending = 0;
  #onIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** `onOrphan` is told of each job that came too late for its caller and cannot be queued again. */
  constructor(addresses: readonly Address[], settings: Settings, onOrphan: (job: Job) => void) {
    this.#maxPending = settings.maxPending;
    this.#nodes = addresses.map((address) => new Node(address, settings, onOrphan));
  }

  /** Connects unless it is connected. Rejects as `run` does. */
  async connect(signal: AbortSignal | undefined): Promise<void> {
    try {
      signal?.throwIfAborted();
      await this.#counted(() => this.#open(signal));
    } catch (error) {
      throw retraced(error, this.connect);
    }
  }

  /**
   * Runs one command and decodes its reply. Rejects with a `ConnectionError` when no node can be reached or the
   * connection is lost, and with what the table, the connection and the server have to say.
   */
  async run<Args extends readonly unknown[], Value>(
    command: Command<Args, Value>,
    args: Args,
  ): Promise<Value> {
    try {
      const request = requestOf(command, args);
      // No jobs, nothing to do: a server would answer 0 as well.
      if (command.traits.jobs?.(...args).length === 0) return command.decode(0, { args, node: "" });
      const { reply, node } = await this.#counted(() => this.#answer(request));
      if (reply instanceof ReplyError) throw new ReplyError(reply.message, command.wire.join(" "));
      return command.decode(reply, { args, node });
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
    this.#closing ??= Promise.resolve();
    for (const node of this.#nodes) node.destroy(reason);
  }

  async #close(): Promise<void> {
    const reason = new ClosedError("the client was closed");
    await Promise.all(this.#nodes.map((node) => node.endWaiting(reason)));
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await Promise.all(this.#nodes.map((node) => node.end()));
  }

  /** Does `work` as one of the calls that are under way, of which there is a bound. */
  async #counted<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#closing !== undefined) throw new ClosedError("the client is closed");
    if (this.#pending >= this.#maxPending) throw new OverloadError(`${this.#pending} calls wait already`);
    this.#pending++;
    try {
      return await work();
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#onIdle?.();
    }
  }

  #answer(request: Request): Promise<Answer> {
    const { limit, signal } = request;
    return limit === undefined
      ? this.#ask(request, signal)
      : withDeadline(limit, signal, (deadline) => this.#ask(request, deadline));
  }

  async #ask({ line, waits, hangsUp }: Request, signal: AbortSignal | undefined): Promise<Answer> {
    const node = await this.#open(signal);
    try {
      const reply = await (waits === undefined ? node.send(line, { signal }) : node.wait(waits, signal));
      return { reply, node: node.id };
    } catch (error) {
      if (hangsUp && error instanceof ConnectionError && error.sent) return { reply: "OK", node: node.id };
      throw error;
    }
  }

  /** A node that is connected: the current one, else the first that answers, in the order in which they were given. */
  async #open(signal: AbortSignal | undefined): Promise<Node> {
    if (this.#home?.connected) return this.#home;
    const errors: DisqueError[] = [];
    for (const node of this.#nodes) {
      try {
        await node.open(signal);
        this.#home = node;
        return node;
      } catch (error) {
        if (!(error instanceof DisqueError) || isFinal(error)) throw error;
        errors.push(error);
      }
    }
    const reasons = errors.map(({ message }) => message).join("; ");
    throw new ConnectionError(`no node can be reached: ${reasons}`, { errors });
  }
}

/** What another node would not make better: the client was closed, or its password is wrong. */
function isFinal(error: DisqueError): boolean {
  return error instanceof ClosedError || (error instanceof ReplyError && error.command === "AUTH");
}

/**
 * Our errors are made where a reply is read or a socket closes, which says nothing to the caller. After an `await`, V8
 * knows who awaits, so the stack that is taken here shows his line.
 */
function retraced(error: unknown, below: (...args: never) => unknown): unknown {
  if (error instanceof DisqueError) Error.captureStackTrace(error, below);
  return error;
}
