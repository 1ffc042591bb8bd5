// The check of jobs with RETRY 0, on nodes without faults: added = received + orphans + left in their queues. Pure.

import type { Entry } from "./history.ts";
import { ONCE_QUEUE } from "./producer.ts";

export interface AtMostOnceVerdict {
  /** The number of jobs that were added, and of those that may have been. */
  readonly added: number;
  readonly unknown: number;
  /** Where they were found in the end. */
  readonly received: number;
  readonly orphans: number;
  readonly left: number;
  /** How often calls, loops, workers and clients were stopped, and how long that took at most, in milliseconds. */
  readonly stops: number;
  readonly longestStop: number;
  /** Added, but found nowhere. Must be empty. */
  readonly lost: readonly string[];
  /** Found more than once. Must be empty. */
  readonly twice: readonly string[];
  /** Found, although the client reported that its ADDJOB was not sent. Must be empty. */
  readonly denied: readonly string[];
}

/** What the history says about one job. */
interface Fate {
  outcome: "added" | "unknown" | "unsent";
  found: number;
}

export async function checkAtMostOnce(
  history: Iterable<Entry> | AsyncIterable<Entry>,
): Promise<AtMostOnceVerdict> {
  const fates: Map<string, Fate> = new Map();
  const counts = { received: 0, orphan: 0, left: 0 };
  let stops = 0;
  let longestStop = 0;
  for await (const entry of history) {
    if (entry.event === "stopped" && entry.queue === ONCE_QUEUE) {
      stops++;
      longestStop = Math.max(longestStop, entry.milliseconds);
    }
    if (!("body" in entry)) continue;
    if (entry.event === "adding" && entry.retry === 0) {
      fates.set(entry.body, { outcome: "unknown", found: 0 });
    }
    const fate = fates.get(entry.body);
    if (fate === undefined) continue;
    if (entry.event === "added") fate.outcome = "added";
    else if (entry.event === "not added" && !entry.sent) fate.outcome = "unsent";
    else if (entry.event === "received" || entry.event === "orphan" || entry.event === "left") {
      fate.found++;
      counts[entry.event]++;
    }
  }
  const bodies = (where: (fate: Fate) => boolean): string[] =>
    [...fates].filter(([, fate]) => where(fate)).map(([body]) => body);
  return {
    added: bodies(({ outcome }) => outcome === "added").length,
    unknown: bodies(({ outcome }) => outcome === "unknown").length,
    received: counts.received,
    orphans: counts.orphan,
    left: counts.left,
    stops,
    longestStop,
    lost: bodies(({ outcome, found }) => outcome === "added" && found === 0),
    twice: bodies(({ found }) => found > 1),
    denied: bodies(({ outcome, found }) => outcome === "unsent" && found > 0),
  };
}

export function holdsAtMostOnce({ lost, twice, denied }: AtMostOnceVerdict): boolean {
  return lost.length === 0 && twice.length === 0 && denied.length === 0;
}
