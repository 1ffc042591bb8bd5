/**
 * How many bytes are decoded at once. A slice keeps all of its text alive, so this is also what a short string that is
 * held for long may cost.
 */
const WINDOW = 4_096;

/** Node's own way to read them, which `toString` comes to after checks. Other runtimes may not have it. */
const latin1Slice: (this: Buffer, start: number, end: number) => string =
  (Reflect.get(Buffer.prototype, "latin1Slice") as typeof latin1Slice | undefined) ??
  function (this: Buffer, start, end) {
    return this.toString("latin1", start, end);
  };

/**
 * Short ASCII strings that are asked for from front to back: to decode a stretch once and slice it is several times cheaper
 * than to decode each of them (bench/NOTES.md).
 */
export class AsciiReader {
  #bytes: Buffer | undefined;
  #from = 0;
  #to = 0;
  #text = "";

  /** The text of `bytes` from `start` to `end`, one character a byte. */
  slice(bytes: Buffer, start: number, end: number): string {
    if (bytes !== this.#bytes || start < this.#from || end > this.#to) this.#decode(bytes, start, end);
    return this.#text.slice(start - this.#from, end - this.#from);
  }

  #decode(bytes: Buffer, start: number, end: number): void {
    // What is asked for first, or out of order, may be all that is asked for.
    const goesOn = bytes === this.#bytes && start >= this.#to && start - this.#to < WINDOW;
    const to = goesOn ? Math.max(end, Math.min(start + WINDOW, bytes.length)) : end;
    this.#text = latin1Slice.call(bytes, start, to);
    this.#bytes = bytes;
    this.#from = start;
    this.#to = to;
  }
}

/** Where the printable ASCII characters from `start` on end. With `words`, a view of the same bytes, eight of them at a time. */
export function endOfText(bytes: Buffer, words: DataView | undefined, start: number): number {
  const { length } = bytes;
  let at = start;
  if (words !== undefined) {
    while (at <= length - 8 && arePlain(words.getInt32(at, true), words.getInt32(at + 4, true))) at += 8;
  }
  while (at < length && isPlain(bytes[at] ?? 0)) at++;
  return at;
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80;
}

/** Whether all bytes of two words are: then none has its highest bit set, nor borrows it when 0x20 is taken away. */
function arePlain(one: number, other: number): boolean {
  return (((one - 0x20202020) | one | (other - 0x20202020) | other) & 0x80808080) === 0;
}
