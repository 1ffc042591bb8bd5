// Node's timers and its monotonic clock, taken when the package is imported: tests that fake the global ones, or patch the
// modules later, do not stop the client.

import { performance } from "node:perf_hooks";
import * as timers from "node:timers";

export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
export const clearImmediate: typeof timers.clearImmediate = timers.clearImmediate;

/** The longest delay of a timer, in milliseconds; with a longer one it fires at once. */
const MAX_DELAY = 2 ** 31 - 1;

const startTimeout: typeof timers.setTimeout = timers.setTimeout;

/** Milliseconds on the monotonic clock. */
export const now: () => number = performance.now.bind(performance);

/** Calls back after this many milliseconds, or after `MAX_DELAY` if that is sooner. */
export function setTimeout(callback: () => void, milliseconds: number): NodeJS.Timeout {
  return startTimeout(callback, Math.min(milliseconds, MAX_DELAY));
}
