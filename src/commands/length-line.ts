const DOLLAR = 36;
const ZERO = 48;
const CRLF = 0x0d0a;

/** So many digits make an integer of 32 bits. */
const DIGITS = 9;
/** Of so many, the first and the last four bytes of the line are all of it. */
const FEW = 5;
/** The size of a line that is nowhere. */
const NONE = 0x40000000;

/**
 * Reads `$`, the length of a bulk string, and CRLF. Jobs in a row often have the same, and that takes less to see than to read it
 * anew (bench/NOTES.md).
 */
export class LengthLine {
  /** The length that was read last. */
  length = 0;
  /** How many bytes its line has, if it is known again by the first and the last four of them, and these. */
  #size = NONE;
  #first = 0;
  #last = 0;

  /** Where the line ends that begins at `start`; 0 if there is none that is whole before `limit`. */
  endAt(words: DataView, start: number, limit: number): number {
    const end = start + this.#size;
    if (end <= limit && words.getInt32(start) === this.#first && words.getInt32(end - 4) === this.#last) {
      return end;
    }
    return this.#read(words, start, limit);
  }

  #read(words: DataView, start: number, limit: number): number {
    if (words.getUint8(start) !== DOLLAR) return 0;
    const last = Math.min(start + 1 + DIGITS, limit - 2);
    let length = 0;
    let at = start + 1;
    while (at < last) {
      const digit = words.getUint8(at) - ZERO;
      // A zero that leads is for the parser to refuse.
      if (digit < 0 || digit > 9 || (length === 0 && at > start + 1)) break;
      length = length * 10 + digit;
      at++;
    }
    const digits = at - start - 1;
    if (digits < 1 || at + 2 > limit || words.getInt16(at) !== CRLF) return 0;
    const end = at + 2;
    this.length = length;
    this.#size = digits <= FEW ? end - start : NONE;
    this.#first = words.getInt32(start);
    this.#last = words.getInt32(end - 4);
    return end;
  }
}
