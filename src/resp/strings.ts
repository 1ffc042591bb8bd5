import { View } from "./view.ts";

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const ZERO = 48;
const NINE = 57;
/** So many digits make an integer of 32 bits. */
const DIGITS = 9;

/**
 * Reads bulk strings that follow each other, which is what most arrays are made of. It does what the parser's loop does with
 * each, but with nothing else to think of, at two thirds of the cost (bench/NOTES.md); what it does not know or what is not whole
 * it leaves to that.
 */
export class StringsReader {
  /** Where the strings that were read last end. */
  end = 0;

  /**
   * The strings from `start` on, `bytes` being those of `memory` from `offset` on; or nothing if they are not all there before
   * `length`.
   */
  read(
    bytes: Uint8Array,
    memory: ArrayBufferLike,
    offset: number,
    start: number,
    length: number,
    count: number,
    maxLength: number,
  ): Buffer[] | undefined {
    const strings = new Array<Buffer>(count);
    let at = start;
    for (let index = 0; index < count; index++) {
      if (length - at < DIGITS + 3 || bytes[at] !== DOLLAR) return undefined;
      const first = (bytes[at + 1] ?? 0) - ZERO;
      if (first < 0 || first > 9) return undefined;
      let size = first;
      let cursor = at + 2;
      let byte = bytes[cursor] ?? 0;
      // A zero that leads is for the parser to refuse.
      const last = first === 0 ? cursor : at + DIGITS;
      while (cursor < last && byte >= ZERO && byte <= NINE) {
        size = (size * 10 + byte - ZERO) | 0;
        byte = bytes[++cursor] ?? 0;
      }
      const body = cursor + 2;
      const end = body + size;
      if (byte !== CR || bytes[cursor + 1] !== LF || size > maxLength || end + 2 > length) return undefined;
      if (bytes[end] !== CR || bytes[end + 1] !== LF) return undefined;
      strings[index] = new View(memory, offset + body, size);
      at = end + 2;
    }
    this.end = at;
    return strings;
  }
}
