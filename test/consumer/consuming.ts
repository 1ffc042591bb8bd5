// What the tests of jobs() and work() have in common.

import type { AddJobOptions, Disque } from "../../src/index.ts";

/** Adds so many jobs, whose bodies are their numbers from 0, and gives their ids. */
export function addJobs(
  disque: Disque,
  queue: string,
  count: number,
  options: AddJobOptions = {},
): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => disque.addJob(queue, String(n), options)));
}

/** What a job delivered at most once is added with. */
export const AT_MOST_ONCE: AddJobOptions = { retry: 0, replicate: 1 };

/** The numbers from 0 up to that, as texts, in the order of `sorted`. */
export function numbers(count: number): string[] {
  return sorted(Array.from({ length: count }, (_, n) => String(n)));
}

export function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort((a, b) => Number(a) - Number(b));
}

/** Something to wait for until a test lets it happen. */
export class Gate {
  readonly opened: Promise<void>;
  #open: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }
}

/** Resolves after so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What errors that nobody caught came meanwhile, which node:test would take for failures. */
export async function uncaught(during: () => Promise<unknown>): Promise<unknown[]> {
  const listeners = process.rawListeners("uncaughtException") as NodeJS.UncaughtExceptionListener[];
  const errors: unknown[] = [];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => errors.push(error));
  try {
    await during();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
  return errors;
}
