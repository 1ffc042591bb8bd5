import type { Socket } from "node:net";
import type { ByteLimit, Faults } from "./faults.ts";
import { setImmediate } from "./timers.ts";

/** Writes the replies to one socket: at once and together, or as the faults want it. */
export class Outlet {
  readonly #socket: Socket;
  readonly #faults: Faults;
  readonly #reset: () => void;
  /** Slices that wait for their turn. */
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

  /** Bytes of replies that the other side has left no room for. */
  get unsent(): number {
    return this.#slices.reduce((sum, slice) => sum + slice.length, this.#socket.writableLength);
  }

  /** Text is latin1. */
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

  /** Closes when all is written. */
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
    const allowed = this.#allowedOf(slice.length);
    this.#writing = true;
    this.#socket.write(slice.subarray(0, allowed), () => {
      afterReading(() => {
        this.#writing = false;
        if (allowed < slice.length || this.#reached()) this.#cut();
        else this.#writeSlices();
      });
    });
  }

  /** How many of so many bytes may still be written. */
  #allowedOf(length: number): number {
    const limit = this.#faults.byteLimit;
    if (limit === null) return length;
    if (limit !== this.#limit) this.#sinceLimit = 0;
    this.#limit = limit;
    const allowed = Math.min(length, limit.bytes - this.#sinceLimit);
    this.#sinceLimit += allowed;
    return allowed;
  }

  #reached(): boolean {
    return (
      this.#limit !== null && this.#limit === this.#faults.byteLimit && this.#sinceLimit >= this.#limit.bytes
    );
  }

  #cut(): void {
    this.#slices = [];
    if (this.#socket.destroyed) return;
    this.#faults.takeByteLimit();
    this.#reset();
  }
}

/**
 * Calls back when another socket of this process has read what was written: sockets are read between two turns of
 * setImmediate. Else two writes arrive as one, and a reset that arrives with data looks like a normal end.
 */
function afterReading(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
