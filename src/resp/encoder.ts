// A command is an array of bulk strings. Each argument is preceded by its length in bytes, so the content of an argument cannot
// be mistaken for anything else.

import { isUint8Array } from "node:util/types";
import type { Argument } from "./types.ts";

/** The server closes the connection if a command exceeds either of these limits (networking.c, processMultibulkBuffer). */
const MAX_ARGUMENTS = 1_048_576;
const MAX_ARGUMENT_LENGTH = 512 * 1024 * 1024;
/** Byte arrays of up to this length are copied when they are added. Longer ones are not read until they are written. */
const MAX_COPIED_LENGTH = 4_096;

/** Sizes of the blocks of one batch. The first is small, so that a connection with one command at a time needs little memory. */
const BLOCK_LENGTHS = [1_024, 16_384, 65_536] as const;
/** Upper bound on the framing of an argument: `$`, at most ten digits, CRLF, and the CRLF that follows the argument. */
const FRAME_LENGTH = 16;
/** A UTF-16 code unit takes at most this many bytes in UTF-8. */
const MAX_UTF8_WIDTH = 3;
/** For strings up to this length, mostly names and options, writing one character at a time is faster. */
const SHORT_STRING = 16;

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;
const ZERO = 48;
const LONE_SURROGATE = /[\ud800-\udfff]/u;
const NOTHING = Buffer.alloc(0);

/** The faster method that `Buffer.prototype.write` calls after it has checked its arguments. Other runtimes may not have it. */
const writeUtf8: (this: Buffer, value: string, start: number) => number =
  (Reflect.get(Buffer.prototype, "utf8Write") as typeof writeUtf8 | undefined) ?? Buffer.prototype.write;

/**
 * Collects commands as bytes that are written together.
 *
 * `Uint8Array`s of more than 4 KiB are not copied: they must not be changed until the command has been sent.
 */
export class CommandEncoder {
  #block: Buffer = NOTHING;
  /** The block is filled up to `#end`; the part before `#start` already belongs to chunks. */
  #start = 0;
  #end = 0;
  #chunks: Uint8Array[] = [];
  /** How many of the added bytes are not in the current block. */
  #before = 0;

  /** How many bytes have been added so far, including those that `take` has returned. */
  get length(): number {
    return this.#before + this.#end;
  }

  /** Adds one command. Throws a `TypeError` or `RangeError`, and adds nothing, if an argument cannot be sent. */
  add(args: readonly Argument[]): void {
    if (args.length === 0) throw new TypeError("a command needs at least its name");
    if (args.length > MAX_ARGUMENTS) {
      throw new RangeError(`a command can have at most ${MAX_ARGUMENTS} arguments, not ${args.length}`);
    }
    const block = this.#block;
    const start = this.#start;
    const end = this.#end;
    const before = this.#before;
    const chunks = this.#chunks.length;
    try {
      this.#reserve(FRAME_LENGTH);
      this.#end = writeHeader(this.#block, this.#end, STAR, args.length);
      for (let index = 0; index < args.length; index++) this.#add(args[index], index);
    } catch (error) {
      this.#block = block;
      this.#start = start;
      this.#end = end;
      this.#before = before;
      this.#chunks.length = chunks;
      throw error;
    }
  }

  /** Returns everything added since the last call, in order. A chunk other than a `Buffer` is a view of the caller's memory. */
  take(): Uint8Array[] {
    this.#closeChunk();
    const chunks = this.#chunks;
    this.#chunks = [];
    // A connection that sends one small command at a time, such as one that waits for jobs, keeps no block between commands.
    if (this.#block.length <= BLOCK_LENGTHS[0]) this.#begin(NOTHING);
    return chunks;
  }

  #add(arg: unknown, index: number): void {
    if (typeof arg === "string") this.#string(arg, index);
    else if (typeof arg === "number") {
      if (!Number.isFinite(arg)) {
        throw new RangeError(`argument ${index} of a command must be finite, not ${arg}`);
      }
      this.#string(String(arg), index);
    } else if (typeof arg === "bigint") this.#string(String(arg), index);
    else if (isUint8Array(arg)) this.#bytes(arg, index);
    else throw new TypeError(`argument ${index} of a command must be a string, bytes, a number or a bigint`);
  }

  #string(value: string, index: number): void {
    const { length } = value;
    // For a long string, reserve the exact number of bytes instead of the maximum.
    const isLong = length > MAX_COPIED_LENGTH;
    const bytes = isLong ? Buffer.byteLength(value) : length;
    if (bytes > MAX_ARGUMENT_LENGTH) throw tooLong(index);
    this.#reserve(FRAME_LENGTH + (isLong ? bytes : length * MAX_UTF8_WIDTH));
    const block = this.#block;
    const start = writeHeader(block, this.#end, DOLLAR, bytes);
    const written =
      length <= SHORT_STRING ? writeAscii(block, start, value) : writeUtf8.call(block, value, start);
    if (written === length) this.#end = writeCrlf(block, start + written);
    else this.#wideString(value, index);
  }

  /** Writes a string that is not ASCII, with its length in bytes. Overwrites what `#string` has written for it. */
  #wideString(value: string, index: number): void {
    if (LONE_SURROGATE.test(value)) {
      throw new TypeError(`argument ${index} of a command has a lone surrogate, which UTF-8 cannot hold`);
    }
    const block = this.#block;
    const start = writeHeader(block, this.#end, DOLLAR, Buffer.byteLength(value));
    this.#end = writeCrlf(block, start + writeUtf8.call(block, value, start));
  }

  #bytes(value: Uint8Array, index: number): void {
    const { length } = value;
    if (length > MAX_ARGUMENT_LENGTH) throw tooLong(index);
    const isCopied = length <= MAX_COPIED_LENGTH;
    this.#reserve(FRAME_LENGTH + (isCopied ? length : 0));
    this.#end = writeHeader(this.#block, this.#end, DOLLAR, length);
    if (isCopied) {
      this.#block.set(value, this.#end);
      this.#end += length;
    } else {
      this.#closeChunk();
      // A view of fixed length: it does not grow with its memory, and it becomes empty if the memory shrinks below its end.
      this.#chunks.push(new Uint8Array(value.buffer, value.byteOffset, length));
      this.#before += length;
    }
    this.#end = writeCrlf(this.#block, this.#end);
  }

  /** Makes sure that the block has room for this many more bytes. */
  #reserve(length: number): void {
    if (this.#end + length <= this.#block.length) return;
    this.#closeChunk();
    const usual = BLOCK_LENGTHS[Math.min(this.#chunks.length, BLOCK_LENGTHS.length - 1)] ?? 0;
    this.#begin(Buffer.allocUnsafe(Math.max(usual, length)));
  }

  #begin(block: Buffer): void {
    this.#before += this.#end;
    this.#block = block;
    this.#start = 0;
    this.#end = 0;
  }

  #closeChunk(): void {
    if (this.#start === this.#end) return;
    this.#chunks.push(this.#block.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

/**
 * Encodes one command as bytes.
 *
 * @example
 * socket.write(encodeCommand(["ADDJOB", "mail", Buffer.from([0, 255]), 5000]));
 */
export function encodeCommand(args: readonly Argument[]): Buffer {
  const encoder = new CommandEncoder();
  encoder.add(args);
  return Buffer.concat(encoder.take());
}

function tooLong(index: number): RangeError {
  return new RangeError(`argument ${index} of a command is longer than 512 MB`);
}

// `writeHeader` and `writeCrlf` write to `block` from `at` on, and return the position after the last byte written.

function writeHeader(block: Buffer, at: number, type: number, count: number): number {
  block[at] = type;
  const digitsEnd = at + 1 + digitsOf(count);
  let rest = count;
  for (let place = digitsEnd - 1; place > at; place--) {
    block[place] = ZERO + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return writeCrlf(block, digitsEnd);
}

/** Writes characters up to the first one that is not ASCII, and returns how many it wrote. */
function writeAscii(block: Buffer, at: number, value: string): number {
  const { length } = value;
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index);
    if (code > 127) return index;
    block[at + index] = code;
  }
  return length;
}

function writeCrlf(block: Buffer, at: number): number {
  block[at] = CR;
  block[at + 1] = LF;
  return at + 2;
}

/** The number of decimal digits of a number below 10^9. */
function digitsOf(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  let digits = 3;
  for (let bound = 1_000; value >= bound; bound *= 10) digits++;
  return digits;
}
