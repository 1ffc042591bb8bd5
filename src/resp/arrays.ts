import type { ElementReader, Reply } from "./reply.ts";

const LF = 10;
const CR = 13;
const STAR = 42;
const ZERO = 48;
/** Larger arrays are seldom read in a row, and to begin them again where one is cut would take long. */
export const FEW = 8;
/** The bytes of the line that begins an array of these. */
const HEADER = 4;

/**
 * Reads arrays of few elements that follow each other and are replies by themselves, as fetched jobs most often come. It does what
 * the parser's loop does with each, at half of the cost (bench/NOTES.md); what its readers do not know and what is not whole it
 * leaves to that. Gives those between `start` and `limit` to `onReply`, and where it stopped.
 */
export function readArrays<Element>(
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
    if (reader === undefined) break;
    const items = new Array<Reply<Element>>(count);
    if (reader.read(bytes, at + HEADER, limit, items, 0, count, longest) < count) break;
    if (reader.end - at > longestReply) break;
    at = reader.end;
    onReply(items);
  }
  return at;
}
