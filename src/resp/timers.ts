// Timers and the clock, taken from Node when this module is loaded, so that tests that fake the global ones, or those of
// `node:timers`, do not stop a connection.

import { AsyncResource } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import timers from "node:timers";
import { onAbort, type Signal } from "./signals.ts";

export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
export const clearImmediate: typeof timers.clearImmediate = timers.clearImmediate;
/** Milliseconds on the monotonic clock. */
export const now: () => number = performance.now.bind(performance);

const startTimeout: typeof timers.setTimeout = timers.setTimeout;

/** Milliseconds. Node's setTimeout fires immediately for longer delays. */
const MAX_DELAY = 2 ** 31 - 1;

/** Calls back after this many milliseconds, at most after `MAX_DELAY`. */
export function setTimeout(callback: () => void, milliseconds: number): NodeJS.Timeout {
  return startTimeout(callback, Math.min(milliseconds, MAX_DELAY));
}

/** The async context in which this module was loaded, which is no request's. */
const outside = new AsyncResource("DISQUE");

/**
 * Runs `work` outside the caller's async context: sockets and timers that it makes, and their events, keep no
 * `AsyncLocalStorage` store of the request that happened to need them.
 */
export function runOutside<Value>(work: () => Value): Value {
  return outside.runInAsyncScope(work);
}

/** Waits this many milliseconds, or rejects with the reason of `signal` as soon as that is aborted. */
export function sleep(milliseconds: number, signal: Signal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      stopListening?.();
      resolve();
    }, milliseconds);
    const stopListening =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
  });
}
