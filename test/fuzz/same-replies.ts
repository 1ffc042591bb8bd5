import { type Reply, ReplyError } from "../../src/resp/index.ts";

/** Where two lists of replies differ, or `null`. `assert.deepEqual` would take most of the time of all cases. */
export function differenceOf(actual: readonly Reply[], expected: readonly Reply[], at = ""): string | null {
  for (let index = 0; index < Math.max(actual.length, expected.length); index++) {
    const place = `${at}[${index}]`;
    const one = actual[index];
    const other = expected[index];
    if (one === undefined || other === undefined) {
      return `${place}: ${actual.length} of ${expected.length} replies`;
    }
    if (Array.isArray(one) && Array.isArray(other)) {
      const difference = differenceOf(one, other, place);
      if (difference !== null) return difference;
    } else if (!isSame(one, other)) {
      return `${place}: ${shown(one)} instead of ${shown(other)}`;
    }
  }
  return null;
}

function isSame(one: Reply, other: Reply): boolean {
  if (Buffer.isBuffer(one)) return Buffer.isBuffer(other) && one.equals(other);
  if (one instanceof ReplyError) {
    return other instanceof ReplyError && one.message === other.message && one.code === other.code;
  }
  return Object.is(one, other);
}

function shown(reply: Reply): string {
  if (Buffer.isBuffer(reply)) return `the bytes ${quoted(reply)}`;
  if (Array.isArray(reply)) return `an array of ${reply.length}`;
  return `${typeof reply} ${String(reply).slice(0, 100)}`;
}

/** Bytes as a string with one character per byte; only the ends of long ones. */
export function quoted(bytes: Uint8Array, longest = 2000): string {
  const { length } = bytes;
  const text = (start: number, end: number): string =>
    JSON.stringify(Buffer.from(bytes.subarray(start, end)).toString("latin1"));
  if (length <= longest) return text(0, length);
  return `${text(0, longest / 2)} … ${text(length - longest / 2, length)} (${length} bytes)`;
}
