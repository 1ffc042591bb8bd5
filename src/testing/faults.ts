/** What the faults act on. */
export interface FaultTarget {
  /** Stops reading and answering, or goes on. */
  hold(frozen: boolean): void;
  resetConnections(): void;
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
 * Things that go wrong on demand. All of them last until they are turned off, unless said otherwise.
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
  #refusing = false;
  #slice: number | null = null;
  #limit: ByteLimit | null = null;

  constructor(target: FaultTarget) {
    this.#target = target;
  }

  /** Whether it is frozen. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Whether new connections are reset. */
  get refusing(): boolean {
    return this.#refusing;
  }

  /** The bytes of a piece, if replies are cut into pieces. */
  get sliceSize(): number | null {
    return this.#slice;
  }

  /** @internal */
  get byteLimit(): ByteLimit | null {
    return this.#limit;
  }

  /**
   * Nothing is read and nothing is answered, as if the process was stopped. Connections stay open, and new ones are
   * accepted but not served. What other nodes send waits as well.
   */
  freeze(): void {
    this.#frozen = true;
    this.#target.hold(true);
  }

  /** Ends {@link freeze}: all that came meanwhile is answered now. */
  thaw(): void {
    this.#frozen = false;
    this.#target.hold(false);
  }

  /** Every reply leaves in pieces of so many bytes, each a write of its own; null for whole again. */
  slice(bytes: number | null): void {
    if (bytes !== null && !(Number.isInteger(bytes) && bytes > 0)) {
      throw new RangeError("a slice is a positive number of bytes, or null");
    }
    this.#slice = bytes;
  }

  /** The connection that gets that many further bytes of replies is reset right after them. Happens once. */
  dropAfter(bytes: number): void {
    if (!(Number.isInteger(bytes) && bytes >= 0)) {
      throw new RangeError("bytes is an integer that is not negative");
    }
    this.#limit = { bytes };
  }

  /** New connections are reset at once, or served again. */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /**
   * The command is answered with this error line (without the leading dash) in place of being run, so many times;
   * null lets it run again.
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

  /** Resets all connections and stops listening, as if the process was killed. All that it knew is lost. */
  kill(): Promise<void> {
    return this.#target.kill();
  }

  /** Starts again after {@link kill} or SHUTDOWN: at the same address, with the same id and the same peers, and without jobs. */
  restart(): Promise<void> {
    return this.#target.restart();
  }

  /** @internal The error line that a command is to be answered with now, which counts as one time; null to run it. */
  takeAnswer(command: string): string | null {
    const answer = this.#answers.get(command);
    if (answer === undefined || answer.times < 1) return null;
    answer.times--;
    return answer.line;
  }

  /** @internal Gives the limit to the connection that has reached it. */
  takeByteLimit(): void {
    this.#limit = null;
  }
}
