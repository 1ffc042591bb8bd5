// A streaming RESP2 parser. It reads whole values from a chunk; what a chunk leaves unfinished is put
// together with what follows, so that any split of the stream costs time and memory in proportion to its length. Arrays
// that are open stand on a stack, so that no depth of nesting can exhaust the one of JavaScript.

import { ArraysReader, FEW } from "./arrays.ts";
import { AsciiReader } from "./ascii.ts";
import { readDigits } from "./digits.ts";
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
import { endOfText } from "./printable.ts";
import type { ElementReader, Reply } from "./reply.ts";
import { Rest } from "./rest.ts";
import { StringsReader } from "./strings.ts";
import { TextsReader } from "./texts.ts";
import { View } from "./view.ts";

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;
const PLUS = 43;
const ZERO = 48;
const COLON = 58;

/** A bulk string has fewer bytes than that around it. With them, too, its length is to have 31 bits. */
const AROUND = 64;
const SMALL = 256;
/** A place in a chunk is to have 31 bits; in a larger one, which no socket gives, a value that crosses this is put together. */
const LARGEST = 2 ** 30;
/** So many digits make an integer of 32 bits, with which V8 does better than with others. */
const DIGITS = 9;
/** Of a digit, without its LF. */
const SHORTEST_LINE = 3;
/** So near an LF is found faster by looking than by a call. */
const NEAR = 32;
/** In a chunk that goes on for longer, text is looked at eight bytes at a time. */
const LONG = 64;
/** Texts inside of arrays are decoded so many bytes at a time: one that is held for long holds them. */
const WINDOW = 4_096;
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
  readonly #readerOf: () => ElementReader<Element> | undefined;
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
  #ascii: AsciiReader = new AsciiReader(WINDOW);
  #texts: TextsReader = new TextsReader();
  #arrays: ArraysReader<Element> = new ArraysReader();
  /** Unless the limits are so tight that arrays of few elements can go beyond them: the parser's loop reads all of them then. */
  #strings: StringsReader | undefined;

  /** What has come of the unfinished value. */
  readonly #rest: Rest = new Rest();
  #failure: unknown;

  constructor(options: ParserOptions<Element>) {
    const { onReply, elementReader } = options;
    this.#onReply = onReply;
    this.#readerOf = () => elementReader?.() ?? this.#strings;
    this.#maxDepth = options.maxDepth ?? DEFAULT_LIMITS.maxDepth;
    this.#maxElements = Math.min(options.maxElements ?? DEFAULT_LIMITS.maxElements, BEYOND_LIMITS - 1);
    this.#maxBulkLength = Math.min(
      options.maxBulkLength ?? DEFAULT_LIMITS.maxBulkLength,
      BEYOND_LIMITS - AROUND,
    );
    this.#maxLineLength = options.maxLineLength ?? DEFAULT_LIMITS.maxLineLength;
    this.#maxReplyLength = options.maxReplyLength ?? DEFAULT_LIMITS.maxReplyLength;
    const isRoomy = this.#maxDepth > 1 && this.#maxElements >= FEW * (FEW + 1) && this.#maxLineLength >= LONG;
    if (isRoomy) this.#strings = new StringsReader();
  }

  /**
   * Takes the next bytes of the stream. Replies may hold views of `chunk`: it must not be changed afterwards.
   *
   * Throws a `ProtocolError` when they are not RESP or go beyond a limit. There is no way to find the next reply
   * then: each later call throws the same error.
   */
  write(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (chunk.length > LARGEST) {
      this.write(chunk.subarray(0, LARGEST));
      this.write(chunk.subarray(LARGEST));
      return;
    }
    try {
      const at = this.#rest.length === 0 ? 0 : this.#resume(chunk);
      if (at < chunk.length) this.#read(chunk, at, chunk.length, undefined);
    } catch (error) {
      this.#failure = error;
      this.#release();
      throw error;
    }
  }

  /** Goes on with the unfinished value, as far as it goes in this chunk. Gives where the chunk goes on. */
  #resume(chunk: Uint8Array): number {
    const rest = this.#rest;
    // V8 is told that it has 32 bits: else it reckons in doubles, which takes twice as long (bench/NOTES.md).
    const length = chunk.length | 0;
    let at = 0;
    while (rest.length > 0 && at < length) {
      const { needed } = rest;
      // To copy the rest of a small chunk too costs less than to read it by itself.
      const joins = length - at <= Math.min(SMALL, rest.room);
      let end = length;
      if (needed > 0) end = (at + needed - rest.length) | 0;
      // A short line is read at once: to look whether it ends takes as long.
      else if (!joins || rest.length > NEAR) end = endOfLine(chunk, at, length) | 0;
      const ends = end > 0 && end <= length;
      if (joins || !ends) end = length;
      rest.add(chunk, at, end);
      if (ends) {
        const start = rest.take();
        this.#read(rest.bytes, start, rest.end, rest.words);
        rest.trim();
      } else if (needed === 0) this.#checkRest();
      at = end;
    }
    return at;
  }

  /** An unfinished value is held against the limits with what there is of it, and what it will have. */
  #checkRest(): void {
    const { length, needed } = this.#rest;
    if (needed === 0 && length > this.#maxLineLength) throw lineTooLong(this.#maxLineLength);
    if (this.#replyLength + Math.max(length, needed) > this.#maxReplyLength) {
      throw replyTooLong(this.#maxReplyLength);
    }
  }

  /**
   * Reads all values that are whole from `start` to `length`, and keeps the rest. The hot path of the client, so it goes straight
   * down the page: as methods of their own its steps take half as long again (bench/NOTES.md).
   */
  #read(bytes: Uint8Array, start: number, length: number, bytesAsWords: DataView | undefined): void {
    const onReply = this.#onReply;
    const readerOf = this.#readerOf;
    const arrays = this.#arrays;
    const strings = this.#strings;
    const maxLineLength = this.#maxLineLength;
    /** Of a line that is a reply by itself: its LF counts as well then. */
    const longestLine = Math.min(maxLineLength, this.#maxReplyLength - 1);
    const maxBulkLength = this.#maxBulkLength;
    /** Asked for when it is needed: that takes as long as to read some replies. */
    let buffer: ArrayBufferLike | undefined;
    let byteOffset = 0;
    let words = bytesAsWords;
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
        const first = bytes[at];
        // Most commands on jobs are answered with one digit or with an id, and often many of them in a row.
        if (longestLine >= SHORTEST_LINE && (first === COLON || first === PLUS)) {
          if (length - at > LONG) words ??= new DataView(bytes.buffer, bytes.byteOffset, length);
          if (words !== undefined) {
            at =
              first === COLON
                ? readDigits(words, at, length, onReply)
                : this.#texts.read(bytes, words, at, length, longestLine, onReply);
          }
        } else if (first === STAR && strings !== undefined) {
          at = arrays.read(bytes, at, length, readerOf, maxBulkLength, this.#maxReplyLength, onReply);
        }
        replyStart = at;
        if (arrays.items !== undefined) {
          ({ items, filled, wanted, reader, start: replyStart } = arrays);
          arrays.items = undefined;
          this.#reader = reader;
          this.#checkArray(wanted, 0);
          if (reader === strings && strings !== undefined) this.#elements += strings.strings;
        }
        if (at === length) break;
      } else if (reader !== undefined) {
        // One that may hold a string beyond the limit is read the usual way, which checks that.
        const place = reader.read(bytes, at, length, items, filled, wanted, maxBulkLength);
        const count = reader === strings ? strings.strings : 0;
        if (this.#elements + count > this.#maxElements) {
          // It is, too, when there are too many: so the error says of which array.
          this.#reader = undefined;
          reader = undefined;
        } else if (place > filled) {
          filled = place;
          at = reader.end;
          this.#elements += count;
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
        if (length - at > LONG) words ??= new DataView(bytes.buffer, bytes.byteOffset, length);
        const cursor = endOfText(bytes, words, at + 1, length);
        if (cursor < length - 1 && bytes[cursor] === CR && bytes[cursor + 1] === LF) {
          value = this.#ascii.slice(bytes, at + 1, cursor, length);
          end = cursor + 2;
        } else if (cursor === length) break;
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
        end = endOfLine(bytes, at, length);
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
          if (buffer === undefined) ({ buffer, byteOffset } = bytes);
          value = new View(buffer, byteOffset + body, number);
        }
      } else if (type === STAR) {
        if (number !== -1) {
          this.#checkArray(number, items === undefined ? 0 : this.#outer.length + 1);
          if (number === 0) value = [];
          else {
            if (items === undefined) {
              reader = readerOf();
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

    strings?.forget();
    this.#items = items;
    this.#filled = filled | 0;
    this.#wanted = wanted | 0;
    this.#replyLength += at - replyStart;
    if (at < length) {
      this.#rest.keep(bytes, at | 0, length, needed | 0);
      this.#checkRest();
    } else if (this.#replyLength > this.#maxReplyLength) throw replyTooLong(this.#maxReplyLength);
  }

  /** Lets go of all that was read of a reply that will never be whole. */
  #release(): void {
    this.#rest.clear();
    this.#items = undefined;
    this.#outer = [];
    this.#reader = undefined;
    this.#ascii = new AsciiReader(WINDOW);
    this.#texts = new TextsReader();
    this.#arrays = new ArraysReader();
    this.#strings = undefined;
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

/** Where the line ends that goes on at `start`, its LF included; 0 if that is not there. */
function endOfLine(bytes: Uint8Array, start: number, length: number): number {
  const near = Math.min(start + NEAR, length);
  for (let at = start; at < near; at++) if (bytes[at] === LF) return at + 1;
  const end = near === length ? 0 : bytes.indexOf(LF, near) + 1;
  return end > length ? 0 : end;
}
