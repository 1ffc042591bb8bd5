import { FEW } from "./arrays.ts";
import type { ElementReader, Reply } from "./reply.ts";
import { View } from "./view.ts";

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;
const ZERO = 48;
const NINE = 57;
/** So many digits make an integer of 32 bits. */
const DIGITS = 9;
/** The bytes of the line that begins an array of these. */
const HEADER = 4;

const NOTHING = new ArrayBuffer(0);

/**
 * Reads elements that are arrays of few bulk strings, which is what most arrays hold. It does what the parser's loop does with
 * each string, but with nothing else to think of, at two thirds of the cost (bench/NOTES.md); what it does not know or what is not
 * whole it leaves to that.
 */
export class StringsReader implements ElementReader<never> {
  end = 0;
  /** How many strings `read` has just read. */
  strings = 0;
  /** The bytes that were read last, and where they are: asked for once, since that takes as long as to read some strings. */
  #bytes: Uint8Array | undefined;
  #memory: ArrayBufferLike = NOTHING;
  #offset = 0;

  read(
    bytes: Uint8Array,
    start: number,
    limit: number,
    arrays: Reply[],
    from: number,
    count: number,
    longest: number,
  ): number {
    let filled = from;
    let at = start;
    let strings = 0;
    while (filled < count && limit - at > HEADER && bytes[at] === STAR) {
      const size = (bytes[at + 1] ?? 0) - ZERO;
      if (size < 1 || size > FEW || bytes[at + 2] !== CR || bytes[at + 3] !== LF) break;
      const array = this.#array(bytes, at + HEADER, limit, size, longest);
      if (array === undefined) break;
      arrays[filled++] = array;
      strings += size;
      at = this.end;
    }
    this.end = at;
    this.strings = strings;
    return filled;
  }

  /** Lets go of the bytes. */
  forget(): void {
    this.#bytes = undefined;
    this.#memory = NOTHING;
  }

  /** So many strings from `start` on, or nothing if they are not all there before `limit`. */
  #array(
    bytes: Uint8Array,
    start: number,
    limit: number,
    count: number,
    longest: number,
  ): Buffer[] | undefined {
    if (bytes !== this.#bytes) this.#take(bytes);
    const memory = this.#memory;
    const offset = this.#offset;
    const strings = new Array<Buffer>(count);
    let at = start;
    for (let index = 0; index < count; index++) {
      if (limit - at < DIGITS + 3 || bytes[at] !== DOLLAR) return undefined;
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
      if (byte !== CR || bytes[cursor + 1] !== LF || size > longest || end + 2 > limit) return undefined;
      if (bytes[end] !== CR || bytes[end + 1] !== LF) return undefined;
      strings[index] = new View(memory, offset + body, size);
      at = end + 2;
    }
    this.end = at;
    return strings;
  }

  #take(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#memory = bytes.buffer;
    this.#offset = bytes.byteOffset;
  }
}
