// Checks of what callers pass, before anything is sent. Each takes the name by which the caller knows the argument.

import { isUint8Array } from "node:util/types";
import type { CallOptions } from "./command.ts";
import { isJobId, type JobRef } from "./job.ts";

const NO_OPTIONS: CallOptions = {};

/** What every command takes besides its own options. */
export function callOptions(options: CallOptions | undefined): CallOptions {
  if (options === undefined) return NO_OPTIONS;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw wrongKind("options", "an object", options);
  const { signal, commandTimeout, node } = options;
  if (node !== undefined) text("node", node);
  if (signal !== undefined) abortSignal("signal", signal);
  if (commandTimeout !== undefined) period("commandTimeout", commandTimeout);
  return options;
}

/**
 * Refuses options that do not exist. `method` is what takes them. Nearly all unknown ones are misspelt, so the error names
 * the nearest known one.
 */
export function knownOptions(method: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw wrongKind(`the options of ${method}`, "an object", options);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const [nearest = ""] = [...known].sort((a, b) => distance(name, a) - distance(name, b));
    throw new TypeError(`${method} has no option ${show(name)}; did you mean ${show(nearest)}?`);
  }
}

/** How many letters must be inserted, removed or replaced to make one word of the other, regardless of case. */
function distance(from: string, to: string): number {
  // Names of options are short; what else a caller passes is not compared in full.
  const [a, b] = [from.slice(0, 64).toLowerCase(), to.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** One queue or several. */
export function queueNames(name: string, value: string | readonly string[]): readonly string[] {
  if (typeof value === "string") return [value];
  const queues = list(name, value);
  if (queues.length === 0) throw new RangeError(`${name} must name at least one queue`);
  for (const queue of queues) text(`each of ${name}`, queue);
  return queues;
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

/** Milliseconds above 0, `Infinity` among them. */
export function period(name: string, value: number): number {
  if (typeof value !== "number") throw wrongKind(name, "a number", value);
  if (!(value > 0)) throw new RangeError(`${name} must be above 0, not ${value}`);
  return value;
}

/** Milliseconds, 0 and `Infinity` among them. */
export function timeLimit(name: string, value: number): number {
  return value === 0 ? value : period(name, value);
}

export function callback<Callback>(name: string, value: Callback): Callback {
  if (typeof value !== "function") throw wrongKind(name, "a function", value);
  return value;
}

export function abortSignal(name: string, value: AbortSignal): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw wrongKind(name, "an AbortSignal", value);
}

export function oneOf<Word extends string>(name: string, value: Word, words: readonly Word[]): Word {
  if (!words.includes(value)) {
    throw wrongKind(name, `one of ${words.map((word) => JSON.stringify(word)).join(", ")}`, value);
  }
  return value;
}

/** A cursor is an unsigned 64-bit integer, which a number could not hold: the server's own text is passed on. */
export function cursor(name: string, value: string): string {
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) {
    throw wrongKind(name, `"0" or a cursor that the server gave`, value);
  }
  return value;
}

export function jobId(name: string, value: JobRef): string {
  const id: unknown = typeof value === "object" && value !== null ? value.id : value;
  if (typeof id !== "string") throw wrongKind(name, "a job or its id", value);
  if (!isJobId(id)) throw new TypeError(`${name} is not a job id: ${show(id)}`);
  return id;
}

/** An argument of another kind than was wanted. */
function wrongKind(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${wanted}, not ${show(value)}`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}
