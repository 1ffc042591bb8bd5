/**
 * The longest that one GETJOB may wait. A wait without end is asked for again and again, each time with a deadline, so
 * that a dead connection never looks like an empty queue: with the default `commandTimeout` it is noticed within 20 s.
 */
export const LONGEST_WAIT = 10_000;

/** A wait of `total` milliseconds, which may be `Infinity`, in pieces. */
export function* slices(total: number): Generator<number> {
  for (let left = total; left > 0; left -= LONGEST_WAIT) yield Math.min(left, LONGEST_WAIT);
}
