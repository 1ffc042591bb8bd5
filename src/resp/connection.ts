// One socket: commands leave in batches, replies are matched to them in order.

import { setMaxListeners } from "node:events";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Argument } from "./argument.ts";
import { CommandEncoder } from "./encoder.ts";
import { type Endpoint, nameOf } from "./endpoint.ts";
import { ClosedError, ConnectionError, type DisqueError, ProtocolError, TimeoutError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import type { ParserLimits } from "./limits.ts";
import { MAX_DELAY } from "./max-delay.ts";
import { Parser } from "./parser.ts";
import { PendingCommand, type Receiver } from "./pending.ts";
import type { ElementReader, Reply } from "./reply.ts";
import { openSocket, type SocketOptions } from "./socket.ts";

/** Milliseconds for a socket to say that it ends: only one with TLS has anything to send for that. */
const FAREWELL = 500;

/** How to connect, how long to wait for replies, and what these may be. Each has a default. */
export interface ConnectionOptions extends SocketOptions, ParserLimits {
  /**
   * Milliseconds a command may stay unanswered. The connection is taken for dead then and destroyed: replies come
   * in order, so nothing behind that command would be answered either. Default 5,000; `Infinity` for no bound.
   */
  readonly commandTimeout?: number | undefined;
  /** Called once, when the connection has ended, after what was pending is rejected; with the error, if there was one. */
  readonly onClose?: ((error: DisqueError | undefined) => void) | undefined;
}

/** What one command may have of its own. */
export interface SendOptions<Element = never> {
  /** Instead of the connection's `commandTimeout`. */
  readonly timeout?: number | undefined;
  /** Rejects the command at once with the signal's reason. Its reply is still read, and dropped. */
  readonly signal?: AbortSignal | undefined;
  /** Reads the elements of the reply, if that is an array, where it can. */
  readonly elementReader?: ElementReader<Element> | undefined;
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
  /** `host:port` or `unix:path`. */
  readonly address: string;
  /** Resolves when the socket is closed, for whatever reason. */
  readonly closed: Promise<void>;

  readonly #socket: Socket;
  /** Until the connection is closed, which lets go of a reply that is not whole. */
  #parser: Parser<unknown> | undefined;
  readonly #encoder: CommandEncoder = new CommandEncoder();
  readonly #pending: Fifo<PendingCommand> = new Fifo();
  readonly #commandTimeout: number;
  progressAt: number = performance.now();
  readonly #onClose: ((error: DisqueError | undefined) => void) | undefined;
  #state: "open" | "ending" | "closed" = "open";
  /** Why it was closed, if it was lost. */
  #error: DisqueError | undefined;
  /** How many of the pending commands, the last ones, have not been given to the socket yet. */
  #unsent = 0;
  #flush: NodeJS.Immediate | undefined;
  readonly #onFlush = (): void => this.#write();
  /** When the first of the commands came that are to leave together, on the monotonic clock. */
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, on the monotonic clock. */
  #timerAt = Number.POSITIVE_INFINITY;

  /**
   * Connects. Rejects with a `ConnectionError`, with a `TimeoutError` after `connectTimeout`, or with the reason of
   * `signal`.
   */
  static async open(options: Endpoint & ConnectionOptions): Promise<Connection> {
    return new Connection(await openSocket(options, options), nameOf(options), options);
  }

  /** Takes over a socket that is connected. */
  constructor(socket: Socket, address: string, options: ConnectionOptions = {}) {
    this.address = address;
    this.#socket = socket;
    this.#commandTimeout = options.commandTimeout ?? 5_000;
    this.#onClose = options.onClose;
    this.#parser = new Parser<unknown>({
      ...options,
      onReply: (reply) => this.#take(reply),
      elementReader: () => this.#pending.first?.elementReader,
    });
    this.closed = new Promise((resolve) => {
      if (socket.closed) resolve();
      else socket.once("close", () => resolve());
    });
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("drain", () => this.#write());
    socket.on("end", () => this.#close(new ConnectionError(`${address}: closed by the server`)));
    socket.on("close", () => this.#close(new ConnectionError(`${address}: closed`)));
    socket.on("error", (cause) => {
      this.#close(new ConnectionError(`${address}: ${cause.message}`, { cause }));
    });
    // It may have died since it connected, and said so to nobody.
    if (socket.destroyed) process.nextTick(() => this.#close(new ConnectionError(`${address}: closed`)));
  }

  /** How many commands wait for their reply. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Whether commands are accepted. */
  get open(): boolean {
    return this.#state === "open";
  }

  /**
   * Sends a command and resolves with its reply; a reply that is an error is a `ReplyError` value. What is sent in one
   * turn of the event loop leaves in one write; when nothing was on its way, what one callback sends leaves with its end.
   *
   * Rejects with a `ConnectionError` when the connection is lost, a `TimeoutError` when the reply is overdue, a
   * `ProtocolError` when it is not RESP, a `ClosedError` when the connection was ended before, or the reason of
   * `signal`; with a `TypeError` or `RangeError`, and nothing is sent, when an argument cannot be.
   */
  send<Element = never>(
    args: readonly Argument[],
    options: SendOptions<Element> = {},
  ): Promise<Reply<Element>> {
    return new Promise((resolve, reject) => {
      // Which elements there are is between the command and its reader.
      const onReply = resolve as (reply: unknown) => void;
      // Many commands may share a signal, and each takes its listener away again: nothing for Node to warn of.
      if (options.signal !== undefined) setMaxListeners(0, options.signal);
      this.submit(args, { onReply, onFailure: reject }, options);
    });
  }

  /**
   * Sends a command whose reply somebody waits for without a promise. Throws what `send` rejects with when nothing can
   * be sent.
   *
   * @internal
   */
  submit(
    args: readonly Argument[],
    waiter: Receiver,
    { timeout = this.#commandTimeout, signal, elementReader }: SendOptions<unknown>,
  ): void {
    signal?.throwIfAborted();
    if (this.#state !== "open") throw this.#notOpen();
    this.#encoder.add(args);
    if (this.#flush === undefined) this.#schedule();
    const command = new PendingCommand(waiter, this.#turn, timeout, signal, elementReader);
    this.#pending.push(command);
    this.#unsent++;
    this.#watch(command.deadline);
  }

  /** Takes no more commands, waits for the replies to those it has, then closes. */
  end(): Promise<void> {
    if (this.#state === "open") this.#state = "ending";
    this.#closeWhenDone();
    return this.closed;
  }

  /** Drops the socket. What is pending rejects with a `ConnectionError` whose cause is `reason`. */
  destroy(reason?: DisqueError): void {
    // Also when it is closed already, but its socket still waits for the other end.
    if (this.#state === "closed") this.#socket.destroy();
    this.#close(reason ?? new ClosedError(`${this.address}: the connection was destroyed`));
  }

  /**
   * Commands leave together at the end of the turn. When none is on its way, that would only be a delay: they leave when the
   * code that sent them has run, and what follows from its promises.
   */
  #schedule(): void {
    this.#turn = performance.now();
    if (this.#pending.length > 0) this.#flush = setImmediate(this.#onFlush);
    else void Promise.resolve().then(() => process.nextTick(this.#onFlush));
  }

  #write(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    // While the socket's own buffer is full, what comes is kept here: `drain` calls again.
    if (this.#state === "closed" || this.#encoder.empty || this.#socket.writableNeedDrain) return;
    this.#unsent = 0;
    const chunks = this.#encoder.take();
    const several = chunks.length > 1;
    if (several) this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    if (several) this.#socket.uncork();
  }

  #read(chunk: Buffer): void {
    this.progressAt = performance.now();
    try {
      this.#parser?.write(chunk);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#refuse(new ProtocolError(`${this.address}: ${message}`, { cause: error }));
    }
  }

  #take(reply: unknown): void {
    // The rest of a chunk of which something was refused.
    if (this.#state === "closed") return;
    // A command that has not left cannot have been answered.
    const command = this.#pending.length > this.#unsent ? this.#pending.shift() : undefined;
    if (command === undefined) {
      this.#refuse(new ProtocolError(`${this.address}: a reply came that no command asked for`));
      return;
    }
    command.resolve(reply);
    this.#closeWhenDone();
  }

  /** Closes the socket as it should be, but waits only so long for an end that does not read. */
  #leave(): void {
    const socket = this.#socket;
    // All was answered: what is still unsent was never read, and will not be.
    if (socket.writableLength > 0) socket.destroy();
    else {
      const timer = setTimeout(() => socket.destroy(), FAREWELL).unref();
      socket.once("close", () => clearTimeout(timer));
      socket.destroySoon();
    }
  }

  #notOpen(): DisqueError {
    return this.#error === undefined
      ? new ClosedError(`${this.address}: the connection was ended`)
      : lost(this.#error, false);
  }

  #closeWhenDone(): void {
    if (this.#state === "ending" && this.#pending.length === 0) this.#close(undefined);
  }

  /** What came makes no sense: the command that it would have answered learns that, and nothing more is read. */
  #refuse(error: ProtocolError): void {
    const asked = this.#pending.length > this.#unsent;
    this.#close(error, (_command, index) => (asked && index === 0 ? error : undefined));
  }

  #watch(deadline: number): void {
    if (deadline >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const delay = Math.min(deadline - performance.now(), MAX_DELAY);
    // A busy process finds its timers due before it has read what came meanwhile: an immediate runs after that.
    // The socket keeps the process alive while a reply is due; the timer need not.
    this.#timer = setTimeout(() => setImmediate(() => this.#checkDeadlines()), delay).unref();
  }

  #checkDeadlines(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.#pending) next = Math.min(next, deadline);
    if (next > now) {
      this.#watch(next);
      return;
    }
    this.#close(new TimeoutError(`${this.address}: a reply is overdue`), ({ deadline, timeout }) =>
      deadline <= now ? new TimeoutError(`${this.address}: no reply within ${timeout} ms`) : undefined,
    );
  }

  /**
   * The one place where a connection ends. Pending commands reject with what `own` gives for them, else with a
   * `ConnectionError` of their own.
   */
  #close(
    error: DisqueError | undefined,
    own?: (command: PendingCommand, index: number) => DisqueError | undefined,
  ): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#error = error;
    this.#parser = undefined;
    clearImmediate(this.#flush);
    clearTimeout(this.#timer);
    if (error === undefined) this.#leave();
    else {
      this.#socket.destroy();
      const firstUnsent = this.#pending.length - this.#unsent;
      for (let index = 0; ; index++) {
        const command = this.#pending.shift();
        if (command === undefined) break;
        command.reject(own?.(command, index) ?? lost(error, index < firstUnsent));
      }
    }
    this.#onClose?.(error);
  }
}

function lost(error: DisqueError, sent: boolean): ConnectionError {
  const cause = error instanceof ConnectionError ? error.cause : error;
  return new ConnectionError(error.message, { sent, cause });
}
