import { MAX_DELAY } from "../resp/max-delay.ts";

/**
 * Does `work` with a signal that is aborted after so many milliseconds, with the error that `late` makes, or when
 * `signal` is.
 */
export async function withDeadline<Value>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(late()), Math.min(milliseconds, MAX_DELAY));
  const onAbort = (): void => deadline.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
