import { bigInteger } from "./arguments.ts";
import { splitInline } from "./inline.ts";

/** A command, or a violation of the protocol, after which the server closes the connection. */
export type Request =
  | { readonly kind: "command"; readonly args: Buffer[] }
  | { readonly kind: "violation"; readonly text: string };

/** server.h, PROTO_INLINE_MAX_SIZE: the maximum length of a line, in bytes. */
const MAX_LINE_LENGTH = 64 * 1024;
const MAX_ARGUMENTS = 1024 * 1024;
const MAX_ARGUMENT_LENGTH = 512 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const STAR = 0x2a;
const DOLLAR = 0x24;
const MINUS = 0x2d;
const ZERO = 0x30;
/** Numbers of up to this many digits are exact in a double. */
const EXACT_DIGITS = 15;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Parses the commands that a client sends, as networking.c does: arrays of bulk strings, or lines of words. The
 * chunks of an argument are joined only when it is complete, so a large body is copied once, however many chunks it arrives in.
 */
export class RequestParser {
  /** Received chunks. Unread bytes begin in the chunk with index #first, at offset #at. */
  #chunks: Buffer[] = [];
  #first = 0;
  #at = 0;
  #unread = 0;
  #args: Buffer[] = [];
  #argsMissing = 0;
  #bulkLength = -1;

  /** How many bytes have been received but not parsed. */
  get unread(): number {
    return this.#unread;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
  }

  /** The next request, or null when no complete request has been received. */
  next(): Request | null {
    while (this.#unread > 0) {
      const inline = this.#argsMissing === 0 && this.#chunk[this.#at] !== STAR;
      const request = inline ? this.#inline() : this.#multibulk();
      // Skip empty lines and empty arrays.
      if (request?.kind !== "command" || request.args.length > 0) return request;
    }
    return null;
  }

  #inline(): Request | null {
    const end = this.#find(LF);
    if (end === -1) return this.#incomplete("too big inline request");
    const length = end > 0 && this.#chunk[this.#at + end - 1] === CR ? end - 1 : end;
    const args = splitInline(this.#chunk.toString("latin1", this.#at, this.#at + length));
    if (args === null) return violation("unbalanced quotes in request");
    // The server skips two bytes after the line, even when it ends in a line feed alone.
    this.#skip(Math.min(length + 2, this.#unread));
    return { kind: "command", args: args.map((arg) => Buffer.from(arg, "latin1")) };
  }

  #multibulk(): Request | null {
    if (this.#argsMissing === 0) {
      const count = this.#count();
      if (typeof count !== "number") return count;
      if (count <= 0) return { kind: "command", args: [] };
      this.#argsMissing = count;
    }
    while (this.#argsMissing > 0) {
      if (this.#bulkLength === -1) {
        const length = this.#length();
        if (typeof length !== "number") return length;
        this.#bulkLength = length;
      }
      if (this.#unread < this.#bulkLength + 2) return null;
      this.#args.push(this.#take(this.#bulkLength));
      this.#skip(2);
      this.#bulkLength = -1;
      this.#argsMissing--;
    }
    const args = this.#args;
    this.#args = [];
    return { kind: "command", args };
  }

  /** Reads the header of an array: the number of its arguments. */
  #count(): number | Request | null {
    const end = this.#headerEnd("too big mbulk count string");
    if (typeof end !== "number") return end;
    const count = strictInteger(this.#chunk, this.#at + 1, this.#at + end);
    if (count === null || count > MAX_ARGUMENTS) return violation("invalid multibulk length");
    this.#skip(end + 2);
    return count;
  }

  /** Reads the header of a bulk string: its length. */
  #length(): number | Request | null {
    const end = this.#headerEnd("too big bulk count string");
    if (typeof end !== "number") return end;
    const type = this.#chunk[this.#at];
    if (type !== DOLLAR) return violation(`expected '$', got '${String.fromCharCode(type ?? CR)}'`);
    const length = strictInteger(this.#chunk, this.#at + 1, this.#at + end);
    if (length === null || length < 0 || length > MAX_ARGUMENT_LENGTH)
      return violation("invalid bulk length");
    this.#skip(end + 2);
    return length;
  }

  /** The offset of the CR that ends a header line, once the whole line has been received. */
  #headerEnd(tooLong: string): number | Request | null {
    const end = this.#find(CR);
    if (end === -1) return this.#incomplete(tooLong);
    return this.#unread < end + 2 ? null : end;
  }

  #incomplete(tooLong: string): Request | null {
    return this.#unread > MAX_LINE_LENGTH ? violation(tooLong) : null;
  }

  /**
   * The distance of the first `mark` from the first unread byte. -1 if there is none, or if a NUL comes before it:
   * the server uses strchr, which stops at a NUL.
   */
  #find(mark: number): number {
    for (;;) {
      const chunk = this.#chunk;
      for (let at = this.#at; at < chunk.length; at++) {
        if (chunk[at] === mark) return at - this.#at;
        if (chunk[at] === 0) return -1;
      }
      const next = this.#chunks[this.#first + 1];
      if (next === undefined) return -1;
      this.#chunks[++this.#first] = Buffer.concat([chunk.subarray(this.#at), next]);
      this.#at = 0;
    }
  }

  /** The chunk in which the unread bytes begin. A byte that {@link #find} has found is in this chunk too. */
  get #chunk(): Buffer {
    return this.#chunks[this.#first] ?? EMPTY;
  }

  #take(length: number): Buffer {
    const first = this.#chunks[this.#first];
    if (first !== undefined && first.length - this.#at >= length) {
      const bytes = first.subarray(this.#at, this.#at + length);
      this.#skip(length);
      return bytes;
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let filled = 0; filled < length; ) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) break;
      const copied = chunk.copy(bytes, filled, this.#at);
      filled += copied;
      this.#skip(copied);
    }
    return bytes;
  }

  #skip(length: number): void {
    this.#unread -= length;
    this.#at += length;
    for (;;) {
      const first = this.#chunks[this.#first];
      if (first === undefined || this.#at < first.length) break;
      this.#at -= first.length;
      this.#first++;
    }
    this.#release();
  }

  /** Releases parsed chunks, but only many at a time, because each release moves the remaining chunks. */
  #release(): void {
    if (this.#first === 0 || this.#first * 2 < this.#chunks.length) return;
    this.#chunks = this.#chunks.slice(this.#first);
    this.#first = 0;
  }
}

function violation(text: string): Request {
  return { kind: "violation", text: `ERR Protocol error: ${text}` };
}

/** The integer between two offsets, without a plus sign or leading zeros, or else null: util.c, string2ll. */
function strictInteger(bytes: Buffer, start: number, end: number): number | null {
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (first === end) return null;
  if (bytes[first] === ZERO) return end - start === 1 ? 0 : null;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  if (end - first > EXACT_DIGITS) {
    const exact = bigInteger(bytes.toString("latin1", start, end));
    return exact === null ? null : Number(exact);
  }
  return negative ? -value : value;
}
