import {
  type Argument,
  ClosedError,
  ConnectionError,
  type DisqueError,
  ProtocolError,
  type Receiver,
  ReplyError,
  TimeoutError,
} from "../../resp/index.ts";
import { clearTimeout, now, runOutside, setTimeout } from "../../resp/timers.ts";
import { abortable } from "../abort.ts";
import type { ReadyConnection } from "./handshake.ts";

/** A command on its way to a node. Exactly one of `onReply` and `onFailure` is called in the end. */
export interface Submission extends Receiver {
  readonly command: readonly Argument[];
  /** How long to wait for the reply, in milliseconds without progress. */
  readonly timeout: number;
  /** Whether the reply is no longer wanted. If the command has not been handed to a connection yet, it never will be. */
  readonly isCancelled: boolean;
  /** Called when the command has been handed to a connection. */
  onSubmitted(via: ReadyConnection): void;
}

/** Opens a connection to a node. `onClose` is called when the connection has ended, with the reason. */
export type Connect = (
  signal: AbortSignal | undefined,
  onClose: (error: DisqueError | undefined) => void,
) => Promise<ReadyConnection>;

export interface PersistentConnectionOptions {
  readonly connect: Connect;
  /** Whether to keep the connection open while it is idle. If so, PING checks that it still works. */
  readonly keepIdle: () => boolean;
  readonly onOpen?: () => void;
  readonly onLost?: (error: DisqueError) => void;
}

/**
 * Milliseconds between two checks of an idle connection. With the default `commandTimeout`, a node that has vanished is noticed
 * within 20 s.
 */
const IDLE_CHECK_INTERVAL = 10_000;

/** A connection to a node, shared by many calls. It is opened when a call needs it, and reopened when needed after a loss. */
export class PersistentConnection {
  readonly #options: PersistentConnectionOptions;
  #ready: ReadyConnection | undefined;
  #opening: Promise<ReadyConnection> | undefined;
  /** The number of commands that wait for the connection to open. */
  #waiting = 0;
  #idleCheck: NodeJS.Timeout | undefined;
  readonly #closing: AbortController = new AbortController();

  constructor(options: PersistentConnectionOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#ready?.connection.open ?? false;
  }

  /** When the connection last made progress, on the monotonic clock; 0 if it is not open. */
  get progressAt(): number {
    return this.#ready?.connection.progressAt ?? 0;
  }

  /** The number of commands in flight. */
  get pending(): number {
    return this.#waiting + (this.#ready?.connection.pending ?? 0);
  }

  /** Connects unless already connected. Callers share the attempt: a signal only ends its own caller's wait. */
  open(signal?: AbortSignal): Promise<ReadyConnection> {
    if (this.#ready?.connection.open) return Promise.resolve(this.#ready);
    this.#opening ??= runOutside(() => this.#open());
    return abortable(this.#opening, signal);
  }

  /** Throws what `Connection.submit` throws. */
  submit(submission: Submission): void {
    const ready = this.#ready;
    if (ready?.connection.open) this.#write(ready, submission);
    else void this.#submitWhenOpen(submission);
  }

  /** Waits for the commands in flight to finish, then closes the connection. Aborts an attempt to connect. */
  async end(): Promise<void> {
    clearTimeout(this.#idleCheck);
    this.#closing.abort(new ClosedError("the connection was closed"));
    await this.#ready?.connection.end();
  }

  destroy(reason: DisqueError): void {
    clearTimeout(this.#idleCheck);
    this.#closing.abort(reason);
    this.#ready?.connection.destroy(reason);
  }

  #write(ready: ReadyConnection, submission: Submission): void {
    ready.connection.submit(submission.command, submission, submission);
    submission.onSubmitted(ready);
  }

  async #submitWhenOpen(submission: Submission): Promise<void> {
    this.#waiting++;
    try {
      const ready = await this.open();
      if (submission.isCancelled) throw new ClosedError("the call has ended");
      this.#write(ready, submission);
    } catch (error) {
      submission.onFailure(notSent(error));
    } finally {
      this.#waiting--;
    }
  }

  async #open(): Promise<ReadyConnection> {
    let opened: ReadyConnection | undefined;
    const onClose = (error: DisqueError | undefined): void => {
      // If the connection is lost during its handshake, the attempt to connect rejects instead.
      if (opened !== undefined) this.#closed(opened, error);
    };
    try {
      const ready = await this.#options.connect(this.#closing.signal, onClose);
      const { connection } = ready;
      if (this.#closing.signal.aborted) {
        connection.destroy();
        throw this.#closing.signal.reason;
      }
      if (!connection.open)
        throw new ConnectionError(`${connection.address}: closed right after it was opened`);
      opened = ready;
      this.#ready = ready;
      this.#scheduleIdleCheck();
      this.#options.onOpen?.();
      return ready;
    } finally {
      this.#opening = undefined;
    }
  }

  #closed(ready: ReadyConnection, error: DisqueError | undefined): void {
    // By the time an idle connection has closed, another may have replaced it.
    if (this.#ready === ready) {
      this.#ready = undefined;
      clearTimeout(this.#idleCheck);
    }
    if (error !== undefined && !this.#closing.signal.aborted) this.#options.onLost?.(error);
  }

  #scheduleIdleCheck(): void {
    clearTimeout(this.#idleCheck);
    this.#idleCheck = setTimeout(() => this.#checkIdle(), IDLE_CHECK_INTERVAL).unref();
  }

  #checkIdle(): void {
    const connection = this.#ready?.connection;
    if (connection === undefined) return;
    this.#scheduleIdleCheck();
    if (this.pending > 0) return;
    // A PING that is not answered in time destroys the connection, so its rejection can be ignored.
    if (this.#options.keepIdle()) connection.send(["PING"]).catch(() => {});
    else if (now() - connection.progressAt >= IDLE_CHECK_INTERVAL) void connection.end();
  }
}

/**
 * Returns the error for a command that was never sent because connecting failed with `error`. A timeout, a protocol error or an
 * error reply during the handshake would look like the outcome of the command, so it becomes the cause of a `ConnectionError`.
 */
export function notSent(error: unknown): unknown {
  const isOfHandshake =
    error instanceof TimeoutError || error instanceof ProtocolError || error instanceof ReplyError;
  if (!isOfHandshake) return error;
  return new ConnectionError(error.message, { cause: error });
}
