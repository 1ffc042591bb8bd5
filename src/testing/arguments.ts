import { ErrorReply } from "./reply.ts";

/** An argument as the server's C code sees it where it takes it for a C string: it ends at the first NUL. */
export function cString(argument: Buffer): string {
  const end = argument.indexOf(0);
  return argument.toString("latin1", 0, end === -1 ? argument.length : end);
}

/** An option or command name, which the server compares without regard to case. */
export function word(argument: Buffer | undefined): string {
  return argument === undefined ? "" : cString(argument).toLowerCase();
}

/**
 * object.c, getLongLongFromObject: what strtoll takes as a whole, so a plus sign and leading zeroes are allowed, and
 * the empty string is 0. Null when it is no integer of 64 bits.
 */
export function integer(argument: Buffer): number | null {
  const value = bigInteger(cString(argument));
  // Adding 0 makes 0 of -0.
  return value === null ? null : Number(value) + 0;
}

/** As {@link integer}, without loss of digits. */
export function bigInteger(text: string): bigint | null {
  if (text === "") return 0n;
  if (!/^[+-]?\d+$/.test(text)) return null;
  const value = BigInt(text.replace("+", ""));
  return value === BigInt.asIntN(64, value) ? value : null;
}

/** strtoll of a text of digits with an optional sign, which stays within 64 bits; no digits are 0. */
export function saturatedInteger(digits: string): bigint {
  const value = /\d/.test(digits) ? BigInt(digits.replace("+", "")) : 0n;
  const most = 2n ** 63n - 1n;
  if (value > most) return most;
  return value < -most - 1n ? -most - 1n : value;
}

export function integerOrThrow(argument: Buffer, error = "value is not an integer or out of range"): number {
  const value = integer(argument);
  if (value === null) throw new ErrorReply(`ERR ${error}`);
  return value;
}

/** blocked.c, getTimeoutFromObjectOrReply: when a timeout in milliseconds ends; 0 for one that never does. */
export function timeoutEnd(argument: Buffer, now: number): number {
  const timeout = integerOrThrow(argument, "timeout is not an integer or out of range");
  if (timeout < 0) throw new ErrorReply("ERR timeout is negative");
  // The sum wraps around, so that the longest timeouts end at once.
  return timeout === 0 ? 0 : Number(BigInt.asIntN(64, BigInt(now) + BigInt(timeout)));
}

/** object.c, parseScanCursorOrReply: strtoul, so that a negative number counts down from 2^64. */
export function scanCursor(argument: Buffer): bigint {
  const text = cString(argument);
  if (text === "") return 0n;
  const value = /^[+-]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : null;
  if (value === null || value >= 2n ** 64n || value <= -(2n ** 64n)) {
    throw new ErrorReply("ERR invalid cursor or option name");
  }
  return BigInt.asUintN(64, value);
}
