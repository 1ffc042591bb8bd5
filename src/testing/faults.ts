/** The parts of the server that faults act on. */
export interface FaultTarget {
  /** Called when `frozen` or `swallowing` has changed. */
  applyFaults(): void;
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

/** A limit on reply bytes. Bytes are counted for each connection separately, from the moment when the limit is set. */
export interface ByteLimit {
  readonly bytes: number;
}

/**
 * Injects faults on demand. A fault lasts until it is turned off, unless its description says otherwise.
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

  /** Whether the server is suspended: see {@link freeze}. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Whether the network between the server and its clients is cut: see {@link swallow}. */
  get swallowing(): boolean {
    return this.#swallowing;
  }

  /** Whether the server neither reads from clients nor writes to them, because it is frozen or the network is cut. */
  get silent(): boolean {
    return this.#frozen || this.#swallowing;
  }

  /** Whether new connections are refused with `ERR max number of clients reached`. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Whether new connections are reset. */
  get refusing(): boolean {
    return this.#refusing;
  }

  /** The size in bytes of the pieces in which replies are sent; null when they are sent whole. */
  get sliceSize(): number | null {
    return this.#slice;
  }

  /** @internal */
  get byteLimit(): ByteLimit | null {
    return this.#limit;
  }

  /**
   * Suspends the server, as SIGSTOP would: it reads nothing and answers nothing. Connections stay open, and new connections are
   * accepted but not served. Messages from other nodes are not processed either, so those nodes will suspect that the server
   * has failed.
   */
  freeze(): void {
    this.#frozen = true;
    this.#target.applyFaults();
  }

  /** Ends {@link freeze}. The server then processes everything that arrived while it was suspended. */
  thaw(): void {
    this.#frozen = false;
    this.#target.applyFaults();
  }

  /**
   * Cuts the network between this server and its clients, as a firewall that drops packets would. On open connections, nothing
   * arrives any more. New connections are accepted, because the local kernel does that, but never answered. The server keeps
   * running and stays connected to other nodes. When the fault is turned off, everything that was sent while it lasted arrives.
   */
  swallow(on: boolean): void {
    this.#swallowing = on;
    this.#target.applyFaults();
  }

  /** Sends every reply in pieces of this many bytes, each in a separate write; `null` sends replies whole again. */
  slice(bytes: number | null): void {
    if (bytes !== null && !(Number.isInteger(bytes) && bytes > 0)) {
      throw new RangeError("a slice must be a positive number of bytes, or null");
    }
    this.#slice = bytes;
  }

  /** Resets one connection: the first on which this many more bytes of replies have been sent. The next byte is never sent. */
  dropAfter(bytes: number): void {
    if (!(Number.isInteger(bytes) && bytes >= 0)) {
      throw new RangeError("bytes must be an integer of at least 0");
    }
    this.#limit = { bytes };
  }

  /** Resets new connections as soon as they are accepted. Open connections are not affected. */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /** Stops listening, so that new connections fail with ECONNREFUSED. Open connections are not affected. */
  closePort(): void {
    this.#target.closePort();
  }

  /** Ends {@link closePort}: listens again on the same address. */
  openPort(): Promise<void> {
    return this.#target.openPort();
  }

  /**
   * Answers new connections with `ERR max number of clients reached` and closes them, as a server with `maxclients`
   * clients does. Open connections are not affected.
   */
  full(on: boolean): void {
    this.#full = on;
  }

  /**
   * Answers a command with this error line, written without the leading dash, instead of running it. `null` lets the command
   * run again. This works for every command, including AUTH, and also before the client has authenticated.
   */
  answer(command: string, errorLine: string | null, times: number = Number.POSITIVE_INFINITY): void {
    const name = command.toLowerCase();
    if (errorLine === null) this.#answers.delete(name);
    else this.#answers.set(name, { line: errorLine, times });
  }

  /** Resets all connections now. The server keeps running. */
  drop(): void {
    this.#target.resetConnections();
  }

  /** Resets all connections and stops listening, as if the process had been killed. Jobs and queues are lost. */
  kill(): Promise<void> {
    return this.#target.kill();
  }

  /** Starts the server again after {@link kill} or SHUTDOWN, with the same address, id and peers, but without jobs. */
  restart(): Promise<void> {
    return this.#target.restart();
  }

  /** @internal The error line to answer a command with, counted as one of its `times`; null to run the command. */
  takeAnswer(command: string): string | null {
    const answer = this.#answers.get(command);
    if (answer === undefined || answer.times < 1) return null;
    answer.times--;
    return answer.line;
  }

  /** @internal Called when a connection has reached the byte limit. The limit then no longer applies. */
  takeByteLimit(): void {
    this.#limit = null;
  }
}
