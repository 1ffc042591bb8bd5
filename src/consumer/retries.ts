// Decides what to do when jobs cannot be fetched. The functions are pure.

import { isRefusal } from "../commands/hello.ts";
import { ClosedError, ReplyError, UnsupportedError } from "../resp/index.ts";

/**
 * What to expect after fetching failed:
 * - `retry`: it may succeed later.
 * - `refused`: the node refuses the password. This is final only when all nodes refuse it.
 * - `final`: it will not succeed later.
 * - `closed`: the client was closed.
 */
export type Outlook = "retry" | "refused" | "final" | "closed";

/** Whether fetching can succeed after it failed with `error`. */
export function outlook(error: unknown): Outlook {
  if (error instanceof ClosedError) return "closed";
  if (error instanceof UnsupportedError) return "final";
  if (isRefusal(error)) return "refused";
  if (!(error instanceof ReplyError)) return "retry";
  return /^ERR unknown command/i.test(error.message) ? "final" : "retry";
}

/** Milliseconds. The upper bound of the first pause doubles with each attempt, up to the longest. */
const FIRST = 200;
const LONGEST = 5_000;

/** Milliseconds to pause after this many failed attempts in a row. The jitter spreads out consumers that failed together. */
export function pauseAfter(attempts: number, random: number = Math.random()): number {
  const bound = Math.min(LONGEST, FIRST * 2 ** Math.min(attempts - 1, 10));
  return bound * (0.5 + random / 2);
}

/** Milliseconds. The pause doubles with each wait that ended too early, up to the longest. */
const FIRST_IDLE = 50;
const LONGEST_IDLE = 1_000;

/**
 * Milliseconds to pause after a server has ended this many waits in a row much too early and without a job. Without the pause,
 * such a server would be asked thousands of times a second.
 */
export function pauseAfterEarly(waits: number): number {
  return Math.min(LONGEST_IDLE, FIRST_IDLE * 2 ** Math.min(waits - 1, 10));
}

/** Milliseconds for which a failed job is held by default, at least and at most. */
const SHORTEST_HOLD = 1_000;
const LONGEST_HOLD = 60_000;

/** The default backoff of workers: about 1.5, 3, 6, … seconds, with jitter, at least 1 and at most 60. */
export function defaultBackoff(
  { nacks }: { readonly nacks: number },
  random: number = Math.random(),
): number {
  const bound = Math.min(LONGEST_HOLD, 2 * SHORTEST_HOLD * 2 ** Math.min(nacks, 10));
  return bound * (0.5 + random / 2);
}
