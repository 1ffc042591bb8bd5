// Connections for calls that the server keeps waiting: GETJOB on empty queues. Nothing sent after it on a connection is
// answered before it is, so each has one for itself, kept for the next when it is done.

import type { Connection, DisqueError, Reply } from "../resp/index.ts";
import { abortable } from "./abortable.ts";
import type { Dial } from "./lane.ts";
import type { Wait } from "./request.ts";

export interface WaitingLanesOptions {
  readonly dial: Dial;
  /** Milliseconds that a reply may take beyond the wait itself. */
  readonly commandTimeout: number;
  /** Takes the reply to a call that was given up in the meantime. */
  readonly onLateReply: (reply: Reply) => Promise<void>;
}

/** Milliseconds a connection is kept that nobody waits on: long enough for a worker's next `getJob`. */
const IDLE_TIME = 10_000;

export class WaitingLanes {
  readonly #options: WaitingLanesOptions;
  /** What ends each call that is under way, with a reason. */
  readonly #calls: Set<AbortController> = new Set();
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
    return this.#calls.size;
  }

  /**
   * Sends the waits one after the other until one brings more than null. Rejects as connecting and `Connection.send` do,
   * or with the reason of `signal`.
   */
  async wait(waits: Iterable<Wait>, signal: AbortSignal | undefined): Promise<Reply> {
    const call = new AbortController();
    const onAbort = (): void => call.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#calls.add(call);
    try {
      const connection = this.#takeIdle() ?? (await this.#options.dial(call.signal)).connection;
      return await this.#waitOn(connection, waits, call.signal);
    } finally {
      this.#calls.delete(call);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Ends all calls with `reason`. Resolves when what was still on its way to them has been dealt with. */
  async end(reason: DisqueError): Promise<void> {
    for (const call of this.#calls) call.abort(reason);
    const ends = [...this.#idle.keys()].map((connection) => this.#discard(connection));
    await Promise.all([...ends, ...this.#abandoned]);
  }

  destroy(reason: DisqueError): void {
    for (const call of this.#calls) call.abort(reason);
    for (const connection of this.#idle.keys()) void this.#discard(connection);
    for (const connection of this.#busy) connection.destroy(reason);
  }

  async #waitOn(connection: Connection, waits: Iterable<Wait>, signal: AbortSignal): Promise<Reply> {
    this.#busy.add(connection);
    for (const { line, milliseconds } of waits) {
      const reply = connection.send(line, { timeout: milliseconds + this.#options.commandTimeout });
      try {
        const answer = await abortable(reply, signal);
        if (answer === null && !signal.aborted) continue;
        this.#release(connection);
        return answer;
      } catch (error) {
        if (signal.aborted) this.#abandon(connection, reply);
        else this.#busy.delete(connection);
        throw error;
      }
    }
    this.#release(connection);
    return null;
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
    connection.halfClose();
    const timer = setTimeout(() => connection.destroy(), this.#options.commandTimeout);
    try {
      await this.#options.onLateReply(await reply);
    } catch {
      // The connection was lost, and with it what may have been on its way: its retry time brings it again.
    }
    clearTimeout(timer);
    connection.destroy();
    await connection.closed;
  }

  #takeIdle(): Connection | undefined {
    for (const [connection, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(connection);
      if (connection.open) return connection;
    }
    return undefined;
  }

  #release(connection: Connection): void {
    this.#busy.delete(connection);
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
