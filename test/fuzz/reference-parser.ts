// A slow parser that is simple enough to be evidently correct: it has the whole stream, and keeps no state.

import { type ParserLimits, type Reply, ReplyError } from "../../src/resp/index.ts";

/**
 * How a stream ends.
 *
 * - `whole`: with the last byte of a reply.
 * - `unfinished`: within a reply that may still become valid.
 * - `hopeless`: within a reply that can no longer become valid, although the invalid part is incomplete. A parser may notice
 *   this now or later.
 * - `refused`: what follows the last reply is not RESP, or exceeds a limit.
 */
export type End = "whole" | "unfinished" | "hopeless" | "refused";

export interface Parsed {
  readonly replies: readonly Reply[];
  /** The offset behind the last byte of each reply. */
  readonly ends: readonly number[];
  readonly end: End;
}

/** An element of an array has at least a type and a CRLF. */
const SHORTEST_REPLY = 3;
const INTEGER = /^([+-]?[1-9][0-9]*|\+?0)$/;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Thrown where the stream ends, or should have ended. */
class Stop {
  readonly end: End;

  constructor(end: End) {
    this.end = end;
  }
}

export function parseWhole(bytes: Buffer, limits: ParserLimits = {}): Parsed {
  const { maxDepth = 32, maxElements = 1_048_576 } = limits;
  const { maxBulkLength = 536_870_912, maxLineLength = 65_536 } = limits;
  const { maxReplyLength = Number.POSITIVE_INFINITY } = limits;
  const replies: Reply[] = [];
  const ends: number[] = [];
  let at = 0;
  let elements = 0;
  /** Where the current reply begins, and the lowest offset at which it can end. */
  let start = 0;
  let earliestEnd = 0;

  function readLine(): string {
    if (at < bytes.length && !"+-:$*".includes(bytes.toString("latin1", at, at + 1)))
      throw new Stop("refused");
    const lf = bytes.indexOf("\n", at);
    const line = bytes.toString("latin1", at, lf === -1 ? bytes.length : lf);
    if (line.length > maxLineLength) throw new Stop("refused");
    if (lf === -1) throw new Stop(mayBecomeLine(line) ? "unfinished" : "hopeless");
    if (!isLine(line)) throw new Stop("refused");
    at = lf + 1;
    return line.slice(0, -1);
  }

  /** Whether a line without its LF is valid. */
  function isLine(line: string): boolean {
    if (!line.endsWith("\r")) return false;
    const content = line.slice(1, -1);
    if (content.includes("\r")) return false;
    switch (line[0]) {
      case "+":
      case "-":
        return true;
      case ":":
        return isInteger(content);
      case "$":
        return isInteger(content) && BigInt(content) >= -1n && BigInt(content) <= maxBulkLength;
      case "*":
        return isInteger(content) && BigInt(content) >= -1n && BigInt(content) <= maxElements;
      default:
        return false;
    }
  }

  function mayBecomeLine(start: string): boolean {
    if (start === "") return true;
    if (start.endsWith("\r")) return isLine(start);
    // The start of a number is a number itself, unless it has no digit yet.
    return ["", "0", "1"].some((digit) => isLine(`${start}${digit}\r`));
  }

  function readBody(length: number, behind: number): Buffer {
    earliestEnd = at + length + 2 + behind;
    const body = bytes.subarray(at, at + length);
    const crlf = bytes.toString("latin1", at + length, at + length + 2);
    if (crlf.length < 2) throw new Stop("\r\n".startsWith(crlf) ? "unfinished" : "hopeless");
    if (crlf !== "\r\n") throw new Stop("refused");
    at += length + 2;
    return body;
  }

  /** `behind`: the minimum number of bytes that must follow the reply, to complete the arrays that contain it. */
  function readReply(depth: number, behind: number): Reply {
    const line = readLine();
    const content = line.slice(1);
    const text = (): string => Buffer.from(content, "latin1").toString("utf8");
    switch (line[0]) {
      case "+":
        return text();
      case "-":
        return new ReplyError(text());
      case ":":
        return numberOf(content);
      case "$":
        return content === "-1" ? null : readBody(Number(content), behind);
      default:
        return content === "-1" ? null : readArray(Number(content), depth, behind);
    }
  }

  function readArray(length: number, depth: number, behind: number): Reply[] {
    elements += length;
    if (depth === maxDepth || elements > maxElements) throw new Stop("refused");
    earliestEnd = at + length * SHORTEST_REPLY + behind;
    const items: Reply[] = [];
    while (items.length < length) {
      const following = (length - items.length - 1) * SHORTEST_REPLY;
      items.push(readReply(depth + 1, behind + following));
    }
    return items;
  }

  /** How a stream ends within a reply, given the limit on the length of replies. */
  function endWithin(end: End): End {
    if (bytes.length - start > maxReplyLength) return "refused";
    return end === "unfinished" && earliestEnd - start > maxReplyLength ? "hopeless" : end;
  }

  try {
    while (at < bytes.length) {
      start = at;
      elements = 0;
      const reply = readReply(0, 0);
      if (at - start > maxReplyLength) throw new Stop("refused");
      replies.push(reply);
      ends.push(at);
    }
    return { replies, ends, end: "whole" };
  } catch (stop) {
    if (stop instanceof Stop) return { replies, ends, end: endWithin(stop.end) };
    throw stop;
  }
}

function isInteger(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX;
}

function numberOf(text: string): number | bigint {
  const value = BigInt(text);
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
