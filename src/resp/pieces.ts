import { View } from "./view.ts";

/** A buffer costs some 200 bytes besides those that it holds, which is nothing for one of that many. */
const SMALL = 1_024;
/** When so many small pieces have come in a row, they become one. */
const MOST = 128;
/** So few bytes are copied faster one by one than by a call. */
const FEW = 32;

/**
 * The bytes of a value as they come, in pieces, until it is whole. What they take is in proportion to what they are, and no
 * byte is copied more than twice, however they are cut.
 */
export class Pieces {
  /** How many bytes there are. */
  length = 0;
  #parts: Buffer[] = [];
  /** Where in the first part they begin: that costs less than a view of the rest. */
  #start = 0;
  /** From which part on all are small. */
  #small = 0;

  /** Adds the bytes from `start` to `end`, which are not to change from now on. */
  add(bytes: Buffer, start: number, end: number): void {
    const parts = this.#parts;
    const length = end - start;
    this.length += length;
    if (parts.length === 0 && end === bytes.length) {
      this.#start = start;
      parts.push(bytes);
    } else if (length === bytes.length) parts.push(bytes);
    else parts.push(new View(bytes.buffer, bytes.byteOffset + start, length));
    if (length >= SMALL) this.#small = parts.length;
    else if (parts.length - this.#small === MOST) this.#compact();
  }

  /** All bytes in one buffer, and forgets them. */
  take(): Buffer {
    const joined = join(this.#parts, this.#start, this.length);
    this.clear();
    return joined;
  }

  clear(): void {
    this.length = 0;
    this.#parts = [];
    this.#start = 0;
    this.#small = 0;
  }

  #compact(): void {
    const small = this.#parts.splice(this.#small);
    let start = 0;
    if (this.#small === 0) {
      start = this.#start;
      this.#start = 0;
    }
    const length = small.reduce((sum, part) => sum + part.length, -start);
    this.#parts.push(join(small, start, length));
    this.#small = this.#parts.length;
  }
}

/** The parts in one buffer of that length, but for the bytes of the first that are before `start`. */
function join(parts: readonly Buffer[], start: number, length: number): Buffer {
  const joined = Buffer.allocUnsafe(length);
  let end = 0;
  let from = start;
  for (const part of parts) {
    if (part.length - from < FEW) for (; from < part.length; from++) joined[end++] = part[from] ?? 0;
    else end += part.copy(joined, end, from);
    from = 0;
  }
  return joined;
}
