import { isUint8Array } from "node:util/types";

/** What a command can be made of. Strings are sent as UTF-8, numbers and bigints in decimal. */
export type Argument = string | Uint8Array | number | bigint;

/** Beyond these two, a server closes the connection, with all that is under way on it (networking.c of Disque). */
const MOST_ARGUMENTS = 1_048_576;
const LONGEST_ARGUMENT = 512 * 1024 * 1024;
/** A character takes three bytes at most, counted as JavaScript counts them. */
const SURELY_SHORT = LONGEST_ARGUMENT / 3;

/**
 * Throws a `TypeError` or `RangeError` for a command that cannot be sent. Gives the place from which on all of its arguments are
 * strings of one length, as ids are.
 */
export function checkCommand(args: readonly Argument[]): number {
  if (args.length === 0) throw new TypeError("a command needs at least its name");
  if (args.length > MOST_ARGUMENTS) {
    throw new RangeError(`a command can have at most ${MOST_ARGUMENTS} arguments, not ${args.length}`);
  }
  let run = 0;
  let length = -1;
  for (let index = 0; index < args.length; index++) {
    const arg: unknown = args[index];
    if (typeof arg === "string" && arg.length <= SURELY_SHORT) {
      if (arg.length !== length) run = index;
      length = arg.length;
    } else {
      if (typeof arg !== "number" || !Number.isFinite(arg)) checkArgument(index, arg);
      run = index + 1;
      length = -1;
    }
  }
  return run;
}

function checkArgument(index: number, arg: unknown): void {
  if (typeof arg === "bigint") return;
  if (typeof arg === "number") {
    throw new RangeError(`argument ${index} of a command must be finite, not ${arg}`);
  }
  if (typeof arg !== "string" && !isUint8Array(arg)) {
    throw new TypeError(`argument ${index} of a command must be a string, bytes, a number or a bigint`);
  }
  if (Buffer.byteLength(arg) > LONGEST_ARGUMENT) {
    throw new RangeError(`argument ${index} of a command is longer than 512 MB`);
  }
}
