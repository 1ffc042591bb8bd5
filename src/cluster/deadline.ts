import { TimeoutError } from "../resp/index.ts";

/** The longest that a timer of Node can wait; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Runs `work` with a signal that is aborted with a `TimeoutError` after so many milliseconds, or when `signal` is. */
export async function withDeadline<Value>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new TimeoutError(`no reply within ${milliseconds} ms`)),
    Math.min(milliseconds, LONGEST_TIMER),
  );
  const onAbort = (): void => deadline.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
