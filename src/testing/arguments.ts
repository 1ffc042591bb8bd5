import type { Clock } from "./clock.ts";
import { ErrorReply } from "./reply.ts";

/** An argument as text: one character for each byte. */
export function latin1(argument: Buffer): string {
  return argument.toString("latin1");
}

/** An argument read as a C string: it ends at the first NUL. */
export function cString(argument: Buffer): string {
  const text = latin1(argument);
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

/** An option or command name in lower case: the server ignores case. */
export function word(argument: Buffer | undefined): string {
  return argument === undefined ? "" : cString(argument).toLowerCase();
}

/**
 * object.c, getLongLongFromObject: an integer as strtoll reads it. A plus sign and leading zeros are allowed, and the empty
 * string is 0. Returns null when the text is not a 64-bit integer.
 */
export function integer(argument: Buffer): number | null {
  const text = cString(argument);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const value = bigInteger(text);
  return value === null ? null : Number(value);
}

/** Like {@link integer}, without loss of precision. */
export function bigInteger(text: string): bigint | null {
  if (text === "") return 0n;
  if (!/^[+-]?\d+$/.test(text)) return null;
  const value = BigInt(text.replace("+", ""));
  return value === BigInt.asIntN(64, value) ? value : null;
}

/** An optionally signed number, clamped to 64 bits as strtoll does; 0 when there are no digits. */
export function saturatedInteger(digits: string): bigint {
  const value = /\d/.test(digits) ? BigInt(digits.replace("+", "")) : 0n;
  const max = 2n ** 63n - 1n;
  if (value > max) return max;
  return value < -max - 1n ? -max - 1n : value;
}

export function integerOrThrow(argument: Buffer, error = "value is not an integer or out of range"): number {
  const value = integer(argument);
  if (value === null) throw new ErrorReply(`ERR ${error}`);
  return value;
}

/** blocked.c, getTimeoutFromObjectOrReply: the time at which a timeout in milliseconds expires; 0 for never. */
export function timeoutEnd(argument: Buffer, clock: Clock): number {
  const timeout = integerOrThrow(argument, "timeout is not an integer or out of range");
  if (timeout < 0) throw new ErrorReply("ERR timeout is negative");
  // The sum wraps around as in the server, so the longest timeouts expire immediately.
  return timeout === 0 ? 0 : Number(BigInt.asIntN(64, BigInt(clock.now()) + BigInt(timeout)));
}

/** object.c, parseScanCursorOrReply: uses strtoul, so a negative number counts down from 2^64. */
export function scanCursor(argument: Buffer): bigint {
  const text = cString(argument);
  if (text === "") return 0n;
  const value = /^[+-]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : null;
  if (value === null || value >= 2n ** 64n || value <= -(2n ** 64n)) {
    throw new ErrorReply("ERR invalid cursor or option name");
  }
  return BigInt.asUintN(64, value);
}
