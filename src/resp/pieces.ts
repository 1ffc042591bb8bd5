import { View } from "./view.ts";

/** A buffer costs some 200 bytes besides those that it holds, which is nothing for one of that many. */
const SMALL = 1_024;
/** When so many small pieces have come in a row, they become one. */
const MOST = 128;
/**
 * A value of so many bytes at most has its memory before its bytes come, which are copied while they are at hand. A small one is
 * held as it comes: with its rest comes the next (parser.ts).
 */
const AHEAD = 1024 * 1024;
/** So few bytes are copied faster one by one than by a call. */
const FEW = 32;

/**
 * The bytes of a value as they come, in pieces, until it is whole. What they take is in proportion to what they are, and no
 * byte is copied more than twice, however they are cut.
 */
export class Pieces {
  /** How many bytes there are. */
  length = 0;
  /** What has room for all of them, if it is known how many there will be and they are not too many. */
  #whole: Buffer | undefined;
  #parts: Buffer[] = [];
  /** Where in the first part they begin: that costs less than a view of the rest. */
  #start = 0;
  /** From which part on all are small. */
  #small = 0;

  /** Says how many bytes there will be, before the first of them. */
  expect(length: number): void {
    if (length >= SMALL && length <= AHEAD) this.#whole = Buffer.allocUnsafe(length);
  }

  /** Whether the bytes are held as they came, so that more of them may follow than were expected. */
  get loose(): boolean {
    return this.#whole === undefined;
  }

  /** Adds the bytes from `start` to `end`, which are not to change from now on. */
  add(bytes: Buffer, start: number, end: number): void {
    if (this.#whole === undefined) this.#hold(bytes, start, end);
    else copy(bytes, start, end, this.#whole, this.length);
    this.length += end - start;
  }

  /** All bytes in one buffer, and forgets them. */
  take(): Buffer {
    const taken = this.#whole ?? join(this.#parts, this.#start, this.length);
    this.clear();
    return taken;
  }

  clear(): void {
    this.length = 0;
    this.#whole = undefined;
    this.#parts = [];
    this.#start = 0;
    this.#small = 0;
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    const parts = this.#parts;
    const length = end - start;
    if (parts.length === 0 && end === bytes.length) {
      this.#start = start;
      parts.push(bytes);
    } else if (length === bytes.length) parts.push(bytes);
    else parts.push(new View(bytes.buffer, bytes.byteOffset + start, length));
    if (length >= SMALL) this.#small = parts.length;
    else if (parts.length - this.#small === MOST) this.#compact();
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
    copy(part, from, part.length, joined, end);
    end += part.length - from;
    from = 0;
  }
  return joined;
}

function copy(bytes: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start >= FEW) bytes.copy(target, at, start, end);
  else for (let from = start, to = at; from < end; from++) target[to++] = bytes[from] ?? 0;
}
