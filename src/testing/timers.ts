import { performance } from "node:perf_hooks";
import * as timers from "node:timers";

// Taken once, when the package is imported: a test that fakes timers later, globally or in `node:timers` as
// `mock.timers` of node:test does, must not stop the server.

export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;

const { now, timeOrigin } = performance;

/** Milliseconds since an arbitrary moment. */
export function monotonicTime(): number {
  return now.call(performance);
}

/** Milliseconds since 1970. Counted from the start of the process, so changes of this machine's clock do not matter. */
export function realTime(): number {
  return Math.floor(timeOrigin + monotonicTime());
}
