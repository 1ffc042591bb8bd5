import { replyTooLong } from "./limits.ts";
import type { ElementReader, Reply } from "./reply.ts";

const LF = 10;
const CR = 13;
const STAR = 42;
const ZERO = 48;
/** Larger arrays are seldom read in a row. */
export const FEW = 8;
/** The bytes of the line that begins an array of these. */
const HEADER = 4;

/**
 * Reads arrays of few elements that follow each other and are replies by themselves, as fetched jobs most often come. It does what
 * the parser's loop does with each, at half of the cost (bench/NOTES.md). One whose elements its reader does not know, or that is
 * not whole, it leaves to that, as far as it came.
 */
export class ArraysReader<Element> {
  /** The array that is left, if there is one; how many elements it has and will have, what reads them, and where it began. */
  items: Reply<Element>[] | undefined;
  filled = 0;
  wanted = 0;
  reader: ElementReader<Element> | undefined;
  start = 0;

  /** Gives those between `start` and `limit` to `onReply`, and where it stopped. */
  read(
    bytes: Uint8Array,
    start: number,
    limit: number,
    readerOf: () => ElementReader<Element> | undefined,
    longest: number,
    longestReply: number,
    onReply: (reply: Reply<Element>) => void,
  ): number {
    let at = start;
    while (limit - at > HEADER && bytes[at] === STAR && bytes[at + 2] === CR && bytes[at + 3] === LF) {
      const count = (bytes[at + 1] ?? 0) - ZERO;
      if (count < 1 || count > FEW) break;
      const reader = readerOf();
      const items = new Array<Reply<Element>>(count);
      const body = at + HEADER;
      const filled = reader === undefined ? 0 : reader.read(bytes, body, limit, items, 0, count, longest);
      const end = reader === undefined || filled === 0 ? body : reader.end;
      if (filled < count) {
        this.items = items;
        this.filled = filled;
        this.wanted = count;
        this.reader = reader;
        this.start = at;
        return end;
      }
      if (end - at > longestReply) throw replyTooLong(longestReply);
      at = end;
      onReply(items);
    }
    return at;
  }
}
