import { splitInline } from "./inline.ts";

/** A command, or a violation of the protocol, after which the server closes the connection. */
export type Request =
  | { readonly kind: "command"; readonly args: Buffer[] }
  | { readonly kind: "violation"; readonly text: string };

/** networking.c, PROTO_INLINE_MAX_SIZE: the maximum length of a line, in bytes. */
const MAX_LINE_LENGTH = 64 * 1024;
const MAX_ARGUMENTS = 1024 * 1024;
const MAX_ARGUMENT_LENGTH = 512 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const STAR = 0x2a;
const DOLLAR = 0x24;

/**
 * Parses the commands that a client sends, as networking.c does: arrays of bulk strings, or lines of words. Chunks are
 * joined only when an argument is complete, so a large body is copied once, however many chunks it arrives in.
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

  /** The next request, or null when no complete one has been received. */
  next(): Request | null {
    while (this.#unread > 0) {
      const inline = this.#argsMissing === 0 && this.#chunks[this.#first]?.[this.#at] !== STAR;
      const request = inline ? this.#inline() : this.#multibulk();
      // Skip empty lines and empty arrays.
      if (request?.kind !== "command" || request.args.length > 0) return request;
    }
    return null;
  }

  #inline(): Request | null {
    const end = this.#find(LF);
    if (end === -1) return this.#incomplete("too big inline request");
    const line = this.#peek(end);
    const length = line.at(-1) === CR ? end - 1 : end;
    const args = splitInline(line.toString("latin1", 0, length));
    if (args === null) return violation("unbalanced quotes in request");
    // The server skips two bytes after the line, even when it ends in a line feed alone.
    this.#skip(Math.min(length + 2, this.#unread));
    return { kind: "command", args: args.map((arg) => Buffer.from(arg, "latin1")) };
  }

  #multibulk(): Request | null {
    if (this.#argsMissing === 0) {
      const count = this.#header("too big mbulk count string", (text) => {
        const value = strictInteger(text);
        return value === null || value > MAX_ARGUMENTS ? "invalid multibulk length" : value;
      });
      if (typeof count !== "number") return count;
      if (count <= 0) return { kind: "command", args: [] };
      this.#argsMissing = count;
    }
    while (this.#argsMissing > 0) {
      if (this.#bulkLength === -1) {
        const length = this.#header("too big bulk count string", (text) => {
          if (text.charCodeAt(0) !== DOLLAR) return `expected '$', got '${text.charAt(0) || "\r"}'`;
          const value = strictInteger(text);
          return value === null || value < 0 || value > MAX_ARGUMENT_LENGTH ? "invalid bulk length" : value;
        });
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

  /** Reads a header line. `read` returns its number, or a text that says what is wrong with it. */
  #header(tooLong: string, read: (text: string) => number | string): number | Request | null {
    const end = this.#find(CR);
    if (end === -1) return this.#incomplete(tooLong);
    if (this.#unread < end + 2) return null;
    const value = read(this.#peek(end).toString("latin1"));
    if (typeof value === "string") return violation(value);
    this.#skip(end + 2);
    return value;
  }

  #incomplete(tooLong: string): Request | null {
    return this.#unread > MAX_LINE_LENGTH ? violation(tooLong) : null;
  }

  /**
   * The offset of the first `mark` from the first unread byte. -1 if there is none, or if a NUL comes before it:
   * the server uses strchr, which stops there.
   */
  #find(mark: number): number {
    for (;;) {
      const first = this.#chunks[this.#first];
      if (first === undefined) return -1;
      const found = first.indexOf(mark, this.#at);
      const passed = first.subarray(this.#at, found === -1 ? first.length : found);
      if (passed.includes(0)) return -1;
      if (found !== -1) return found - this.#at;
      const second = this.#chunks[this.#first + 1];
      if (second === undefined) return -1;
      this.#chunks[++this.#first] = Buffer.concat([passed, second]);
      this.#at = 0;
    }
  }

  /** The first `length` unread bytes. #find must have joined them into one chunk. */
  #peek(length: number): Buffer {
    return this.#chunks[this.#first]?.subarray(this.#at, this.#at + length) ?? Buffer.alloc(0);
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

  /** Releases parsed chunks. Done for many at once, because each time the remaining ones are moved. */
  #release(): void {
    if (this.#first === 0 || this.#first * 2 < this.#chunks.length) return;
    this.#chunks = this.#chunks.slice(this.#first);
    this.#first = 0;
  }
}

function violation(text: string): Request {
  return { kind: "violation", text: `ERR Protocol error: ${text}` };
}

/** The number after the type byte of a header: util.c, string2ll, which allows no plus sign and no leading zeros. */
function strictInteger(header: string): number | null {
  const text = header.slice(1);
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return null;
  const value = BigInt(text);
  return value === BigInt.asIntN(64, value) ? Number(value) : null;
}
