// Connections for GETJOBs that wait. While a GETJOB waits, the server answers nothing else on its connection. So each GETJOB
// has a connection of its own, which is then kept for the next GETJOB.

import { ClosedError, type DisqueError, type Reply } from "../../resp/index.ts";
import { clearTimeout, runOutside, setTimeout } from "../../resp/timers.ts";
import type { ReadyConnection } from "./handshake.ts";
import { type Connect, notSent, type Submission } from "./persistent-connection.ts";

/** How long an unused connection is kept, in milliseconds: long enough for a worker's next GETJOB. */
const IDLE_TIME = 10_000;

/**
 * While a GETJOB waits on a connection, the connection is never closed or half-closed: the server may already have taken a job
 * off its queue, and drops the reply when it reads the end of the stream. The exceptions are `destroy` and an overdue reply.
 */
export class WaitingConnections {
  readonly #connect: Connect;
  readonly #busy: Set<ReadyConnection> = new Set();
  readonly #idle: Map<ReadyConnection, NodeJS.Timeout> = new Map();
  readonly #closing: AbortController = new AbortController();
  #connecting = 0;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /** The number of commands in flight. */
  get pending(): number {
    return this.#connecting + this.#busy.size;
  }

  /** Throws what `Connection.submit` throws. */
  submit(submission: Submission): void {
    if (this.#closing.signal.aborted) throw new ClosedError("the client has disconnected from the node");
    const idle = this.#takeIdle();
    if (idle === undefined) void this.#connectAndSubmit(submission);
    else this.#write(idle, submission);
  }

  /** Closes idle connections immediately, and the others once their GETJOBs are answered. Resolves when all are closed. */
  async end(): Promise<void> {
    this.#closing.abort(new ClosedError("the connection was closed"));
    const idle = Array.from(this.#idle.keys(), (ready) => this.#discard(ready));
    await Promise.all([...idle, ...Array.from(this.#busy, ({ connection }) => connection.end())]);
  }

  destroy(reason: DisqueError): void {
    this.#closing.abort(reason);
    for (const ready of [...this.#idle.keys(), ...this.#busy]) {
      clearTimeout(this.#idle.get(ready));
      ready.connection.destroy(reason);
    }
    this.#idle.clear();
  }

  async #connectAndSubmit(submission: Submission): Promise<void> {
    this.#connecting++;
    try {
      const ready = await runOutside(() => this.#connect(this.#closing.signal, () => {}));
      if (this.#closing.signal.aborted) {
        ready.connection.destroy();
        throw this.#closing.signal.reason;
      }
      if (submission.isCancelled) {
        this.#keep(ready);
        throw new ClosedError("the call has ended");
      }
      this.#write(ready, submission);
    } catch (error) {
      submission.onFailure(notSent(error));
    } finally {
      this.#connecting--;
    }
  }

  #write(ready: ReadyConnection, submission: Submission): void {
    const receiver = {
      onReply: (reply: Reply): void => {
        this.#busy.delete(ready);
        this.#keep(ready);
        submission.onReply(reply);
      },
      onFailure: (reason: unknown): void => {
        this.#busy.delete(ready);
        submission.onFailure(reason);
      },
    };
    ready.connection.submit(submission.command, receiver, submission);
    this.#busy.add(ready);
    submission.onSubmitted(ready);
  }

  #takeIdle(): ReadyConnection | undefined {
    for (const [ready, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(ready);
      if (ready.connection.open) return ready;
    }
    return undefined;
  }

  #keep(ready: ReadyConnection): void {
    if (!ready.connection.open) return;
    if (this.#closing.signal.aborted) {
      void ready.connection.end();
      return;
    }
    this.#idle.set(ready, setTimeout(() => void this.#discard(ready), IDLE_TIME).unref());
  }

  #discard(ready: ReadyConnection): Promise<void> {
    clearTimeout(this.#idle.get(ready));
    this.#idle.delete(ready);
    return ready.connection.end();
  }
}
