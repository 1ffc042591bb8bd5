// The combinations of abort signals that calls need. `AbortSignal.any` is not used: it leaks when one of its sources lives on
// (nodejs/node#54614). Signals may be of another realm, so only the members that all have are used.

import { setMaxListeners } from "node:events";
import { clearTimeout, setImmediate, setTimeout } from "../resp/timers.ts";

/** Throws the signal's reason if it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/** Calls `listener` when the signal is aborted. Returns what removes the listener. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  // Many calls may share a signal, and each removes its listener: Node's warning about a leak would be wrong.
  if (signal instanceof EventTarget) setMaxListeners(0, signal);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

/** The same promise, but rejecting with the signal's reason as soon as it is aborted. */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => {});
      reject(signal.reason);
      return;
    }
    const remove = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(remove);
  });
}

/** Runs `work` with a signal that is aborted after this many milliseconds, with the error that `late` makes, or with `signal`. */
export async function withDeadline<Value>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const remove = signal && onAbort(signal, () => controller.abort(signal.reason));
  // After the timer an immediate: a busy process would otherwise act on the timer before it reads what has arrived meanwhile.
  const timer = setTimeout(() => setImmediate(() => controller.abort(late())), milliseconds);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    remove?.();
  }
}

/** Resolves after this many milliseconds, or rejects with the signal's reason. */
export function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal);
    const timer = setTimeout(() => {
      remove?.();
      resolve();
    }, milliseconds);
    const remove =
      signal &&
      onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
  });
}
