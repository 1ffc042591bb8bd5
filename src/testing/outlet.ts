import type { Socket } from "node:net";
import type { ByteLimit, Faults } from "./faults.ts";
import { setImmediate } from "./timers.ts";

/** Writes replies to one socket, either whole or, if faults require it, sliced and cut off. */
export class Outlet {
  readonly #socket: Socket;
  readonly #faults: Faults;
  readonly #reset: () => void;
  /** Slices waiting to be written. */
  #slices: Buffer[] = [];
  #writing = false;
  #ending = false;
  #limit: ByteLimit | null = null;
  #sinceLimit = 0;

  constructor(socket: Socket, faults: Faults, reset: () => void) {
    this.#socket = socket;
    this.#faults = faults;
    this.#reset = reset;
  }

  /** Bytes of replies that the operating system has not accepted yet, for example because the client does not read. */
  get unsent(): number {
    return this.#slices.reduce((sum, slice) => sum + slice.length, this.#socket.writableLength);
  }

  /** A string holds one latin1 character for each byte. */
  write(replies: string | readonly Buffer[]): void {
    const size = this.#faults.sliceSize;
    const whole = size === null && this.#slices.length === 0 && this.#faults.byteLimit === null;
    if (whole && typeof replies === "string") {
      this.#socket.write(replies, "latin1");
      return;
    }
    const chunks = typeof replies === "string" ? [Buffer.from(replies, "latin1")] : replies;
    if (whole) {
      this.#socket.cork();
      for (const chunk of chunks) this.#socket.write(chunk);
      this.#socket.uncork();
      return;
    }
    const bytes = Buffer.concat(chunks);
    for (let at = 0; at < bytes.length; at += size ?? bytes.length) {
      this.#slices.push(bytes.subarray(at, at + (size ?? bytes.length)));
    }
    this.#writeSlices();
  }

  /** Closes the connection when everything has been written. */
  end(): void {
    this.#ending = true;
    if (this.#slices.length === 0 && !this.#writing) this.#socket.destroySoon();
  }

  #writeSlices(): void {
    if (this.#writing || this.#socket.destroyed) return;
    const slice = this.#slices.shift();
    if (slice === undefined) {
      if (this.#ending) this.#socket.destroySoon();
      return;
    }
    const allowed = this.#takeAllowance(slice.length);
    this.#writing = true;
    this.#socket.write(slice.subarray(0, allowed), () => {
      afterReading(() => {
        this.#writing = false;
        if (allowed < slice.length || this.#limitReached()) this.#cutOff();
        else this.#writeSlices();
      });
    });
  }

  /** Returns how many of `length` bytes the byte limit allows to be written, and counts them as written. */
  #takeAllowance(length: number): number {
    const limit = this.#faults.byteLimit;
    if (limit === null) return length;
    if (limit !== this.#limit) this.#sinceLimit = 0;
    this.#limit = limit;
    const allowed = Math.min(length, limit.bytes - this.#sinceLimit);
    this.#sinceLimit += allowed;
    return allowed;
  }

  #limitReached(): boolean {
    return (
      this.#limit !== null && this.#limit === this.#faults.byteLimit && this.#sinceLimit >= this.#limit.bytes
    );
  }

  #cutOff(): void {
    this.#slices = [];
    if (this.#socket.destroyed) return;
    this.#faults.takeByteLimit();
    this.#reset();
  }
}

/**
 * Calls `callback` once other sockets of this process have had time to read what was written: sockets are read between two
 * turns of setImmediate. Otherwise two writes would arrive as one, and a reset arriving with data would look like a normal end.
 */
function afterReading(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
