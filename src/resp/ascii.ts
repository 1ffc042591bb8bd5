import { bufferOf } from "./view.ts";

/** How many bytes are decoded at once at first. */
const WINDOW = 1_024;

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
  readonly #most: number;
  /** How many bytes are decoded next: the more, the longer it goes from front to back. */
  #window = WINDOW;
  #bytes: Uint8Array | undefined;
  #from = 0;
  #to = 0;
  #text = "";

  /**
   * `most`: how many bytes are decoded at once at most. A slice keeps all of its text alive, so this is also what a short string
   * that is held for long may cost.
   */
  constructor(most: number) {
    this.#most = most;
  }

  /** The text of `bytes` from `start` to `end`, one character a byte. Up to `limit` they do not change any more. */
  slice(bytes: Uint8Array, start: number, end: number, limit: number): string {
    if (bytes !== this.#bytes || start < this.#from || end > this.#to) this.#decode(bytes, start, end, limit);
    return this.#text.slice(start - this.#from, end - this.#from);
  }

  #decode(bytes: Uint8Array, start: number, end: number, limit: number): void {
    // What is asked for first, or out of order, may be all that is asked for.
    const isSame = bytes === this.#bytes;
    const goesOn = isSame && start >= this.#from && start - this.#to < this.#window;
    const to = goesOn ? Math.max(end, Math.min(start + this.#window, limit)) : end;
    if (goesOn) this.#window = Math.min(2 * this.#window, this.#most);
    else if (isSame) this.#window = WINDOW;
    this.#text = latin1Slice.call(bufferOf(bytes), start, to);
    this.#bytes = bytes;
    this.#from = start;
    this.#to = to;
  }
}
