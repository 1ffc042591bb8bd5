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
/** Strings of so many characters, names and options most of all, are written faster one by one than by a call. */
const SHORT = 16;
/**
 * From so many strings of one length on they are written as one, unless they are longer than that: as many as a command may
 * have would else be more than a string can hold.
 */
const RUN = 8;
const LONGEST_OF_RUN = 128;

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;
const ZERO = 48;

/** Node's own way to write a string, which `write` comes to after many checks. Other runtimes may not have it. */
const writeUtf8: (this: Buffer, value: string, start: number) => number =
  (Reflect.get(Buffer.prototype, "utf8Write") as typeof writeUtf8 | undefined) ?? Buffer.prototype.write;

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

  /** Whether nothing was added since the last `take`. */
  get empty(): boolean {
    return this.#chunks.length === 0 && this.#start === this.#end;
  }

  /** Adds one command. Throws a `TypeError` or `RangeError`, and adds nothing, if an argument cannot be sent. */
  add(args: readonly Argument[]): void {
    const run = checkCommand(args);
    const last = args[run];
    const joins = args.length - run >= RUN && typeof last === "string" && last.length <= LONGEST_OF_RUN;
    const single = joins ? run : args.length;
    this.#reserve(FRAME_LENGTH);
    this.#end = writeHeader(this.#block, this.#end, STAR, args.length);
    for (let place = 0; place < single; place++) {
      const arg = args[place] ?? "";
      if (typeof arg === "string") this.#string(arg);
      else if (typeof arg === "object") this.#bytes(arg);
      else this.#number(arg);
    }
    if (joins) this.#strings(args.slice(run), last.length);
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
    this.#end = writeString(this.#block, this.#end, value, length);
  }

  /** Strings of one length, the ids of jobs most of all: joined they are written in a quarter of the time. */
  #strings(values: readonly Argument[], length: number): void {
    const text = values.join(`\r\n$${length}\r\n`);
    // With room for one character more, what is cut off for want of room is longer than what is ASCII.
    this.#reserve(FRAME_LENGTH + text.length + WIDEST);
    const start = writeHeader(this.#block, this.#end, DOLLAR, length);
    const written = writeUtf8.call(this.#block, text, start);
    if (written === text.length) this.#end = writeCrlf(this.#block, start + written);
    // Not ASCII: each has a length of its own.
    else for (const value of values) this.#string(String(value));
  }

  #number(value: number | bigint): void {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1e9) {
      this.#reserve(2 * FRAME_LENGTH);
      const block = this.#block;
      const end = writeHeader(block, this.#end, DOLLAR, digitsOf(value));
      this.#end = writeCrlf(block, writeDigits(block, end, value));
    } else this.#string(String(value));
  }

  #bytes(value: Uint8Array): void {
    const large = value.length >= LARGE;
    this.#reserve(FRAME_LENGTH + (large ? 0 : value.length));
    this.#end = writeHeader(this.#block, this.#end, DOLLAR, value.length);
    if (large) {
      this.#closeChunk();
      this.#chunks.push(value);
    } else {
      this.#block.set(value, this.#end);
      this.#end += value.length;
    }
    this.#end = writeCrlf(this.#block, this.#end);
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

// Each of these writes to `block` from `at` on, and gives where that ends. They know nothing of the encoder, whose fields would
// have to be looked up for each byte (bench/NOTES.md).

function writeHeader(block: Buffer, at: number, type: number, count: number): number {
  block[at] = type;
  return writeCrlf(block, writeDigits(block, at + 1, count));
}

/** `length`: how many bytes it has, or would have if all of it is ASCII. */
function writeString(block: Buffer, at: number, value: string, length: number): number {
  const start = writeHeader(block, at, DOLLAR, length);
  const isShort = value.length <= SHORT;
  const written = isShort ? writeAscii(block, start, value) : writeUtf8.call(block, value, start);
  if (written === length) return writeCrlf(block, start + length);
  // It is not ASCII: only now its length is known, which may have a digit more.
  const bytes = isShort ? Buffer.byteLength(value) : written;
  const end = writeHeader(block, at, DOLLAR, bytes);
  writeUtf8.call(block, value, end);
  return writeCrlf(block, end + bytes);
}

/** Gives how many characters it wrote: those before the first that is not ASCII. */
function writeAscii(block: Buffer, at: number, value: string): number {
  const { length } = value;
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index);
    if (code > 127) return index;
    block[at + index] = code;
  }
  return length;
}

function writeDigits(block: Buffer, at: number, value: number): number {
  if (value < 10) {
    block[at] = ZERO + value;
    return at + 1;
  }
  const end = at + digitsOf(value);
  let rest = value;
  for (let place = end - 1; place >= at; place--) {
    block[place] = ZERO + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return end;
}

function writeCrlf(block: Buffer, at: number): number {
  block[at] = CR;
  block[at + 1] = LF;
  return at + 2;
}

/** Below 10^9. */
function digitsOf(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  let digits = 3;
  for (let bound = 1_000; value >= bound; bound *= 10) digits++;
  return digits;
}
