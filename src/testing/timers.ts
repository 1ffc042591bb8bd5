import { performance } from "node:perf_hooks";
import * as timers from "node:timers";

// Captured when the package is imported, so that a test that fakes timers later, whether globally or in `node:timers` (as
// `mock.timers` of node:test does), does not stop the server.

export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;

const { now, timeOrigin } = performance;

/** Milliseconds since an arbitrary moment. */
export function monotonicTime(): number {
  return now.call(performance);
}

/** Milliseconds since 1970, measured monotonically from the process start: system clock changes have no effect. */
export function realTime(): number {
  return Math.floor(timeOrigin + monotonicTime());
}
