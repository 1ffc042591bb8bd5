import { View } from "./view.ts";

/** A buffer costs some 200 bytes besides those that it holds, which is nothing for one of that many. */
const SMALL = 1_024;
/** When so many small pieces have come in a row, they become one. */
const MOST = 128;

/**
 * The bytes of a long value as they come, in pieces, until it is whole. What they take is in proportion to what they are, and
 * no byte is copied more than twice, however they are cut.
 */
export class Pieces {
  #length = 0;
  #parts: Uint8Array[] = [];
  /** From which part on all are small. */
  #small = 0;

  /** Adds the bytes from `start` to `end`, which are not to change from now on. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const parts = this.#parts;
    parts.push(length === bytes.length ? bytes : new View(bytes.buffer, bytes.byteOffset + start, length));
    this.#length += length;
    if (length >= SMALL) this.#small = parts.length;
    else if (parts.length - this.#small === MOST) this.#compact();
  }

  /** All bytes in one buffer. */
  join(): Buffer {
    return join(this.#parts, this.#length);
  }

  #compact(): void {
    const small = this.#parts.splice(this.#small);
    const length = small.reduce((sum, part) => sum + part.length, 0);
    this.#parts.push(join(small, length));
    this.#small = this.#parts.length;
  }
}

function join(parts: readonly Uint8Array[], length: number): Buffer {
  const joined = Buffer.allocUnsafe(length);
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}
