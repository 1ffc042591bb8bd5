// A streaming RESP2 parser. Complete values are read from the chunk in which they arrive. A value that continues in a later
// chunk is kept in `PartialReply` until it is complete. Each open array links to the array around it, so deep nesting does not
// use the call stack.

import { ProtocolError, ReplyError } from "./errors.ts";
import { PartialReply } from "./partial-reply.ts";
import type { Reply } from "./types.ts";

/** Limits on what a server may send. A reply that exceeds a limit causes a `ProtocolError`, which ends the connection. */
export interface ParserLimits {
  /** How deep arrays may be nested. Default 32; no reply from Disque is nested deeper than 4. */
  readonly maxDepth?: number | undefined;
  /** How many elements one reply may have, including those of its inner arrays. Default 1,048,576. */
  readonly maxElements?: number | undefined;
  /** How many bytes a bulk string may have. Default 536,870,912, the server's own limit. */
  readonly maxBulkLength?: number | undefined;
  /** How many bytes a line may have before its LF. Default 65,536. */
  readonly maxLineLength?: number | undefined;
  /** How many bytes one whole reply may have. Default 537,919,488: the longest bulk string plus 1 MiB. */
  readonly maxReplyLength?: number | undefined;
}

export const DEFAULT_LIMITS: { readonly [Name in keyof Required<ParserLimits>]: number } = {
  maxDepth: 32,
  maxElements: 1_048_576,
  maxBulkLength: 536_870_912,
  maxLineLength: 65_536,
  maxReplyLength: 537_919_488,
};

/** Upper bound of `maxElements` and `maxBulkLength`: not every platform supports larger arrays and buffers. */
const MAX_LENGTH = 2 ** 31 - 64;

/** The limits with the defaults filled in. */
export function limitsOf(limits: ParserLimits): Required<{ [Name in keyof ParserLimits]: number }> {
  return {
    maxDepth: limits.maxDepth ?? DEFAULT_LIMITS.maxDepth,
    maxElements: Math.min(limits.maxElements ?? DEFAULT_LIMITS.maxElements, MAX_LENGTH),
    maxBulkLength: Math.min(limits.maxBulkLength ?? DEFAULT_LIMITS.maxBulkLength, MAX_LENGTH),
    maxLineLength: limits.maxLineLength ?? DEFAULT_LIMITS.maxLineLength,
    maxReplyLength: limits.maxReplyLength ?? DEFAULT_LIMITS.maxReplyLength,
  };
}

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const COLON = 58;
const ZERO = 48;

/** Any integer of this many digits is exact as a JavaScript number. */
const EXACT_DIGITS = 15;
/** Integers of this many digits fit in 32 bits, which V8 handles fastest. */
const SHORT_DIGITS = 9;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** The length of a null bulk string or array. */
const NULL_LENGTH = -1;
/** Arrays longer than this grow as their elements arrive: an announced length alone must not make us allocate memory. */
const PREALLOCATED_ELEMENTS = 1_024;

/**
 * The class of Node's buffers. Constructing a buffer directly costs a third as much as calling `subarray`, which checks its
 * arguments again.
 */
const View = Reflect.get(Buffer, Symbol.species) as new (
  memory: ArrayBufferLike,
  offset: number,
  length: number,
) => Buffer;

/** An array that is still missing elements. */
class OpenArray {
  readonly items: Reply[];
  readonly length: number;
  readonly depth: number;
  readonly parent: OpenArray | undefined;
  filled = 0;

  constructor(length: number, parent: OpenArray | undefined) {
    this.items = length <= PREALLOCATED_ELEMENTS ? new Array(length) : [];
    this.length = length;
    this.depth = parent === undefined ? 1 : parent.depth + 1;
    this.parent = parent;
  }
}

export interface ParserOptions extends ParserLimits {
  /** Called with each reply, in order, from within `write`. It must neither throw nor call `write`. */
  readonly onReply: (reply: Reply) => void;
}

/**
 * Reads replies from a stream of bytes, which may be split at any point.
 *
 * @example
 * const parser = new Parser({ onReply: (reply) => console.log(reply) });
 * socket.on("data", (chunk) => parser.write(chunk));
 */
export class Parser {
  readonly #onReply: (reply: Reply) => void;
  readonly #limits: ReturnType<typeof limitsOf>;
  readonly #partial: PartialReply = new PartialReply();
  /** The innermost open array. */
  #open: OpenArray | undefined;
  /** How many elements the current reply has announced. */
  #elements = 0;
  /** How many bytes of the current, incomplete reply have been parsed. Those in `#partial` are not included. */
  #replyLength = 0;
  #failure: unknown;

  constructor(options: ParserOptions) {
    this.#onReply = options.onReply;
    this.#limits = limitsOf(options);
  }

  /**
   * Takes the next bytes of the stream. Replies may be views of `chunk`, and the parser may keep it, so it must be neither changed
   * nor transferred afterwards.
   *
   * Throws a `ProtocolError` when the stream is not RESP or exceeds a limit. After that, no further reply can be found, so
   * every later call throws the same error.
   */
  write(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = Buffer.isBuffer(chunk) ? chunk : new View(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const partial = this.#partial;
    try {
      let at = 0;
      while (partial.length > 0 && at < bytes.length) {
        at = partial.appendFrom(bytes, at);
        if (partial.isComplete) {
          const { bytes: value, start, end } = partial;
          partial.finish();
          this.#read(value, start, end);
        } else if (partial.isLine) this.#checkPartial();
      }
      if (at < bytes.length) this.#read(bytes, at, bytes.length);
    } catch (error) {
      this.#failure = error;
      this.#partial.clear();
      this.#open = undefined;
      throw error;
    }
  }

  /**
   * Returns the memory for the rest of an incomplete bulk string, if it has been allocated and at least `least` bytes are
   * missing. If the next bytes of the stream are read into the beginning of this memory, `write` need not copy them.
   */
  roomFor(least: number): Buffer | undefined {
    return this.#partial.roomFor(least);
  }

  /** Reads all complete values from `start` to `length` and keeps the rest. */
  #read(bytes: Buffer, start: number, length: number): void {
    const onReply = this.#onReply;
    const { maxLineLength, maxReplyLength } = this.#limits;
    /** The memory of `bytes`. Read only when the first view is made, since reading it costs as much as making two views. */
    let memory: ArrayBufferLike | undefined;
    let offset = 0;
    let at = start;
    /** Where the current reply begins. Less than `start`, and perhaps negative, if a part of the reply was parsed before. */
    let replyStart = start - this.#replyLength;
    let expected = 0;
    let open = this.#open;

    while (at < length) {
      const type = bytes[at];
      let cursor = at + 1;
      /** The value of the digits before `cursor`. It is only used if there are at most `SHORT_DIGITS` of them. */
      let digits = 0;
      if (type === COLON || type === DOLLAR || type === STAR) {
        for (; cursor < length; cursor++) {
          const digit = (bytes[cursor] ?? 0) - ZERO;
          if (digit < 0 || digit > 9) break;
          digits = (digits * 10 + digit) | 0;
        }
      } else if (type !== PLUS && type !== MINUS) {
        // This does not wait for the end of the line: a line of another protocol may never end.
        throw new ProtocolError(`a reply cannot begin with the byte ${type}`);
      }
      const lineEnd = endOfLine(bytes, cursor, length);
      if (lineEnd === -1) break;
      if (lineEnd - at >= maxLineLength) throw this.#lineTooLong();
      let next = lineEnd + 2;
      let value: Reply = null;

      // UTF-8 is the default, and Node need not look up its name.
      if (type === PLUS) value = bytes.toString(undefined, at + 1, lineEnd);
      else if (type === MINUS) value = errorOf(bytes.toString(undefined, at + 1, lineEnd));
      else {
        // No leading zero, and few enough digits.
        const isShort =
          cursor - at <= SHORT_DIGITS + 1 && (bytes[at + 1] === ZERO ? cursor === at + 2 : cursor > at + 1);
        const number = isShort && cursor === lineEnd ? digits : readInteger(bytes, at + 1, lineEnd);
        if (type === COLON) value = number;
        else if (type === DOLLAR) {
          const size = this.#bulkLength(number);
          if (size !== NULL_LENGTH) {
            const bodyEnd = next + size;
            if (bodyEnd + 2 > length) {
              expected = bodyEnd + 2 - at;
              break;
            }
            if (bytes[bodyEnd] !== CR || bytes[bodyEnd + 1] !== LF) {
              throw new ProtocolError("a bulk string is not followed by CRLF");
            }
            if (memory === undefined) ({ buffer: memory, byteOffset: offset } = bytes);
            value = new View(memory, offset + next, size);
            next = bodyEnd + 2;
          }
        } else {
          const elements = this.#arrayLength(number, open);
          if (elements > 0) {
            open = new OpenArray(elements, open);
            at = next;
            continue;
          }
          if (elements !== NULL_LENGTH) value = [];
        }
      }

      at = next;
      // Adds the value to the open array. If that completes the array, the array is itself a value to add.
      while (open !== undefined) {
        open.items[open.filled++] = value;
        if (open.filled < open.length) break;
        value = open.items;
        open = open.parent;
      }
      if (open === undefined) {
        if (at - replyStart > maxReplyLength) throw this.#replyTooLong();
        replyStart = at;
        onReply(value);
      }
    }

    this.#open = open;
    this.#replyLength = at - replyStart;
    if (at < length) this.#partial.keep(bytes, at, length, expected);
    this.#checkPartial();
  }

  /** Checks an incomplete reply against the limits, by the bytes that have arrived and by the announced lengths. */
  #checkPartial(): void {
    const partial = this.#partial;
    if (partial.isLine && partial.length > this.#limits.maxLineLength) throw this.#lineTooLong();
    if (this.#replyLength + partial.leastLength > this.#limits.maxReplyLength) throw this.#replyTooLong();
  }

  /** Checks the announced length of a bulk string, and returns it as a number. It may be `NULL_LENGTH`. */
  #bulkLength(length: number | bigint): number {
    const { maxBulkLength } = this.#limits;
    if (length >= NULL_LENGTH && length <= maxBulkLength) return Number(length);
    throw new ProtocolError(`a bulk string cannot have ${length} bytes, at most ${maxBulkLength}`);
  }

  /** Checks the announced length of an array in `parent`, and returns it as a number. It may be `NULL_LENGTH`. */
  #arrayLength(length: number | bigint, parent: OpenArray | undefined): number {
    if (length < 0) {
      if (length === NULL_LENGTH) return NULL_LENGTH;
      throw new ProtocolError(`an array cannot have ${length} elements`);
    }
    const { maxElements, maxDepth } = this.#limits;
    this.#elements = Number(length) + (parent === undefined ? 0 : this.#elements);
    if (this.#elements > maxElements) {
      throw new ProtocolError(`a reply cannot have ${this.#elements} elements, at most ${maxElements}`);
    }
    if ((parent?.depth ?? 0) >= maxDepth)
      throw new ProtocolError(`arrays are nested deeper than ${maxDepth}`);
    return Number(length);
  }

  #lineTooLong(): ProtocolError {
    return new ProtocolError(`a line is longer than ${this.#limits.maxLineLength} bytes`);
  }

  #replyTooLong(): ProtocolError {
    return new ProtocolError(`a reply is longer than ${this.#limits.maxReplyLength} bytes`);
  }
}

/** The index of the CR that ends the line at `start`; -1 if the line is incomplete. */
function endOfLine(bytes: Buffer, start: number, length: number): number {
  const last = length - 1;
  for (let at = start; at < last; at++) {
    const byte = bytes[at];
    if (byte === CR) {
      if (bytes[at + 1] === LF) return at;
      throw new ProtocolError("a line contains a CR that does not end it");
    }
    if (byte === LF) throw new ProtocolError("a line does not end with CRLF");
  }
  if (bytes[last] === LF && last >= start) throw new ProtocolError("a line does not end with CRLF");
  return -1;
}

/** Reads a signed 64-bit integer. Accepts a plus sign, but no spaces, leading zeros or -0. */
function readInteger(bytes: Buffer, start: number, end: number): number | bigint {
  const sign = bytes[start];
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  const digits = end - first;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) throw notAnInteger(end - start);
    value = value * 10 + digit;
  }
  if (digits === 0 || (bytes[first] === ZERO && (digits > 1 || sign === MINUS)))
    throw notAnInteger(end - start);
  if (digits <= EXACT_DIGITS) return sign === MINUS ? -value : value;
  const exact = BigInt(bytes.toString("latin1", start, end));
  if (exact < INT64_MIN || exact > INT64_MAX) throw notAnInteger(end - start);
  const rounded = Number(exact);
  return Number.isSafeInteger(rounded) ? rounded : exact;
}

/** Does not quote the bytes: a server may repeat what it was sent, which may be a password. */
function notAnInteger(length: number): ProtocolError {
  return new ProtocolError(`expected a 64-bit integer, got ${length} other bytes`);
}

/**
 * Creates an error without a stack: the stack would point into the parser, and an array may hold millions of errors. Code that
 * throws the error captures a new stack.
 */
function errorOf(message: string): ReplyError {
  const { stackTraceLimit } = Error;
  // `Reflect.set` does not throw if `Error` is frozen.
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return new ReplyError(message);
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}
