// A connection over one socket. Commands are written in batches, and replies are matched to commands in order.

import type { Socket } from "node:net";
import { CommandQueue, PendingCommand, type Receiver } from "./command-queue.ts";
import { CommandEncoder } from "./encoder.ts";
import { ClosedError, ConnectionError, type DisqueError, ProtocolError, TimeoutError } from "./errors.ts";
import { Parser, type ParserLimits } from "./parser.ts";
import { abortReason, type Signal } from "./signals.ts";
import { closeSocket, openSocket, otherProtocol, type SocketOptions, SocketReader } from "./socket.ts";
import {
  clearImmediate,
  clearTimeout,
  nextTick,
  now,
  runOutside,
  setImmediate,
  setTimeout,
} from "./timers.ts";
import { type Argument, type Endpoint, nameOf, type Reply } from "./types.ts";
import { Writer } from "./writer.ts";

/**
 * Operating systems buffer some megabytes of written data and do not report when the data arrives. So a command gets extra
 * time: a second for each MiB from the end of the last answered command to its own end, counting at most `MAX_BUFFERED` bytes.
 */
const MAX_BUFFERED = 8 * 1024 * 1024;
const BYTES_PER_MILLISECOND = 1_048;

/** How to connect, how long to wait for replies, and the limits on replies. */
export interface ConnectionOptions extends SocketOptions, ParserLimits {
  /**
   * Milliseconds without progress after which a reply is overdue. Received bytes count as progress, and so do sent bytes until
   * the whole command is sent. The connection is then destroyed: replies arrive in order, so no later command would be answered
   * either. Default 5,000; `Infinity` sets no limit.
   */
  readonly commandTimeout?: number | undefined;
  /** Called once, when the connection has ended and its commands have failed. Receives the error, if there was one. */
  readonly onClose?: ((error: DisqueError | undefined) => void) | undefined;
}

/** The options of one command. */
export interface SendOptions {
  /** Overrides the connection's `commandTimeout`. */
  readonly timeout?: number | undefined;
  /** When this signal is aborted, the command fails immediately with the signal's reason. A later reply is dropped. */
  readonly signal?: Signal | undefined;
}

/**
 * A connection to a RESP server.
 *
 * @example
 * const connection = await Connection.open({ host: "127.0.0.1", port: 7711 });
 * console.log(await connection.send(["PING"])); // PONG
 * await connection.end();
 */
export class Connection {
  /** The server's address: `host:port` or `unix:path`. */
  readonly address: string;
  /** Resolves when the socket is closed, for whatever reason. */
  readonly closed: Promise<void>;

  readonly #socket: Socket;
  /** Released when the connection closes, since it may hold parts of an incomplete reply. */
  #parser: Parser | undefined;
  readonly #encoder: CommandEncoder = new CommandEncoder();
  readonly #writer: Writer;
  readonly #commands: CommandQueue = new CommandQueue();
  readonly #commandTimeout: number;
  readonly #onClose: ((error: DisqueError | undefined) => void) | undefined;
  #state: "open" | "ending" | "closed" = "open";
  /** Why the connection was lost. */
  #error: DisqueError | undefined;
  #flush: NodeJS.Immediate | undefined;
  #isRef = true;
  /** The first command that has not been sent completely. */
  #unsent: PendingCommand | undefined;
  /** Where the last answered command ends in the stream of all bytes that are sent on the connection. */
  #answered = 0;

  // Times are milliseconds on the monotonic clock.
  /** When the first command of the current batch was submitted. */
  #batchAt = 0;
  #readAt = 0;
  #wroteAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /**
   * Connects. Rejects with a `ConnectionError`, a `TimeoutError` after `connectTimeout`, the reason of `signal`, or a
   * `TypeError` or `RangeError` for an invalid option.
   */
  static async open(options: Endpoint & ConnectionOptions): Promise<Connection> {
    const reader = options.tls ? undefined : new SocketReader(options.readBuffer);
    const socket = await openSocket(options, options, reader);
    const connection = new Connection(socket, nameOf(options), options);
    reader?.start(socket, {
      roomFor: (least) => connection.#parser?.roomFor(least),
      onBytes: (bytes) => connection.#read(bytes),
    });
    return connection;
  }

  /** Takes over a connected socket. */
  constructor(socket: Socket, address: string, options: ConnectionOptions = {}) {
    this.address = address;
    this.#socket = socket;
    this.#commandTimeout = options.commandTimeout ?? 5_000;
    this.#onClose = options.onClose;
    this.#parser = new Parser({ ...options, onReply: (reply) => this.#take(reply) });
    this.#writer = new Writer(socket, {
      onProgress: () => this.#noteProgress(),
      onLostBytes: () => {
        const message = "bytes of a command were transferred or shrunk before they were sent";
        this.#close(new ConnectionError(`${address}: ${message}`));
      },
    });
    const closed = (resolve: () => void): unknown =>
      socket.closed ? resolve() : socket.once("close", resolve);
    this.closed = runOutside(() => new Promise<void>(closed));
    // A socket with a `SocketReader` emits no `data`.
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => this.#close(new ConnectionError(`${address}: closed by the server`)));
    socket.on("close", () => this.#close(new ConnectionError(`${address}: closed`)));
    socket.on("error", (cause) => {
      this.#close(new ConnectionError(`${address}: ${cause.message}`, { cause }));
    });
    // A socket that has already closed emits no more events.
    if (socket.destroyed) nextTick(() => this.#close(new ConnectionError(`${address}: closed`)));
  }

  /** How many commands are waiting for their reply. */
  get pending(): number {
    return this.#commands.length;
  }

  /** When bytes were last sent or received, on the monotonic clock. */
  get progressAt(): number {
    return Math.max(this.#readAt, this.#wroteAt);
  }

  /** Whether commands are accepted. */
  get open(): boolean {
    return this.#state === "open";
  }

  /**
   * Sends a command and resolves with its reply; an error reply is a `ReplyError` value. Commands that are sent in one turn
   * of the event loop are written together.
   *
   * Rejects with a `ConnectionError` when the connection is lost, a `TimeoutError` when the reply is overdue, a `ProtocolError`
   * when the reply is not RESP or exceeds a limit, a `ClosedError` when the connection has already been ended, or the reason of
   * `signal`. Rejects with a `TypeError` or `RangeError` when an argument cannot be sent; in that case, nothing is sent.
   */
  send(args: readonly Argument[], options?: SendOptions): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.submit(args, { onReply: resolve, onFailure: reject }, options);
    });
  }

  /** Like `send`, with a receiver instead of a promise. Throws, and never calls the receiver, if nothing can be sent. */
  submit(args: readonly Argument[], receiver: Receiver, options: SendOptions = {}): void {
    const { timeout = this.#commandTimeout, signal } = options;
    if (signal?.aborted) throw abortReason(signal);
    if (this.#state !== "open") throw this.#refusal();
    const start = this.#encoder.length;
    this.#encoder.add(args);
    if (this.#flush === undefined) this.#startBatch();
    const command = new PendingCommand(receiver, timeout, this.#batchAt, start, this.#encoder.length);
    this.#commands.push(command);
    if (signal !== undefined) command.abortOn(signal);
    this.#unsent ??= command;
    if (this.#batchAt + timeout < this.#timerAt) this.#watch(this.#batchAt + timeout);
  }

  /** Accepts no more commands, waits for the replies to the pending commands, then closes. */
  end(): Promise<void> {
    if (this.#state === "open") this.#state = "ending";
    this.#closeWhenDone();
    return this.closed;
  }

  /** Drops the socket. Pending commands fail with a `ConnectionError` that has the message of `reason`. */
  destroy(reason?: DisqueError): void {
    // A connection that has ended may still be waiting for its peer to close.
    if (this.#state === "closed") this.#socket.destroy();
    this.#close(reason ?? new ClosedError(`${this.address}: the connection was destroyed`));
  }

  /** Lets the connection keep the process alive, even while it is idle. This is the default. */
  ref(): void {
    this.#isRef = true;
    this.#socket.ref();
  }

  /** Lets the process exit while the connection is idle. Pending commands still keep it alive. */
  unref(): void {
    this.#isRef = false;
    if (this.#commands.length === 0) this.#socket.unref();
  }

  #startBatch(): void {
    this.#batchAt = now();
    if (!this.#isRef) this.#socket.ref();
    this.#flush = runOutside(() => setImmediate(() => this.#write()));
  }

  #write(): void {
    this.#flush = undefined;
    this.#writer.write(this.#encoder.take());
    this.#noteProgress();
  }

  /** Called when bytes have been sent. */
  #noteProgress(): void {
    if (this.#unsent === undefined) return;
    this.#wroteAt = now();
    const { sent } = this.#writer;
    while (this.#unsent !== undefined && this.#unsent.end <= sent) {
      this.#unsent.since = this.#wroteAt;
      this.#unsent = this.#unsent.next;
    }
  }

  #read(chunk: Buffer): void {
    this.#readAt = now();
    try {
      this.#parser?.write(chunk);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const hint = this.#answered === 0 ? otherProtocol(chunk) : undefined;
      const what = hint === undefined ? message : `${hint}, not like Disque (${message})`;
      this.#refuse(new ProtocolError(`${this.address}: ${what}`, { cause: error }));
    }
  }

  #take(reply: Reply): void {
    // The connection was closed while this chunk was being parsed. The remaining replies in the chunk are ignored.
    if (this.#state === "closed") return;
    const command = this.#commands.first;
    if (command === undefined || command.start >= this.#writer.written) {
      this.#refuse(new ProtocolError(`${this.address}: received a reply that no command asked for`));
      return;
    }
    this.#commands.shift();
    this.#answered = command.end;
    if (command === this.#unsent) this.#unsent = this.#commands.first;
    if (!this.#isRef && this.#commands.length === 0) this.#socket.unref();
    command.resolve(reply);
    this.#closeWhenDone();
  }

  #refusal(): DisqueError {
    return this.#error === undefined
      ? new ClosedError(`${this.address}: the connection was ended`)
      : lost(this.#error, false);
  }

  #closeWhenDone(): void {
    if (this.#state === "ending" && this.#commands.length === 0) this.#close(undefined);
  }

  /** Closes the connection because of invalid data. The command whose reply was due fails with `error` itself. */
  #refuse(error: ProtocolError): void {
    const command = this.#commands.first;
    const isAsked = command !== undefined && command.start < this.#writer.written;
    this.#close(error, (each) => (isAsked && each === command ? error : undefined));
  }

  #watch(deadline: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const delay = deadline - now();
    // The immediate lets a busy process first read data that has arrived. The timer need not keep the process alive, since the
    // socket does so while a reply is due.
    const check = (): void => this.#checkDeadlines();
    this.#timer = runOutside(() => setTimeout(() => setImmediate(check), delay).unref());
  }

  #checkDeadlines(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#state === "closed") return;
    const current = now();
    let next = Number.POSITIVE_INFINITY;
    for (let command = this.#commands.first; command !== undefined; command = command.next) {
      next = Math.min(next, this.#deadlineOf(command));
    }
    if (next > current) {
      if (next < Number.POSITIVE_INFINITY) this.#watch(next);
      return;
    }
    this.#close(new TimeoutError(`${this.address}: a reply is overdue`), (command) =>
      this.#deadlineOf(command) <= current
        ? new TimeoutError(`${this.address}: no reply within ${command.timeout} ms`)
        : undefined,
    );
  }

  #deadlineOf(command: PendingCommand): number {
    const isSent = command.end <= this.#writer.sent;
    const progressAt = Math.max(command.since, this.#readAt, isSent ? 0 : this.#wroteAt);
    const buffered = Math.min(command.end - this.#answered, MAX_BUFFERED);
    // Whole milliseconds, so that small commands that were sent together are overdue together.
    return progressAt + command.timeout + Math.floor(buffered / BYTES_PER_MILLISECOND);
  }

  /**
   * Ends the connection. Each pending command fails with the error that `errorFor` returns for it, or else with a new
   * `ConnectionError`.
   */
  #close(
    error: DisqueError | undefined,
    errorFor?: (command: PendingCommand) => DisqueError | undefined,
  ): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#error = error;
    this.#parser = undefined;
    this.#unsent = undefined;
    clearImmediate(this.#flush);
    clearTimeout(this.#timer);
    const { written } = this.#writer;
    this.#writer.clear();
    if (error === undefined) runOutside(() => closeSocket(this.#socket));
    else this.#socket.destroy();
    for (let command = this.#commands.shift(); command !== undefined; command = this.#commands.shift()) {
      command.fail(errorFor?.(command) ?? (error && lost(error, command.start < written)));
    }
    const onClose = this.#onClose;
    if (onClose !== undefined) runOutside(() => onClose(error));
  }
}

function lost(error: DisqueError, sent: boolean): ConnectionError {
  const cause = error instanceof ConnectionError ? error.cause : error;
  return new ConnectionError(error.message, { sent, cause });
}
