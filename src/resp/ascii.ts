import { bufferOf } from "./view.ts";

/**
 * How many bytes are decoded at once. A slice keeps all of its text alive, so this is also what a short string that is
 * held for long may cost.
 */
export const WINDOW = 4_096;

const HIGHEST_BITS = 0x80808080;

/** Node's own way to read them, which `toString` comes to after checks. Other runtimes may not have it. */
export const latin1Slice: (this: Buffer, start: number, end: number) => string =
  (Reflect.get(Buffer.prototype, "latin1Slice") as typeof latin1Slice | undefined) ??
  function (this: Buffer, start, end) {
    return this.toString("latin1", start, end);
  };

/**
 * Short ASCII strings that are asked for from front to back: to decode a stretch once and slice it is several times cheaper
 * than to decode each of them (bench/NOTES.md).
 */
export class AsciiReader {
  #bytes: Uint8Array | undefined;
  #from = 0;
  #to = 0;
  #text = "";

  /** The text of `bytes` from `start` to `end`, one character a byte. Up to `limit` they do not change any more. */
  slice(bytes: Uint8Array, start: number, end: number, limit: number): string {
    if (bytes !== this.#bytes || start < this.#from || end > this.#to) this.#decode(bytes, start, end, limit);
    return this.#text.slice(start - this.#from, end - this.#from);
  }

  #decode(bytes: Uint8Array, start: number, end: number, limit: number): void {
    // What is asked for first, or out of order, may be all that is asked for.
    const goesOn = bytes === this.#bytes && start >= this.#to && start - this.#to < WINDOW;
    const to = goesOn ? Math.max(end, Math.min(start + WINDOW, limit)) : end;
    this.#text = latin1Slice.call(bufferOf(bytes), start, to);
    this.#bytes = bytes;
    this.#from = start;
    this.#to = to;
  }
}

/** Where the printable ASCII characters from `start` on end. With `words`, a view of the same bytes, eight of them at a time. */
export function endOfText(
  bytes: Uint8Array,
  words: DataView | undefined,
  start: number,
  length: number,
): number {
  let at = start;
  if (words !== undefined) {
    while (at <= length - 8 && (oddBitsAt(words, at) & HIGHEST_BITS) === 0) at += 8;
  }
  while (at < length && isPlain(bytes[at] ?? 0)) at++;
  return at;
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80;
}

/** Whether all characters from `start` to `end`, eight of them or more, are printable ASCII. */
export function isText(words: DataView, start: number, end: number): boolean {
  const last = end - 8;
  let odd = oddBitsAt(words, last);
  let at = start;
  for (; at < last - 8; at += 16) odd |= oddBitsAt(words, at) | oddBitsAt(words, at + 8);
  if (at < last) odd |= oddBitsAt(words, at);
  return (odd & HIGHEST_BITS) === 0;
}

/** Where eight bytes are all printable, none has its highest bit set, nor borrows it when 0x20 is taken away. */
function oddBitsAt(words: DataView, at: number): number {
  const one = words.getInt32(at, true);
  const other = words.getInt32(at + 4, true);
  return (one - 0x20202020) | one | (other - 0x20202020) | other;
}
