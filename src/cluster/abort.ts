// The combinations of abort signals that calls need. `AbortSignal.any` is not used: it leaks when one of its sources lives on
// (nodejs/node#54614). Signals may be of another realm, so only the members that all have are used.

import { onAbort } from "../resp/signals.ts";
import { clearTimeout, setImmediate, setTimeout } from "../resp/timers.ts";

/** Throws the signal's reason if it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
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
