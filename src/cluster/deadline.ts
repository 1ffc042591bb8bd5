import { MAX_DELAY } from "../resp/timers.ts";
import { withController } from "./abortable.ts";

/**
 * Does `work` with a signal that is aborted after so many milliseconds, with the error that `late` makes, or when
 * `signal` is.
 */
export function withDeadline<Value>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  return withController(signal, async (deadline) => {
    // A busy process finds its timers due before it has read what came meanwhile: an immediate runs after that.
    const abort = (): void => deadline.abort(late());
    const timer = setTimeout(() => setImmediate(abort), Math.min(milliseconds, MAX_DELAY));
    try {
      return await work(deadline.signal);
    } finally {
      clearTimeout(timer);
    }
  });
}
