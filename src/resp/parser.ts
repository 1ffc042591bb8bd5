// A streaming RESP2 parser. It reads whole values from a chunk; what a chunk leaves unfinished is kept and
// joined when its end arrives, so that any split of the stream costs time and memory in proportion to its length. Arrays
// that are open stand on a stack, so that no depth of nesting can exhaust the one of JavaScript.

import { AsciiReader, endOfText } from "./ascii.ts";
import { ProtocolError } from "./errors.ts";
import {
  BEYOND_LIMITS,
  badArray,
  badBulkString,
  DEFAULT_LIMITS,
  lineTooLong,
  replyTooLong,
  tooDeep,
} from "./limits.ts";
import { checkFirstByte, lengthOf, readLine } from "./line.ts";
import type { OpenArray } from "./open-array.ts";
import type { ParserOptions } from "./parser-options.ts";
import { Pieces } from "./pieces.ts";
import type { ElementReader, Reply } from "./reply.ts";
import { StringsReader } from "./strings.ts";
import { bufferOf, View } from "./view.ts";

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;
const PLUS = 43;
const ZERO = 48;
const COLON = 58;

const SMALL = 256;
/** So many digits make an integer of 32 bits, with which V8 does better than with others. */
const DIGITS = 9;
/** In a chunk that goes on for longer, text is looked at eight bytes at a time. */
const LONG = 64;
/** An array of so few elements in another, a job most of all, is looked at as one of strings first. */
const FEW = 8;
/** An array of more elements grows as they come: it must not take memory ahead of the bytes. */
const PREALLOCATED = 1_024;

/**
 * Reads replies from a stream of bytes, cut in whatever way.
 *
 * @example
 * const parser = new Parser({ onReply: (reply) => console.log(reply) });
 * socket.on("data", (chunk) => parser.write(chunk));
 */
export class Parser<Element = never> {
  readonly #onReply: (reply: Reply<Element>) => void;
  readonly #elementReader: (() => ElementReader<Element> | undefined) | undefined;
  readonly #maxDepth: number;
  readonly #maxElements: number;
  readonly #maxBulkLength: number;
  readonly #maxLineLength: number;
  readonly #maxReplyLength: number;

  /** The innermost array that is open, how many elements it has and will have, and the arrays around it. */
  #items: Reply<Element>[] | undefined;
  #filled = 0;
  #wanted = 0;
  #outer: OpenArray<Element>[] = [];
  /** What reads the elements of the outermost. */
  #reader: ElementReader<Element> | undefined;
  /** How many elements the reply being read has announced, and how many bytes of it were read with chunks before. */
  #elements = 0;
  #replyLength = 0;
  #ascii: AsciiReader = new AsciiReader();
  readonly #strings: StringsReader = new StringsReader();

  /** What has come of the unfinished value. */
  readonly #pieces: Pieces = new Pieces();
  /** How many bytes that value will have; 0 while its line has not ended. */
  #needed = 0;
  #failure: unknown;

  constructor(options: ParserOptions<Element>) {
    this.#onReply = options.onReply;
    this.#elementReader = options.elementReader;
    this.#maxDepth = options.maxDepth ?? DEFAULT_LIMITS.maxDepth;
    this.#maxElements = Math.min(options.maxElements ?? DEFAULT_LIMITS.maxElements, BEYOND_LIMITS - 1);
    this.#maxBulkLength = Math.min(options.maxBulkLength ?? DEFAULT_LIMITS.maxBulkLength, BEYOND_LIMITS - 1);
    this.#maxLineLength = options.maxLineLength ?? DEFAULT_LIMITS.maxLineLength;
    this.#maxReplyLength = options.maxReplyLength ?? DEFAULT_LIMITS.maxReplyLength;
  }

  /**
   * Takes the next bytes of the stream. Replies may hold views of `chunk`: it must not be changed afterwards.
   *
   * Throws a `ProtocolError` when they are not RESP or go beyond a limit. There is no way to find the next reply
   * then: each later call throws the same error.
   */
  write(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = bufferOf(chunk);
    try {
      let at = 0;
      while (this.#pieces.length > 0 && at < bytes.length) at = this.#resume(bytes, at);
      if (at < bytes.length) this.#read(bytes, at);
    } catch (error) {
      this.#failure = error;
      this.#release();
      throw error;
    }
  }

  /** Goes on with the unfinished value, as far as it goes in this chunk. Gives where the chunk goes on. */
  #resume(chunk: Buffer, start: number): number {
    const pieces = this.#pieces;
    const end = this.#needed > 0 ? start + this.#needed - pieces.length : chunk.indexOf(LF, start) + 1;
    if (end > chunk.length) {
      // As long as had been announced, so there is nothing to check.
      pieces.add(chunk, start, chunk.length);
      return chunk.length;
    }
    if (end === 0) {
      this.#keep(chunk, start, 0);
      return chunk.length;
    }
    // To copy the rest of a small chunk too costs less than to read it by itself.
    const last = pieces.loose && chunk.length - end < SMALL ? chunk.length : end;
    pieces.add(chunk, start, last);
    this.#read(pieces.take(), 0);
    return last;
  }

  /** Keeps what there is of an unfinished value, until `needed` bytes of it are there, or the end of its line. */
  #keep(bytes: Buffer, start: number, needed: number): void {
    const pieces = this.#pieces;
    if (needed > 0) pieces.expect(needed);
    pieces.add(bytes, start, bytes.length);
    this.#needed = needed;
    if (needed === 0 && pieces.length > this.#maxLineLength) throw lineTooLong(this.#maxLineLength);
    if (this.#replyLength + Math.max(pieces.length, needed) > this.#maxReplyLength) {
      throw replyTooLong(this.#maxReplyLength);
    }
  }

  /**
   * Reads all values that are whole from `start` on, and keeps the rest. The hot path of the client, so it goes straight
   * down the page: as methods of their own its steps take half as long again (bench/NOTES.md).
   */
  #read(bytes: Buffer, start: number): void {
    const { length, buffer, byteOffset } = bytes;
    const onReply = this.#onReply;
    const maxLineLength = this.#maxLineLength;
    /** Of a line that is a reply by itself: its LF counts as well then. */
    const longestLine = Math.min(maxLineLength, this.#maxReplyLength - 1);
    const maxBulkLength = this.#maxBulkLength;
    let words: DataView | undefined;
    let items = this.#items;
    let filled = this.#filled;
    let wanted = this.#wanted;
    /** What reads the elements of the array that is filled, if it is the outermost. */
    let reader = this.#outer.length === 0 ? this.#reader : undefined;
    let at = start;
    /** Where the reply begins, or its part in this chunk. */
    let replyStart = start;
    let needed = 0;

    // Nothing outside of the chunk is looked at: doing so once would make every access slower from then on.
    while (at < length) {
      if (items === undefined) {
        // Most commands on jobs are answered with one digit, and often many of them in a row.
        while (length - at > 3 && bytes[at] === COLON && bytes[at + 2] === CR && bytes[at + 3] === LF) {
          const digit = (bytes[at + 1] ?? 0) - ZERO;
          if (digit < 0 || digit > 9) break;
          at += 4;
          onReply(digit);
        }
        // So are those that answer with the ids of jobs.
        while (length - at > LONG && bytes[at] === PLUS) {
          words ??= new DataView(buffer, byteOffset, length);
          const end = endOfText(bytes, words, at + 1);
          if (end > length - 2 || bytes[end] !== CR || bytes[end + 1] !== LF || end + 1 - at > longestLine)
            break;
          const text = this.#ascii.slice(bytes, at + 1, end);
          at = end + 2;
          onReply(text);
        }
        replyStart = at;
        if (at === length) break;
      } else if (reader !== undefined) {
        let element = reader.read(bytes, at);
        // One that may hold a string beyond the limit is read the usual way, which checks that.
        while (element !== undefined && reader.end - at <= maxBulkLength) {
          at = reader.end;
          items[filled++] = element;
          if (filled === wanted) break;
          element = reader.read(bytes, at);
        }
        if (filled === wanted) {
          this.#finish(items, at - replyStart);
          items = undefined;
          replyStart = at;
          continue;
        }
        if (at === length) break;
      }

      let value: Reply<Element> = null;
      let number = 0;
      /** Where the line ends, and then the value; 0 while that is not known. */
      let end = 0;
      const type = bytes[at];
      if (type === PLUS) {
        if (length - at > LONG) words ??= new DataView(buffer, byteOffset, length);
        const cursor = endOfText(bytes, words, at + 1);
        if (cursor < length - 1 && bytes[cursor] === CR && bytes[cursor + 1] === LF) {
          value = this.#ascii.slice(bytes, at + 1, cursor);
          end = cursor + 2;
        }
      } else if (length - at > 3 && (type === DOLLAR || type === STAR || type === COLON)) {
        let cursor = at + 1;
        number = (bytes[cursor] ?? 0) - ZERO;
        if (number >= 0 && number <= 9) {
          // A zero that leads is for `readLine` to refuse.
          const last = number === 0 ? cursor : Math.min(length - 3, at + DIGITS);
          while (cursor < last) {
            const digit = (bytes[cursor + 1] ?? 0) - ZERO;
            if (digit < 0 || digit > 9) break;
            number = (number * 10 + digit) | 0;
            cursor++;
          }
          if (bytes[cursor + 1] === CR && bytes[cursor + 2] === LF) end = cursor + 3;
        }
        if (type === COLON) value = number;
      }

      if (end === 0) {
        // What is rare, what is wrong, and what has not ended.
        checkFirstByte(type);
        end = bytes.indexOf(LF, at) + 1;
        if (end === 0) break;
        value = readLine(bytes, at, end);
        if (type === DOLLAR || type === STAR) {
          number = lengthOf(value) | 0;
          value = null;
        }
      }
      if (end - 1 - at > maxLineLength) throw lineTooLong(maxLineLength);

      if (type === DOLLAR) {
        if (number !== -1) {
          if (number < 0 || number > maxBulkLength) throw badBulkString(number, maxBulkLength);
          const body = end;
          end += number + 2;
          if (end > length) {
            needed = end - at;
            break;
          }
          if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) {
            throw new ProtocolError("a bulk string is not followed by CRLF");
          }
          value = new View(buffer, byteOffset + body, number);
        }
      } else if (type === STAR) {
        if (number !== -1) {
          this.#checkArray(number, items === undefined ? 0 : this.#outer.length + 1);
          const strings =
            items !== undefined && number <= FEW && maxLineLength >= LONG
              ? this.#strings.read(bytes, buffer, byteOffset, end, number, maxBulkLength)
              : undefined;
          if (number === 0) value = [];
          else if (strings !== undefined) {
            value = strings;
            end = this.#strings.end;
          } else {
            if (items === undefined) {
              reader = this.#elementReader?.();
              this.#reader = reader;
            } else {
              this.#outer.push({ items, filled: filled | 0, wanted: wanted | 0 });
              reader = undefined;
            }
            items = number <= PREALLOCATED ? new Array(number) : [];
            filled = 0;
            wanted = number | 0;
            at = end;
            continue;
          }
        }
      }

      at = end;
      if (items !== undefined) {
        items[filled++] = value;
        while (filled === wanted) {
          value = items;
          const outer = this.#outer.pop();
          if (outer === undefined) break;
          ({ items, filled, wanted } = outer);
          if (this.#outer.length === 0) reader = this.#reader;
          items[filled++] = value;
        }
        if (filled < wanted) continue;
        items = undefined;
      }
      this.#finish(value, at - replyStart);
      replyStart = at;
    }

    this.#items = items;
    this.#filled = filled | 0;
    this.#wanted = wanted | 0;
    this.#replyLength += at - replyStart;
    if (at < length) this.#keep(bytes, at, needed);
    else if (this.#replyLength > this.#maxReplyLength) throw replyTooLong(this.#maxReplyLength);
  }

  /** Lets go of all that was read of a reply that will never be whole. */
  #release(): void {
    this.#pieces.clear();
    this.#items = undefined;
    this.#outer = [];
    this.#reader = undefined;
    this.#ascii = new AsciiReader();
  }

  #checkArray(length: number, depth: number): void {
    this.#elements += length;
    if (length < 0 || this.#elements > this.#maxElements) throw badArray(length, this.#maxElements);
    if (depth === this.#maxDepth) throw tooDeep(depth);
  }

  #finish(reply: Reply<Element>, length: number): void {
    if (this.#replyLength + length > this.#maxReplyLength) throw replyTooLong(this.#maxReplyLength);
    this.#replyLength = 0;
    this.#elements = 0;
    this.#onReply(reply);
  }
}
