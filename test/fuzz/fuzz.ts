// Runs cases one after the other, optionally in a separate thread, so that one that never ends is noticed.

import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { Choices } from "./choices.ts";
import type { Target } from "./target.ts";

export interface Range {
  /** The name of the target. */
  readonly target: string;
  readonly seed: number;
  /** The number of the first case. */
  readonly first: number;
  readonly count: number;
}

/** How often each trait of a case occurred. */
export type Tally = Readonly<Record<string, number>>;

export type Outcome =
  | { readonly failed: false; readonly tally: Tally }
  /** `report` contains the problem, the case, and how to run it again. */
  | { readonly failed: true; readonly report: string };

/** Milliseconds that one case may take on a busy machine. */
const LONGEST_CASE = 30_000;
/** Megabytes. Only the longest streams take more than a few. */
const HEAP = 256;

/** Runs the cases in this thread. `onCase` is called with the number of each before it starts. */
export async function runCases(
  target: Target,
  { seed, first, count }: Range,
  onCase: (number: number) => void = () => {},
): Promise<Outcome> {
  const tally: Record<string, number> = {};
  try {
    for (let number = first; number < first + count; number++) {
      onCase(number);
      const tried = target.prepare(new Choices(seed, number));
      try {
        const running = tried.run();
        // Awaiting a finished case would take longer than most cases.
        if (running !== undefined) await running;
      } catch (error) {
        return { failed: true, report: reportOf(target, seed, number, error) };
      }
      for (const trait of tried.traits) tally[trait] = (tally[trait] ?? 0) + 1;
    }
    return { failed: false, tally };
  } finally {
    await target.close?.();
  }
}

export interface FuzzOptions {
  /** Milliseconds that one case may take. */
  readonly longestCase?: number;
  /** Megabytes that the thread may use. */
  readonly heap?: number;
  /** The program of the thread. */
  readonly thread?: URL;
}

/** Runs the cases in a worker. A crash, unbounded memory and a case that never ends are failures too. */
export async function fuzz(target: Target, range: Range, options: FuzzOptions = {}): Promise<Outcome> {
  const { longestCase = LONGEST_CASE, heap = HEAP } = options;
  const thread = options.thread ?? new URL("./worker.js", import.meta.url);
  const progress = new Int32Array(new SharedArrayBuffer(4));
  progress[0] = range.first;
  const worker = new Worker(thread, {
    workerData: { ...range, progress },
    resourceLimits: { maxOldGenerationSizeMb: heap },
  });
  const current = (): number => Atomics.load(progress, 0);
  try {
    return await new Promise<Outcome>((resolve) => {
      const fail = (reason: unknown): void => {
        resolve({ failed: true, report: reportOf(target, range.seed, current(), reason) });
      };
      worker.once("message", resolve);
      worker.once("error", fail);
      worker.once("exit", (code) => fail(`the thread ended with code ${code}`));
      watch(worker, current, longestCase, () => fail(`it takes more than ${longestCase} ms`));
    });
  } finally {
    await worker.terminate();
  }
}

/** Watches that cases finish, until the worker ends. */
function watch(worker: Worker, current: () => number, longestCase: number, onStall: () => void): void {
  let number = current();
  let since = performance.now();
  const timer = setInterval(() => {
    if (current() !== number) {
      number = current();
      since = performance.now();
    } else if (performance.now() - since > longestCase) {
      onStall();
    }
  }, longestCase / 10);
  worker.once("exit", () => clearInterval(timer));
}

function reportOf(target: Target, seed: number, number: number, reason: unknown): string {
  const why = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  return [
    `Case ${number} of the ${target.name} with the seed ${seed}: ${why}`,
    target.prepare(new Choices(seed, number)).show(),
    `To run it again: npm run fuzz -- --target ${target.name} --seed ${seed} --case ${number}`,
  ].join("\n\n");
}
