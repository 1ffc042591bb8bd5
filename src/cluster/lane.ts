import type { Receiver as Waiter } from "../resp/index.ts";
import {
  type Argument,
  ClosedError,
  type Connection,
  ConnectionError,
  type DisqueError,
  ProtocolError,
  type Reply,
  type SendOptions,
  TimeoutError,
} from "../resp/index.ts";
import { abortable } from "./abortable.ts";
import type { Link } from "./dial.ts";

/** Opens a connection to the node that a lane leads to; `onClose` is told when and why it ended. */
export type Dial = (
  signal: AbortSignal | undefined,
  onClose: (error: DisqueError | undefined) => void,
) => Promise<Link>;

export interface LaneOptions {
  readonly dial: Dial;
  /** Whether to keep the connection while nobody uses it; it is asked then whether the node is still there. */
  readonly keepIdle: () => boolean;
  readonly onOpen?: () => void;
  readonly onLost?: (error: DisqueError) => void;
}

/**
 * Milliseconds between two looks at an idle connection. With the default `commandTimeout`, a node that is gone without
 * a word is noticed within 20 s.
 */
const IDLE_CHECK = 10_000;

/** A connection to a node that many calls share. It is opened when one needs it, and again after it was lost. */
export class Lane {
  readonly #options: LaneOptions;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  /** How many calls wait for the connection to open. */
  #waiting = 0;
  #used = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #closing: AbortController = new AbortController();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connection?.open ?? false;
  }

  /** How many calls are under way. */
  get pending(): number {
    return this.#waiting + (this.#connection?.pending ?? 0);
  }

  /** Connects unless it is connected. The attempt is shared: a signal takes only its own caller off it. */
  async open(signal?: AbortSignal): Promise<Connection> {
    if (this.#connection?.open) return this.#connection;
    this.#opening ??= this.#open();
    return abortable(this.#opening, signal);
  }

  /** Rejects as `Connection.send` does, or as connecting does. */
  send(line: readonly Argument[], options: SendOptions): Promise<Reply> {
    this.#used = true;
    return this.#connection?.open ? this.#connection.send(line, options) : this.#sendWhenOpen(line, options);
  }

  /** Sends a command if the connection is open, and tells whether it was. Throws as `Connection.dispatch` does. */
  dispatch(line: readonly Argument[], waiter: Waiter, options: SendOptions): boolean {
    this.#used = true;
    const connection = this.#connection;
    if (!connection?.open) return false;
    connection.submit(line, waiter, options);
    return true;
  }

  /** Waits for what is under way and closes the connection. One that is being opened is given up. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort(new ClosedError("the connection was closed"));
    await this.#connection?.end();
  }

  destroy(reason: DisqueError): void {
    clearInterval(this.#timer);
    this.#closing.abort(reason);
    this.#connection?.destroy(reason);
  }

  async #sendWhenOpen(line: readonly Argument[], options: SendOptions): Promise<Reply> {
    this.#waiting++;
    let connection: Connection;
    try {
      connection = await this.open(options.signal as AbortSignal | undefined);
    } catch (error) {
      throw unsent(error);
    } finally {
      this.#waiting--;
    }
    return connection.send(line, options);
  }

  async #open(): Promise<Connection> {
    let opened: Connection | undefined;
    const onClose = (error: DisqueError | undefined): void => {
      // One that is lost during its handshake was never the lane's: the attempt rejects.
      if (opened !== undefined) this.#closed(opened, error);
    };
    try {
      const { connection } = await this.#options.dial(this.#closing.signal, onClose);
      if (this.#closing.signal.aborted) {
        connection.destroy();
        throw this.#closing.signal.reason;
      }
      if (!connection.open)
        throw new ConnectionError(`${connection.address}: closed right after it was opened`);
      opened = connection;
      this.#connection = connection;
      clearInterval(this.#timer);
      this.#timer = setInterval(() => this.#checkIdle(), IDLE_CHECK).unref();
      this.#options.onOpen?.();
      return connection;
    } finally {
      this.#opening = undefined;
    }
  }

  #closed(connection: Connection, error: DisqueError | undefined): void {
    // An idle one that was closed may have been replaced before that was done.
    if (this.#connection === connection) {
      this.#connection = undefined;
      clearInterval(this.#timer);
    }
    if (error !== undefined && !this.#closing.signal.aborted) this.#options.onLost?.(error);
  }

  #checkIdle(): void {
    const used = this.#used;
    this.#used = false;
    const connection = this.#connection;
    if (connection === undefined || this.pending > 0) return;
    // If no reply comes, that destroys the connection, which is all there is to know.
    if (this.#options.keepIdle()) connection.send(["PING"]).catch(() => {});
    else if (!used) void connection.end();
  }
}

/** Why there is no connection, as told to a command that needed it: such an error never means that it was sent. */
export function unsent(error: unknown): unknown {
  if (!(error instanceof TimeoutError || error instanceof ProtocolError)) return error;
  return new ConnectionError(error.message, { cause: error });
}
