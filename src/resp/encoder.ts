// A command is an array of bulk strings: each argument is sent with its length in bytes before it, so that nothing
// inside of one can be taken for anything else.

import { isUint8Array } from "node:util/types";

/** What a command can be made of. Strings are sent as UTF-8, numbers and bigints in decimal. */
export type Argument = string | Uint8Array | number | bigint;

/** Room for the commands of a busy turn; a longer batch takes several of these. */
const BLOCK_LENGTH = 16 * 1024;
/** Beyond these two, a server closes the connection, with all that is under way on it (networking.c of Disque). */
const MOST_ARGUMENTS = 1_048_576;
const LONGEST_ARGUMENT = 512 * 1024 * 1024;
/** Bytes from this length on go to the socket as they are rather than through a block. */
const LARGE = 4 * 1024;
/** `$`, at most ten digits of a length, CRLF before the argument and after it. */
const FRAME_LENGTH = 16;

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

  get empty(): boolean {
    return this.#chunks.length === 0 && this.#start === this.#end;
  }

  /** Adds one command. Throws a `TypeError` or `RangeError`, and adds nothing, if an argument cannot be sent. */
  add(args: readonly Argument[]): void {
    checkCommand(args);
    this.#reserve(FRAME_LENGTH);
    this.#header(0x2a, args.length); // *
    for (const arg of args) {
      if (typeof arg === "string") this.#string(arg);
      else if (typeof arg === "object") this.#bytes(arg);
      else this.#string(String(arg));
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
    const length = Buffer.byteLength(value);
    this.#reserve(FRAME_LENGTH + length);
    this.#header(0x24, length); // $
    this.#end += this.#block.write(value, this.#end);
    this.#crlf();
  }

  #bytes(value: Uint8Array): void {
    const large = value.length >= LARGE;
    this.#reserve(FRAME_LENGTH + (large ? 0 : value.length));
    this.#header(0x24, value.length); // $
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
    if (count < 10) this.#block[this.#end++] = 48 + count;
    else this.#end += this.#block.write(String(count), this.#end, "latin1");
    this.#crlf();
  }

  #crlf(): void {
    this.#block[this.#end++] = 13;
    this.#block[this.#end++] = 10;
  }

  /** Makes sure that the block has room for so many bytes more. */
  #reserve(length: number): void {
    if (this.#end + length <= this.#block.length) return;
    this.#closeChunk();
    this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_LENGTH, length));
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

function checkCommand(args: readonly Argument[]): void {
  if (args.length === 0) throw new TypeError("a command needs at least its name");
  if (args.length > MOST_ARGUMENTS) {
    throw new RangeError(`a command can have at most ${MOST_ARGUMENTS} arguments, not ${args.length}`);
  }
  for (let index = 0; index < args.length; index++) {
    const arg: unknown = args[index];
    if (typeof arg === "bigint") continue;
    if (typeof arg === "string" || isUint8Array(arg)) {
      if (isTooLong(arg)) throw new RangeError(`argument ${index} of a command is longer than 512 MB`);
      continue;
    }
    if (typeof arg !== "number") {
      throw new TypeError(`argument ${index} of a command must be a string, bytes, a number or a bigint`);
    }
    if (!Number.isFinite(arg))
      throw new RangeError(`argument ${index} of a command must be finite, not ${arg}`);
  }
}

function isTooLong(arg: string | Uint8Array): boolean {
  if (typeof arg !== "string") return arg.length > LONGEST_ARGUMENT;
  // A character takes three bytes at most, counted as JavaScript counts them.
  return arg.length > LONGEST_ARGUMENT / 3 && Buffer.byteLength(arg) > LONGEST_ARGUMENT;
}
