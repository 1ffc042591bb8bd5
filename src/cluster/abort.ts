// Combines abort signals for calls. `AbortSignal.any` is not used: it leaks while one of its sources stays alive
// (nodejs/node#54614). Signals may come from another realm, so the code uses only members that all implementations have.

import { TimeoutError } from "../resp/index.ts";
import { abortReason, onAbort } from "../resp/signals.ts";
import { clearTimeout, now, setImmediate, setTimeout } from "../resp/timers.ts";

/** Throws the signal's reason if it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/** Settles like `promise`, but rejects with the signal's reason as soon as the signal is aborted. */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => {});
      reject(abortReason(signal));
      return;
    }
    const remove = onAbort(signal, () => reject(abortReason(signal)));
    promise.then(resolve, reject).finally(remove);
  });
}

/**
 * Runs `work` with a signal that is aborted when `signal` is aborted, or after `milliseconds`, with the result of
 * `timeoutError` as its reason.
 */
export async function withDeadline<Value>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  timeoutError: () => Error,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const remove = signal && onAbort(signal, () => controller.abort(abortReason(signal)));
  // After the timer, wait for an immediate: otherwise a busy process would time out before it reads data that has already
  // arrived.
  const timer = setTimeout(() => setImmediate(() => controller.abort(timeoutError())), milliseconds);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    remove?.();
  }
}

export interface CallDeadlineOptions {
  /** When the call last made progress, on the monotonic clock. */
  readonly progressAt: () => number;
  readonly onOverdue: (error: TimeoutError) => void;
}

/**
 * Enforces a call's own `commandTimeout`. When it has passed, the call ends, but the connection stays open, since other calls
 * share it.
 */
export class CallDeadline {
  readonly #timeout: number;
  readonly #options: CallDeadlineOptions;
  readonly #startedAt: number = now();
  #timer: NodeJS.Timeout | undefined;

  /** Starts the timer. The call is overdue after `timeout` milliseconds without progress. */
  constructor(timeout: number, options: CallDeadlineOptions) {
    this.#timeout = timeout;
    this.#options = options;
    this.#watch(timeout);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #watch(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#check(), milliseconds);
  }

  #check(): void {
    const progressAt = Math.max(this.#startedAt, this.#options.progressAt());
    const left = progressAt + this.#timeout - now();
    // Timers may fire up to a millisecond early.
    if (left > 1) this.#watch(left);
    else this.#options.onOverdue(new TimeoutError(`no reply within ${this.#timeout} ms`));
  }
}
