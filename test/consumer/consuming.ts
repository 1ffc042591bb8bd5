// Shared by the tests of jobs() and work().

import type { AddJobOptions, Disque } from "../../src/index.ts";

/** Adds jobs whose bodies are their numbers, counted from 0, and returns their ids. */
export function addJobs(
  disque: Disque,
  queue: string,
  count: number,
  options: AddJobOptions = {},
): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => disque.addJob(queue, String(n), options)));
}

/** Options of addJob for a job that is delivered at most once. */
export const AT_MOST_ONCE: AddJobOptions = { retry: 0, replicate: 1 };

/** The numbers below `count` as texts, in the order of `sorted`. */
export function numbers(count: number): string[] {
  return sorted(Array.from({ length: count }, (_, n) => String(n)));
}

export function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort((a, b) => Number(a) - Number(b));
}

/** A promise that a test resolves with `open()`. */
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

/** Resolves after this many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Collects uncaught errors, which node:test would otherwise report as failures. */
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
