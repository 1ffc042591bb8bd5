// Timers and the monotonic clock as they were when the package was imported: tests that fake the global ones do not stop
// a consumer.

import { performance } from "node:perf_hooks";
import * as timers from "node:timers";

export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;

/** Milliseconds on the monotonic clock. */
export const now: () => number = performance.now.bind(performance);
