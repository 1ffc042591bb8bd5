import { isUint8Array } from "node:util/types";

/** A simple string, such as +OK. */
export class Status {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An error reply, without its leading dash. Commands return it, or throw it when an argument is invalid. */
export class ErrorReply extends Error {
  readonly line: string;

  constructor(line: string) {
    super(line);
    // A line break would end the reply early: networking.c, addReplyErrorFormat replaces line breaks with spaces.
    this.line = line.replace(/[\r\n]/g, " ");
  }
}

/** The null array, `*-1`. */
export class NullArray {}

/** Text and bytes are bulk strings, numbers are integers, and null is the null bulk string. */
export type Reply =
  | string
  | Uint8Array
  | number
  | bigint
  | null
  | Status
  | ErrorReply
  | NullArray
  | readonly Reply[];

export const OK: Status = new Status("OK");
export const NULL_ARRAY: NullArray = new NullArray();
export const SYNTAX_ERROR: ErrorReply = new ErrorReply("ERR syntax error");

/** Byte strings up to this length are copied into the surrounding text; longer byte strings are written without a copy. */
const MAX_COPIED = 1024;

/** Replies waiting to be written to one client. Text is kept as latin1, one character per byte. */
export class ReplyBuffer {
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  #text = "";

  /** The length of all replies in bytes. */
  get length(): number {
    return this.#chunkBytes + this.#text.length;
  }

  add(reply: Reply): void {
    if (typeof reply === "string") this.#text += `$${reply.length}\r\n${reply}\r\n`;
    else if (typeof reply === "number" || typeof reply === "bigint") this.#text += `:${reply}\r\n`;
    else if (reply === null) this.#text += "$-1\r\n";
    else if (isUint8Array(reply)) this.#addBytes(reply);
    else if (reply instanceof Status) this.#text += `+${reply.text}\r\n`;
    else if (reply instanceof ErrorReply) this.#text += `-${reply.line}\r\n`;
    else if (reply instanceof NullArray) this.#text += "*-1\r\n";
    else this.#addArray(reply);
  }

  /** Removes and returns all replies: as one string if possible, which is cheaper to write, or else as chunks. */
  take(): string | Buffer[] {
    const text = this.#text;
    const chunks = this.#chunks;
    if (chunks.length === 0) {
      this.#text = "";
      return text;
    }
    this.#endText();
    this.#chunks = [];
    this.#chunkBytes = 0;
    return chunks;
  }

  #addArray(replies: readonly Reply[]): void {
    this.#text += `*${replies.length}\r\n`;
    for (const reply of replies) this.add(reply);
  }

  #addBytes(bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text += `$${buffer.length}\r\n`;
    if (buffer.length <= MAX_COPIED) {
      this.#text += buffer.toString("latin1");
    } else {
      this.#endText();
      this.#push(buffer);
    }
    this.#text += "\r\n";
  }

  #endText(): void {
    if (this.#text !== "") this.#push(Buffer.from(this.#text, "latin1"));
    this.#text = "";
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
  }
}
