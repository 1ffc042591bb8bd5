// Timers and the clock, taken from Node when this module is loaded, so that tests that fake the global ones, or those of
// `node:timers`, do not stop a connection.

import { AsyncResource } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import timers from "node:timers";
import { onAbort, type Signal } from "./signals.ts";

export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
export const clearImmediate: typeof timers.clearImmediate = timers.clearImmediate;
/** Milliseconds on the monotonic clock. */
export const now: () => number = performance.now.bind(performance);

/** setTimeout fires immediately for longer delays. */
export const MAX_DELAY: number = 2 ** 31 - 1;

/** The async context in which this module was loaded, which is no request's. */
const outside = new AsyncResource("DISQUE");

/**
 * Runs `work` outside the caller's async context: sockets and timers that it makes, and their events, keep no
 * `AsyncLocalStorage` store of the request that happened to need them.
 */
export function runOutside<Value>(work: () => Value): Value {
  return outside.runInAsyncScope(work);
}

/** Waits, or rejects with the reason of `signal` as soon as that is aborted. */
export function sleep(milliseconds: number, signal: Signal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(
      () => {
        stopListening?.();
        resolve();
      },
      Math.min(milliseconds, MAX_DELAY),
    );
    const stopListening =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
  });
}
