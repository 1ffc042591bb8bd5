/**
 * How many bytes are decoded at once. A slice keeps all of its text alive, so this is also what a short string that is
 * held for long may cost.
 */
const WINDOW = 4_096;

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
    this.#text = bytes.toString("latin1", start, to);
    this.#bytes = bytes;
    this.#from = start;
    this.#to = to;
  }
}

/** Whether it is a printable ASCII character. */
export function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80;
}

/** Whether all four bytes of a word are: then none has its highest bit set, nor borrows it when 0x20 is taken away. */
export function arePlain(word: number): boolean {
  return (((word - 0x20202020) | word) & 0x80808080) === 0;
}
