// Connections for calls that the server keeps waiting: GETJOB on empty queues. Nothing sent after it on a connection is
// answered before it is, so each has one for itself, kept for the next when it is done.

import type { Argument, Connection, DisqueError, Reply, SendOptions } from "../resp/index.ts";
import { abortable } from "./abortable.ts";
import type { Dial } from "./lane.ts";

export interface WaitingLanesOptions {
  readonly dial: Dial;
  /** Takes the reply to a call that was given up in the meantime. */
  readonly onLateReply: (reply: Reply) => Promise<void>;
}

/** Milliseconds a connection is kept that nobody waits on: long enough for a worker's next `getJob`. */
const IDLE_TIME = 10_000;
/** Milliseconds that a node gets to answer or to hang up when a call is given up. It needs a round trip. */
const PARTING_TIME = 1_000;

export class WaitingLanes {
  readonly #options: WaitingLanesOptions;
  /** Connections that a call is on, or that one was given up on. */
  readonly #busy: Set<Connection> = new Set();
  readonly #idle: Map<Connection, NodeJS.Timeout> = new Map();
  /** Calls that were given up: each resolves when nothing can come of it any more. */
  readonly #abandoned: Set<Promise<void>> = new Set();

  constructor(options: WaitingLanesOptions) {
    this.#options = options;
  }

  /** How many calls wait. */
  get pending(): number {
    return this.#busy.size;
  }

  /**
   * Sends a command that may be answered only after a while, `timeout` of `options` at most. Rejects as connecting and
   * `Connection.send` do, or with the reason of `signal`.
   */
  async wait(
    line: readonly Argument[],
    options: SendOptions,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    signal?.throwIfAborted();
    const connection = this.#takeIdle() ?? (await this.#options.dial(signal, () => {})).connection;
    this.#busy.add(connection);
    const reply = connection.send(line, options);
    try {
      const answer = await abortable(reply, signal);
      this.#busy.delete(connection);
      this.#keep(connection);
      return answer;
    } catch (error) {
      if (signal?.aborted) this.#abandon(connection, reply);
      else this.#busy.delete(connection);
      throw error;
    }
  }

  /**
   * Brings the calls that wait to an end without loss: each gets what was on its way to it, or rejects with a
   * `ConnectionError`, so that it can go on elsewhere.
   */
  interrupt(): void {
    for (const connection of this.#busy) {
      void connection.end();
      this.#destroyLater(connection);
    }
  }

  /** Closes what nobody waits on. Resolves when what was on its way to calls that were given up is dealt with. */
  async end(): Promise<void> {
    const ends = [...this.#idle.keys()].map((connection) => this.#discard(connection));
    await Promise.all([...ends, ...this.#abandoned]);
  }

  destroy(reason: DisqueError): void {
    for (const connection of this.#idle.keys()) void this.#discard(connection);
    for (const connection of this.#busy) connection.destroy(reason);
  }

  /** Nobody waits for that reply any more, but a job may be on its way in it. */
  #abandon(connection: Connection, reply: Promise<Reply>): void {
    const abandoned = this.#salvage(connection, reply).finally(() => {
      this.#busy.delete(connection);
      this.#abandoned.delete(abandoned);
    });
    this.#abandoned.add(abandoned);
  }

  async #salvage(connection: Connection, reply: Promise<Reply>): Promise<void> {
    void connection.end();
    this.#destroyLater(connection);
    try {
      await this.#options.onLateReply(await reply);
    } catch {
      // The connection was lost, and with it what may have been on its way: its retry time brings it again.
    }
    connection.destroy();
    await connection.closed;
  }

  #destroyLater(connection: Connection): void {
    const timer = setTimeout(() => connection.destroy(), PARTING_TIME);
    void connection.closed.then(() => clearTimeout(timer));
  }

  #takeIdle(): Connection | undefined {
    for (const [connection, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(connection);
      if (connection.open) return connection;
    }
    return undefined;
  }

  #keep(connection: Connection): void {
    if (!connection.open) return;
    const timer = setTimeout(() => void this.#discard(connection), IDLE_TIME).unref();
    this.#idle.set(connection, timer);
  }

  #discard(connection: Connection): Promise<void> {
    clearTimeout(this.#idle.get(connection));
    this.#idle.delete(connection);
    return connection.end();
  }
}
