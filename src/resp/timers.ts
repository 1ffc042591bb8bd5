// Timers and the clock are taken from Node when this module is loaded. So a test that fakes the global timers, or those of
// `node:timers`, does not stop a connection.

import { AsyncResource } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import timers from "node:timers";
import { abortReason, onAbort, type Signal } from "./signals.ts";

export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
export const clearImmediate: typeof timers.clearImmediate = timers.clearImmediate;
// Jest fakes these two functions unless it is configured otherwise.
export const queueMicrotask: typeof globalThis.queueMicrotask = globalThis.queueMicrotask;
export const nextTick: typeof process.nextTick = process.nextTick.bind(process);
/** Milliseconds on the monotonic clock. */
export const now: () => number = performance.now.bind(performance);

const startTimeout: typeof timers.setTimeout = timers.setTimeout;

/** Maximum delay in milliseconds: Node's setTimeout fires immediately for longer delays. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Calls `callback` after this many milliseconds, or after `MAX_TIMEOUT` if that is less. */
export function setTimeout(callback: () => void, milliseconds: number): NodeJS.Timeout {
  return startTimeout(callback, Math.min(milliseconds, MAX_TIMEOUT));
}

/** The async context in which this module was loaded. It belongs to no request. */
const outside = new AsyncResource("DISQUE");

/**
 * Runs `work` outside the caller's async context. Otherwise the sockets and timers that it creates, and their events, would
 * keep the `AsyncLocalStorage` store of the request that happened to need them.
 */
export function runOutside<Value>(work: () => Value): Value {
  return outside.runInAsyncScope(work);
}

/** Waits this many milliseconds, or rejects with the reason of `signal` as soon as the signal is aborted. */
export function sleep(milliseconds: number, signal: Signal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortReason(signal));
    const timer = setTimeout(() => {
      stopListening?.();
      resolve();
    }, milliseconds);
    const stopListening =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer);
        reject(abortReason(signal));
      });
  });
}
