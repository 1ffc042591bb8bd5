// A command is an array of bulk strings: each argument is sent with its length in bytes before it, so that nothing
// inside of one can be taken for anything else.

import { type Argument, checkCommand } from "./argument.ts";
import { View } from "./view.ts";

/** Room for the commands of a turn; if it is a busy one, its next blocks have room for more. */
const BLOCK_LENGTH = 16 * 1024;
const BUSY_BLOCK_LENGTH = 64 * 1024;
/** Bytes from this length on go to the socket as they are rather than through a block. */
const LARGE = 4 * 1024;
/** `$`, at most ten digits of a length, CRLF before the argument and after it. */
const FRAME_LENGTH = 16;
/** No character takes more bytes in UTF-8, counted as JavaScript counts them. */
const WIDEST = 3;
/** Strings that may be words are at most so long, and looked for in so many places of a command. */
const LONGEST_WORD = 24;
const PLACES = 16;
/** From so many strings of one length on they are written as one. */
const RUN = 8;

const DOLLAR = 36;
const STAR = 42;
const ZERO = 48;

/** Node's own way to write a string, which `write` comes to after many checks. Other runtimes may not have it. */
const writeUtf8: (this: Buffer, value: string, start: number) => number =
  (Reflect.get(Buffer.prototype, "utf8Write") as typeof writeUtf8 | undefined) ?? Buffer.prototype.write;

/** Where in the block a word was written last. */
interface Frame {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Collects commands as bytes, ready to be written together.
 *
 * Bytes of 4 KiB and more are not copied: they must not be changed until they are written.
 */
export class CommandEncoder {
  #block: Buffer = Buffer.alloc(0);
  /** From here on the block has not been taken yet; up to `#end` it is filled. */
  #start = 0;
  #end = 0;
  #chunks: Uint8Array[] = [];
  /** What stood in each place of the commands before. */
  #frames: Frame[] = [];

  /** Whether nothing was added since the last `take`. */
  get empty(): boolean {
    return this.#chunks.length === 0 && this.#start === this.#end;
  }

  /** Adds one command. Throws a `TypeError` or `RangeError`, and adds nothing, if an argument cannot be sent. */
  add(args: readonly Argument[]): void {
    checkCommand(args);
    this.#reserve(FRAME_LENGTH);
    this.#header(STAR, args.length);
    let place = 0;
    while (place < args.length) {
      const arg = args[place] ?? "";
      const run =
        typeof arg === "string" && args.length - place >= RUN ? runLength(args, place, arg.length) : 1;
      if (typeof arg === "object") this.#bytes(arg);
      else if (typeof arg !== "string") this.#number(arg);
      else if (run >= RUN) this.#strings(args.slice(place, place + run), arg.length);
      else if (place < PLACES && arg.length <= LONGEST_WORD) this.#word(place, arg);
      else this.#string(arg);
      place += run >= RUN ? run : 1;
    }
  }

  /** Everything added since the last call, in order. */
  take(): Uint8Array[] {
    this.#closeChunk();
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #string(value: string): void {
    const longest = value.length * WIDEST;
    const isLong = longest >= LARGE;
    const length = isLong ? Buffer.byteLength(value) : value.length;
    this.#reserve(FRAME_LENGTH + (isLong ? length : longest));
    const start = this.#end;
    this.#header(DOLLAR, length);
    const written = writeUtf8.call(this.#block, value, this.#end);
    if (written !== length) {
      // It is not ASCII: only now its length is known, which may have a digit more.
      this.#end = start;
      this.#header(DOLLAR, written);
      writeUtf8.call(this.#block, value, this.#end);
    }
    this.#end += written;
    this.#crlf();
  }

  /** Names and options stand where they stood in the command before: to copy one takes a third of the time. */
  #word(place: number, value: string): void {
    this.#reserve(FRAME_LENGTH + WIDEST * LONGEST_WORD);
    const before = this.#frames[place];
    const start = this.#end;
    if (before?.word === value) {
      const block = this.#block;
      let end = start;
      for (let at = before.start; at < before.end; at++) block[end++] = block[at] ?? 0;
      this.#end = end;
    } else {
      this.#string(value);
      if (place <= this.#frames.length) this.#frames[place] = { word: value, start, end: this.#end };
    }
  }

  /** Strings of one length, the ids of jobs most of all: joined they are written in a quarter of the time. */
  #strings(values: readonly Argument[], length: number): void {
    const text = values.join(`\r\n$${length}\r\n`);
    this.#reserve(FRAME_LENGTH + text.length * WIDEST);
    const start = this.#end;
    this.#header(DOLLAR, length);
    const written = writeUtf8.call(this.#block, text, this.#end);
    if (written === text.length) {
      this.#end += written;
      this.#crlf();
    } else {
      // Not ASCII: each has a length of its own.
      this.#end = start;
      for (const value of values) this.#string(String(value));
    }
  }

  #number(value: number | bigint): void {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1e9) {
      this.#reserve(2 * FRAME_LENGTH);
      this.#header(DOLLAR, digitsOf(value));
      this.#digits(value);
      this.#crlf();
    } else this.#string(String(value));
  }

  #bytes(value: Uint8Array): void {
    const large = value.length >= LARGE;
    this.#reserve(FRAME_LENGTH + (large ? 0 : value.length));
    this.#header(DOLLAR, value.length);
    if (large) {
      this.#closeChunk();
      this.#chunks.push(value);
    } else {
      this.#block.set(value, this.#end);
      this.#end += value.length;
    }
    this.#crlf();
  }

  #header(type: number, count: number): void {
    this.#block[this.#end++] = type;
    this.#digits(count);
    this.#crlf();
  }

  #digits(value: number): void {
    const block = this.#block;
    if (value < 10) {
      block[this.#end++] = ZERO + value;
      return;
    }
    const end = this.#end + digitsOf(value);
    let rest = value;
    for (let at = end - 1; at >= this.#end; at--) {
      block[at] = ZERO + (rest % 10);
      rest = (rest / 10) | 0;
    }
    this.#end = end;
  }

  #crlf(): void {
    this.#block[this.#end++] = 13;
    this.#block[this.#end++] = 10;
  }

  /** Makes sure that the block has room for so many bytes more. */
  #reserve(length: number): void {
    if (this.#end + length > this.#block.length) this.#nextBlock(length);
  }

  #nextBlock(length: number): void {
    this.#closeChunk();
    const usual = this.#chunks.length === 0 ? BLOCK_LENGTH : BUSY_BLOCK_LENGTH;
    this.#block = Buffer.allocUnsafeSlow(Math.max(usual, length));
    this.#start = 0;
    this.#end = 0;
    this.#frames = [];
  }

  #closeChunk(): void {
    if (this.#start === this.#end) return;
    const { buffer, byteOffset } = this.#block;
    this.#chunks.push(new View(buffer, byteOffset + this.#start, this.#end - this.#start));
    this.#start = this.#end;
  }
}

/**
 * One command as bytes.
 *
 * @example
 * socket.write(encodeCommand(["ADDJOB", "mail", Buffer.from([0, 255]), 5000]));
 */
export function encodeCommand(args: readonly Argument[]): Buffer {
  const encoder = new CommandEncoder();
  encoder.add(args);
  return Buffer.concat(encoder.take());
}

/** How many strings of that length follow each other. */
function runLength(args: readonly Argument[], start: number, length: number): number {
  let end = start + 1;
  while (end < args.length) {
    const arg = args[end];
    if (typeof arg !== "string" || arg.length !== length) break;
    end++;
  }
  return end - start;
}

/** Below 10^9. */
function digitsOf(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  let digits = 3;
  for (let bound = 1_000; value >= bound; bound *= 10) digits++;
  return digits;
}
