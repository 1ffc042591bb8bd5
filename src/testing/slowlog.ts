import type { Reply } from "./reply.ts";

/** SLOWLOG_ENTRY_MAX_ARGC and SLOWLOG_ENTRY_MAX_STRING in Disque's slowlog.h. */
const MAX_ARGUMENTS = 32;
const MAX_ARGUMENT_LENGTH = 128;

interface Entry {
  readonly id: number;
  /** When the command ran, in seconds. */
  readonly time: number;
  /** How long the command took, in microseconds. */
  readonly duration: number;
  readonly args: readonly Reply[];
}

/** The log of slow commands, newest first: slowlog.c. */
export class Slowlog {
  #entries: Entry[] = [];
  #nextId = 0;

  get length(): number {
    return this.#entries.length;
  }

  push(args: readonly Buffer[], time: number, duration: number): void {
    this.#entries.unshift({ id: this.#nextId++, time, duration, args: shorten(args) });
  }

  trim(max: number): void {
    if (this.#entries.length > max) this.#entries.length = max;
  }

  reset(): void {
    this.#entries = [];
  }

  /** The newest `count` entries; all of them for a negative count. */
  get(count: number): Reply {
    const entries = count < 0 ? this.#entries : this.#entries.slice(0, count);
    return entries.map(({ id, time, duration, args }) => [id, time, duration, args]);
  }
}

function shorten(args: readonly Buffer[]): Reply[] {
  const kept = args.length > MAX_ARGUMENTS ? args.slice(0, MAX_ARGUMENTS - 1) : args;
  const replies: Reply[] = kept.map((arg) => {
    if (arg.length <= MAX_ARGUMENT_LENGTH) return Buffer.from(arg);
    const more = `... (${arg.length - MAX_ARGUMENT_LENGTH} more bytes)`;
    return Buffer.concat([arg.subarray(0, MAX_ARGUMENT_LENGTH), Buffer.from(more)]);
  });
  if (kept !== args) replies.push(`... (${args.length - kept.length} more arguments)`);
  return replies;
}
