// A streaming RESP2 parser. It is always either in a line (`+…`, `-…`, `:…`, `$…`, `*…`) or in the body of a bulk
// string. What a chunk leaves unfinished is kept as it came and joined once, when its end arrives, so that any split
// of the stream costs time in proportion to its length. Arrays that are open stand on a stack, so that no depth of
// nesting can exhaust the one of JavaScript.

import { ProtocolError, ReplyError } from "./errors.ts";
import type { Reply } from "./reply.ts";

/** Bounds on what a server may send. Going beyond one is a `ProtocolError`. */
export interface ParserLimits {
  /** How deep arrays may be nested. Default 32: no reply of Disque goes beyond 4. */
  readonly maxDepth?: number;
  /** How many elements one reply may have, those of its inner arrays counted. Default 16,777,216. */
  readonly maxElements?: number;
  /** How many bytes a bulk string may have. Default 536,870,912, the server's own bound. */
  readonly maxBulkLength?: number;
  /** How many bytes a line may have before its LF. Default 65,536. */
  readonly maxLineLength?: number;
}

export interface ParserOptions extends ParserLimits {
  /** Called with each reply, in order, from within `write`. It must not throw. */
  readonly onReply: (reply: Reply) => void;
}

interface OpenArray {
  readonly items: Reply[];
  readonly length: number;
}

const CR = 13;
const LF = 10;
const MINUS = 45;
const PLUS = 43;
const ZERO = 48;

/** An integer of that many digits is exact as a JavaScript number, whatever the digits are. */
const EXACT_DIGITS = 15;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Reads replies from a stream of bytes, cut in whatever way.
 *
 * @example
 * const parser = new Parser({ onReply: (reply) => console.log(reply) });
 * socket.on("data", (chunk) => parser.write(chunk));
 */
export class Parser {
  readonly #onReply: (reply: Reply) => void;
  readonly #maxDepth: number;
  readonly #maxElements: number;
  readonly #maxBulkLength: number;
  readonly #maxLineLength: number;

  readonly #open: OpenArray[] = [];
  /** How many elements the reply being read has announced. */
  #elements = 0;
  /** Bytes of the bulk string being read, its CRLF included; 0 while in a line. */
  #bodyLength = 0;
  /** The parts of an unfinished line or body, and how many bytes they hold. */
  #pieces: Buffer[] = [];
  #held = 0;
  #failure: unknown;

  constructor(options: ParserOptions) {
    this.#onReply = options.onReply;
    this.#maxDepth = options.maxDepth ?? 32;
    this.#maxElements = options.maxElements ?? 16_777_216;
    this.#maxBulkLength = options.maxBulkLength ?? 536_870_912;
    this.#maxLineLength = options.maxLineLength ?? 65_536;
  }

  /**
   * Takes the next bytes of the stream. Replies may hold views of `chunk`: it must not be changed afterwards.
   *
   * Throws a `ProtocolError` when they are not RESP or go beyond a limit. There is no way to find the next reply
   * then: each later call throws the same error.
   */
  write(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    try {
      let offset = 0;
      while (offset < bytes.length) {
        offset = this.#bodyLength > 0 ? this.#readBody(bytes, offset) : this.#readLine(bytes, offset);
      }
    } catch (error) {
      this.#failure = error;
      this.#pieces = [];
      throw error;
    }
  }

  #readLine(chunk: Buffer, start: number): number {
    let end = start;
    while (end < chunk.length && chunk[end] !== LF) end++;
    if (this.#held + end - start > this.#maxLineLength) {
      throw new ProtocolError(`a line is longer than ${this.#maxLineLength} bytes`);
    }
    if (end === chunk.length) {
      this.#keep(chunk.subarray(start));
      return end;
    }
    end++;
    if (this.#held === 0) this.#takeLine(chunk, start, end);
    else {
      const line = this.#join(chunk.subarray(start, end));
      this.#takeLine(line, 0, line.length);
    }
    return end;
  }

  /** Acts on the whole line in `bytes` from `start` to `end`, its LF included. */
  #takeLine(bytes: Buffer, start: number, end: number): void {
    const first = start + 1;
    const last = end - 2;
    if (last < start || bytes[last] !== CR) throw new ProtocolError("a line does not end with CRLF");
    switch (bytes[start]) {
      case 0x2b: // +
        this.#deliver(text(bytes, first, last));
        break;
      case 0x2d: // -
        this.#deliver(new ReplyError(text(bytes, first, last)));
        break;
      case 0x3a: // :
        this.#deliver(integer(bytes, first, last));
        break;
      case 0x24: // $
        this.#openBulkString(integer(bytes, first, last));
        break;
      case 0x2a: // *
        this.#openArray(integer(bytes, first, last));
        break;
      default:
        throw new ProtocolError(`a reply cannot begin with the byte ${bytes[start]}`);
    }
  }

  #openBulkString(length: number | bigint): void {
    if (length === -1) this.#deliver(null);
    else if (typeof length === "bigint" || length < 0 || length > this.#maxBulkLength) {
      throw new ProtocolError(`a bulk string cannot have ${length} bytes, at most ${this.#maxBulkLength}`);
    } else this.#bodyLength = length + 2;
  }

  #openArray(length: number | bigint): void {
    if (length === -1) {
      this.#deliver(null);
      return;
    }
    if (typeof length === "bigint" || length < 0 || this.#elements + length > this.#maxElements) {
      throw new ProtocolError(
        `an array cannot have ${length} elements, at most ${this.#maxElements} in a reply`,
      );
    }
    if (this.#open.length === this.#maxDepth) {
      throw new ProtocolError(`arrays are nested deeper than ${this.#maxDepth}`);
    }
    if (length === 0) {
      this.#deliver([]);
      return;
    }
    this.#elements += length;
    this.#open.push({ items: [], length });
  }

  #readBody(chunk: Buffer, start: number): number {
    const end = start + this.#bodyLength - this.#held;
    if (end > chunk.length) {
      this.#keep(chunk.subarray(start));
      return chunk.length;
    }
    const whole = this.#held === 0;
    const framed = whole ? chunk.subarray(start, end) : this.#join(chunk.subarray(start, end));
    const length = framed.length - 2;
    if (framed[length] !== CR || framed[length + 1] !== LF) {
      throw new ProtocolError("a bulk string is not followed by CRLF");
    }
    this.#bodyLength = 0;
    const body = framed.subarray(0, length);
    // A view keeps the whole chunk alive, so only a body that is a good part of it may be one: a small job that is
    // held for long must not hold 64 KiB.
    this.#deliver(whole && length * 4 < chunk.length ? Buffer.from(body) : body);
    return end;
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
  }

  /** Everything that was kept, and then `last`, as one buffer. */
  #join(last: Buffer): Buffer {
    this.#pieces.push(last);
    const joined = Buffer.concat(this.#pieces, this.#held + last.length);
    this.#pieces = [];
    this.#held = 0;
    return joined;
  }

  /** Puts a finished value where it belongs, and each array that it completes likewise. */
  #deliver(value: Reply): void {
    let finished = value;
    for (;;) {
      const array = this.#open.at(-1);
      if (array === undefined) {
        this.#elements = 0;
        this.#onReply(finished);
        return;
      }
      array.items.push(finished);
      if (array.items.length < array.length) return;
      this.#open.pop();
      finished = array.items;
    }
  }
}

function text(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at] === CR) throw new ProtocolError("a line holds a CR that does not end it");
  }
  return bytes.toString("utf8", start, end);
}

/** The signed 64-bit integer in those bytes, as strictly as the server reads one: no space, no leading zero. */
function integer(bytes: Buffer, start: number, end: number): number | bigint {
  const negative = bytes[start] === MINUS;
  const first = negative || bytes[start] === PLUS ? start + 1 : start;
  const digits = end - first;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) throw notAnInteger(bytes, start, end);
    value = value * 10 + digit;
  }
  if (digits === 0 || (bytes[first] === ZERO && (digits > 1 || negative)))
    throw notAnInteger(bytes, start, end);
  if (digits <= EXACT_DIGITS) return negative ? -value : value;
  const exact = BigInt(bytes.toString("latin1", start, end));
  if (exact < INT64_MIN || exact > INT64_MAX) throw notAnInteger(bytes, start, end);
  const rounded = Number(exact);
  return Number.isSafeInteger(rounded) ? rounded : exact;
}

function notAnInteger(bytes: Buffer, start: number, end: number): ProtocolError {
  const shown = JSON.stringify(bytes.toString("latin1", start, Math.min(end, start + 32)));
  return new ProtocolError(`${shown} is not an integer of 64 bits`);
}
