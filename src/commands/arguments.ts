// Checks the arguments of a call before anything is sent. Most functions take the argument's name, for their error messages.

import { isUint8Array } from "node:util/types";
import { CALL_OPTIONS, type CallOptions } from "./definition.ts";
import { isJobId, type JobRef } from "./job.ts";

const NO_OPTIONS: CallOptions = {};

/** Checks the options of a call: their names, and the values of the options that every command takes. */
export function callOptions(
  options: CallOptions | undefined,
  names: Readonly<Record<string, true>> = CALL_OPTIONS,
): CallOptions {
  if (options === undefined) return NO_OPTIONS;
  knownOptions("options", options, names);
  const { signal: abort, commandTimeout, node } = options;
  if (abort !== undefined) signal("signal", abort);
  if (commandTimeout !== undefined) period("commandTimeout", commandTimeout);
  if (node !== undefined) text("node", node);
  return options;
}

/** Throws if an options object has a name that is not in `names`. */
export function knownOptions(name: string, value: object, names: Readonly<Record<string, true>>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongKind(name, "an object", value);
  }
  for (const option of Object.keys(value)) {
    if (Object.hasOwn(names, option)) continue;
    const nearest = nearestName(option, Object.keys(names));
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    throw new TypeError(`${name}: unknown option ${show(option)}${hint}`);
  }
}

/** The name that is most similar to `name`, if any is similar enough. */
function nearestName(name: string, names: readonly string[]): string | undefined {
  const lower = name.slice(0, 64).toLowerCase();
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(2, lower.length / 2) ? best.candidate : undefined;
}

/** The Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Checks a queue name, or an array of queue names. */
export function queueNames(name: string, value: string | readonly string[]): readonly string[] {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw wrongKind(name, "a queue name or an array of them", value);
  if (value.length === 0) throw new RangeError(`${name} must name at least one queue`);
  for (const queue of value) text(`each of ${name}`, queue);
  return value;
}

export function list<Item>(name: string, value: readonly Item[]): readonly Item[] {
  if (!Array.isArray(value)) throw wrongKind(name, "an array", value);
  return value;
}

export function bytes(name: string, value: string | Uint8Array): string | Uint8Array {
  if (typeof value === "string" || isUint8Array(value)) return value;
  throw wrongKind(name, "a string or bytes", value);
}

export function text(name: string, value: string): string {
  if (typeof value !== "string") throw wrongKind(name, "a string", value);
  return value;
}

export function textOrNumber(name: string, value: string | number): string | number {
  return typeof value === "number" ? integer(name, value, -Number.MAX_SAFE_INTEGER) : text(name, value);
}

export function integer(
  name: string,
  value: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") throw wrongKind(name, "a number", value);
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new RangeError(`${name} must be a whole number ${range}, not ${value}`);
  }
  return value;
}

export function flag(name: string, value: boolean): boolean {
  if (typeof value !== "boolean") throw wrongKind(name, "true or false", value);
  return value;
}

/** Checks a time in milliseconds, which must be above 0; `Infinity` is allowed. */
export function period(name: string, value: number): number {
  if (typeof value !== "number") throw wrongKind(name, "a number", value);
  if (!(value > 0)) throw new RangeError(`${name} must be above 0, not ${value}`);
  return value;
}

/** Checks a time in milliseconds; 0 and `Infinity` are allowed. */
export function timeLimit(name: string, value: number): number {
  return value === 0 ? value : period(name, value);
}

/** Converts a blocking time to the form that the server expects, in which 0 means forever. */
export function serverTimeout(name: string, value: number, insteadOfZero = ""): number {
  if (value === Number.POSITIVE_INFINITY) return 0;
  if (value === 0)
    throw new RangeError(`${name} must be above 0: use Infinity to wait forever${insteadOfZero}`);
  return integer(name, value, 1);
}

export function callback<Callback>(name: string, value: Callback): Callback {
  if (typeof value !== "function") throw wrongKind(name, "a function", value);
  return value;
}

/** Does not check the class, so that signals from other realms and polyfills are accepted. */
export function signal(name: string, value: AbortSignal): AbortSignal {
  const { aborted, addEventListener, removeEventListener } = Object(value);
  const isSignal =
    typeof aborted === "boolean" &&
    typeof addEventListener === "function" &&
    typeof removeEventListener === "function";
  if (!isSignal) throw wrongKind(name, "an AbortSignal", value);
  return value;
}

export function oneOf<Word extends string>(name: string, value: Word, words: readonly Word[]): Word {
  if (!words.includes(value)) {
    throw wrongKind(name, `one of ${words.map((word) => JSON.stringify(word)).join(", ")}`, value);
  }
  return value;
}

/**
 * A cursor is an unsigned 64-bit integer, too large for a number, so it stays the text that the server sent. Only 0 may be
 * given as a number.
 */
export function cursor(name: string, value: string | number): string {
  if (value === 0) return "0";
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) {
    throw wrongKind(name, "0 or a cursor that the server returned", value);
  }
  return value;
}

export function jobId(name: string, value: JobRef): string {
  const id: unknown = typeof value === "object" && value !== null ? value.id : value;
  if (typeof id !== "string") throw wrongKind(name, "a job or its id", value);
  if (!isJobId(id)) throw new TypeError(`${name} is not a job id: ${show(id)}`);
  return id;
}

function wrongKind(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${wanted}, not ${show(value)}`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}
