// Lines read strictly, whatever they are. The parser reads the common ones by itself, and comes here for what is rare or
// wrong.

import { ProtocolError, ReplyError } from "./errors.ts";
import { BEYOND_LIMITS } from "./limits.ts";
import { bufferOf } from "./view.ts";

const CR = 13;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;

/** An integer of that many digits is exact as a JavaScript number, whatever the digits are. */
const EXACT_DIGITS = 15;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Refuses at once what no reply can begin with: who speaks another protocol may never end its line. */
export function checkFirstByte(byte: number | undefined): void {
  switch (byte) {
    case 0x2b: // +
    case 0x2d: // -
    case 0x3a: // :
    case 0x24: // $
    case 0x2a: // *
      return;
    default:
      throw new ProtocolError(`a reply cannot begin with the byte ${byte}`);
  }
}

/** What the line in `bytes` from `start` to `end` says, its LF included: a text, an error, or a number. Its first byte was checked. */
export function readLine(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | number | bigint | ReplyError {
  const first = start + 1;
  const last = end - 2;
  if (last < start || bytes[last] !== CR) throw new ProtocolError("a line does not end with CRLF");
  switch (bytes[start]) {
    case 0x2b: // +
      return textOf(bytes, first, last);
    case 0x2d: // -
      return untraced(textOf(bytes, first, last));
    default:
      return integerOf(bytes, first, last);
  }
}

/** The length that such a line announces, or what stands for those that are beyond every limit. */
export function lengthOf(line: unknown): number {
  return Math.max(-2, Math.min(Number(line), BEYOND_LIMITS)) | 0;
}

/**
 * An error without a stack, which would tell where the parser is, and take more time and memory than all else: an array may
 * hold millions of them. Whoever throws one has it tell another story.
 */
function untraced(message: string): ReplyError {
  const { stackTraceLimit } = Error;
  // `Reflect`, since it may have been frozen.
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return new ReplyError(message);
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at] === CR) throw new ProtocolError("a line holds a CR that does not end it");
  }
  return bufferOf(bytes).toString("utf8", start, end);
}

/** The signed 64-bit integer in those bytes, as strictly as the server reads one: no space, no leading zero. */
function integerOf(bytes: Uint8Array, start: number, end: number): number | bigint {
  const negative = bytes[start] === MINUS;
  const first = negative || bytes[start] === PLUS ? start + 1 : start;
  const digits = end - first;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) throw notAnInteger(start, end);
    value = value * 10 + digit;
  }
  if (digits <= 0 || (bytes[first] === ZERO && (digits > 1 || negative))) {
    throw notAnInteger(start, end);
  }
  if (digits <= EXACT_DIGITS) return negative ? -value : value;
  const exact = BigInt(bufferOf(bytes).toString("latin1", start, end));
  if (exact < INT64_MIN || exact > INT64_MAX) throw notAnInteger(start, end);
  const rounded = Number(exact);
  return Number.isSafeInteger(rounded) ? rounded : exact;
}

/** Without what came: servers repeat in their answers what they were sent, and that may be a password. */
function notAnInteger(start: number, end: number): ProtocolError {
  return new ProtocolError(`what came is not an integer of 64 bits, but ${end - start} other bytes`);
}
