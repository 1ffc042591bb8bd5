/** The server as the faults see it. */
export interface FaultTarget {
  /** `frozen` or `swallowing` has changed. */
  hold(): void;
  resetConnections(): void;
  closePort(): void;
  openPort(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

interface Answer {
  readonly line: string;
  times: number;
}

/** A limit on reply bytes. It counts anew for every connection from when it was set. */
export interface ByteLimit {
  readonly bytes: number;
}

/**
 * Faults on demand. Each lasts until it is turned off, unless its description says otherwise.
 *
 * ```ts
 * server.faults.answer("addjob", "OOM command not allowed when used memory > 'maxmemory'.", 1);
 * server.faults.slice(1); // every reply arrives byte by byte
 * ```
 */
export class Faults {
  readonly #target: FaultTarget;
  readonly #answers = new Map<string, Answer>();
  #frozen = false;
  #swallowing = false;
  #refusing = false;
  #full = false;
  #slice: number | null = null;
  #limit: ByteLimit | null = null;

  constructor(target: FaultTarget) {
    this.#target = target;
  }

  /** Whether it is frozen. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Whether the network to the clients is cut. */
  get swallowing(): boolean {
    return this.#swallowing;
  }

  /** Whether nothing is read from clients, nor written to them. */
  get silent(): boolean {
    return this.#frozen || this.#swallowing;
  }

  /** Whether new connections get the answer of a full server. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Whether new connections are reset. */
  get refusing(): boolean {
    return this.#refusing;
  }

  /** The size of a piece in bytes, if replies are cut into pieces. */
  get sliceSize(): number | null {
    return this.#slice;
  }

  /** @internal */
  get byteLimit(): ByteLimit | null {
    return this.#limit;
  }

  /**
   * Stops the server, as SIGSTOP would: nothing is read or answered. Connections stay open, and new ones are accepted
   * but not served. Messages from other nodes wait too, so the other nodes notice.
   */
  freeze(): void {
    this.#frozen = true;
    this.#target.hold();
  }

  /** Ends {@link freeze}. The server now answers what arrived meanwhile. */
  thaw(): void {
    this.#frozen = false;
    this.#target.hold();
  }

  /**
   * Cuts the network between this server and its clients, as a firewall that drops packets would. Open connections fall
   * silent; new ones are accepted, since this machine's kernel does that, and never answered. The server itself goes
   * on, and so do its links to other nodes. When it is turned off, everything that was sent arrives.
   */
  swallow(on: boolean): void {
    this.#swallowing = on;
    this.#target.hold();
  }

  /** Sends every reply in pieces of this many bytes, each a write of its own; `null` sends them whole again. */
  slice(bytes: number | null): void {
    if (bytes !== null && !(Number.isInteger(bytes) && bytes > 0)) {
      throw new RangeError("a slice is a positive number of bytes, or null");
    }
    this.#slice = bytes;
  }

  /** Resets the connection that gets this many further bytes of replies, right after them. Happens once. */
  dropAfter(bytes: number): void {
    if (!(Number.isInteger(bytes) && bytes >= 0)) {
      throw new RangeError("bytes is an integer that is not negative");
    }
    this.#limit = { bytes };
  }

  /** Resets new connections as soon as they are accepted. Open connections go on. */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /** Stops listening, so that new connections fail with ECONNREFUSED. Open connections go on. */
  closePort(): void {
    this.#target.closePort();
  }

  /** Ends {@link closePort}. */
  openPort(): Promise<void> {
    return this.#target.openPort();
  }

  /**
   * Answers new connections with `ERR max number of clients reached` and closes them, as a server with `maxclients`
   * clients does. Open connections go on.
   */
  full(on: boolean): void {
    this.#full = on;
  }

  /**
   * Answers a command with this error line, without the leading dash, instead of running it. `null` lets it run again.
   * It applies to any command at any time, so also to AUTH, and before AUTH.
   */
  answer(command: string, errorLine: string | null, times: number = Number.POSITIVE_INFINITY): void {
    const name = command.toLowerCase();
    if (errorLine === null) this.#answers.delete(name);
    else this.#answers.set(name, { line: errorLine, times });
  }

  /** Resets all connections now; the server goes on. */
  drop(): void {
    this.#target.resetConnections();
  }

  /** Resets all connections and stops listening, as if the process was killed. Jobs and queues are lost. */
  kill(): Promise<void> {
    return this.#target.kill();
  }

  /** Starts again after {@link kill} or SHUTDOWN, at the same address, with the same id and peers, without jobs. */
  restart(): Promise<void> {
    return this.#target.restart();
  }

  /** @internal The error line to answer a command with, which uses up one of its times; null to run the command. */
  takeAnswer(command: string): string | null {
    const answer = this.#answers.get(command);
    if (answer === undefined || answer.times < 1) return null;
    answer.times--;
    return answer.line;
  }

  /** @internal A connection has reached the limit. */
  takeByteLimit(): void {
    this.#limit = null;
  }
}
