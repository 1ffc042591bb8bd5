import { ProtocolError } from "./errors.ts";

/** Bounds on what a server may send. Going beyond one is a `ProtocolError`, and ends the connection. */
export interface ParserLimits {
  /** How deep arrays may be nested. Default 32: no reply of Disque goes beyond 4. */
  readonly maxDepth?: number | undefined;
  /** How many elements one reply may have, those of its inner arrays counted. Default 4,194,304. */
  readonly maxElements?: number | undefined;
  /** How many bytes a bulk string may have. Default 536,870,912, the server's own bound. */
  readonly maxBulkLength?: number | undefined;
  /** How many bytes a line may have before its LF. Default 65,536. */
  readonly maxLineLength?: number | undefined;
  /** How many bytes one reply may have in all. Default 1,073,741,824. */
  readonly maxReplyLength?: number | undefined;
}

export const DEFAULT_LIMITS: { readonly [Name in keyof Required<ParserLimits>]: number } = {
  maxDepth: 32,
  maxElements: 4_194_304,
  maxBulkLength: 536_870_912,
  maxLineLength: 65_536,
  maxReplyLength: 1_073_741_824,
};

/** No limit on a length may be as high: no buffer or array of JavaScript has so many bytes or elements on every platform. */
export const BEYOND_LIMITS = 2_147_483_647;

/** Whatever is beyond is read as the one number. */
function shown(length: number): string {
  return length === BEYOND_LIMITS ? `${length} or more` : String(length);
}

export function lineTooLong(limit: number): ProtocolError {
  return new ProtocolError(`a line is longer than ${limit} bytes`);
}

export function badBulkString(length: number, limit: number): ProtocolError {
  return new ProtocolError(`a bulk string cannot have ${shown(length)} bytes, at most ${limit}`);
}

export function badArray(length: number, limit: number): ProtocolError {
  return new ProtocolError(`an array cannot have ${shown(length)} elements, at most ${limit} in a reply`);
}

export function tooDeep(limit: number): ProtocolError {
  return new ProtocolError(`arrays are nested deeper than ${limit}`);
}

export function replyTooLong(limit: number): ProtocolError {
  return new ProtocolError(`a reply is longer than ${limit} bytes`);
}
