// Decides which nodes to ask for how many jobs next. The functions are pure.
//
//                 jobs                            a job
//              ┌────────┐                  ┌────────────────┐
//   connect ─▶ look (NOHANG) ── no job ──▶ wait (at most WAIT) ── no job ─┐
//              with all free places        with one place  ▲              │
//                                                          └──────────────┘
//
// A wait takes a place, since it may return a job at any time. If there are fewer places than nodes, the nodes take turns.

/** A node to fetch from, or any node that the client chooses. Times are on the monotonic clock. */
export interface Feed {
  /** Whether a call to it is under way. */
  readonly busy: boolean;
  /** Whether the node is connected. If it is not, a step connects to it first, without holding places meanwhile. */
  readonly ready: boolean;
  /** When the node was last found to have no job; -Infinity if it had one. */
  readonly emptyAt: number;
  /** The node must not be asked before this time. */
  readonly restUntil: number;
  /** The number of the last look at the node and of the last wait at it, counted over all nodes. */
  readonly looked: number;
  readonly waited: number;
}

export type Step<SomeFeed extends Feed> =
  | { readonly kind: "connect"; readonly feed: SomeFeed; readonly count: 0 }
  | { readonly kind: "look"; readonly feed: SomeFeed; readonly count: number }
  | { readonly kind: "wait"; readonly feed: SomeFeed; readonly count: 1 };

/** Maximum jobs of one GETJOB. Each is 8 elements with its counters, and a reply may have 1,048,576 by default. */
const MAX_COUNT = 10_000;
/** Maximum number of nodes that are asked at a time. If there are more, they take turns. */
export const MOST_ASKED = 8;
/** Milliseconds of a wait, which takes one GETJOB. */
export const WAIT = 300;

/** The next calls, in order. `free` is the number of places that neither a job nor a call holds. */
export function plan<SomeFeed extends Feed>(
  feeds: readonly SomeFeed[],
  free: number,
  now: number,
): Step<SomeFeed>[] {
  const steps: Step<SomeFeed>[] = [];
  const recheck = WAIT * Math.max(1, feeds.length / MOST_ASKED);
  let idle = MOST_ASKED;
  let next: SomeFeed | undefined;
  const empty: SomeFeed[] = [];
  for (const feed of feeds) {
    if (feed.busy) idle--;
    else if (feed.restUntil > now) continue;
    else if (!feed.ready) steps.push({ kind: "connect", feed, count: 0 });
    else if (now - feed.emptyAt < recheck) empty.push(feed);
    else if (next === undefined || feed.looked < next.looked) next = feed;
  }
  if (steps.length > idle) steps.length = Math.max(0, idle);
  idle -= steps.length;
  let left = free;
  if (next !== undefined) {
    // Keep a place for a wait at each node without jobs, unless that takes more than half of the places.
    const kept = 2 * empty.length <= left ? empty.length : 0;
    if (left > 0 && idle > 0) {
      steps.push({ kind: "look", feed: next, count: Math.min(left - kept, MAX_COUNT) });
      idle--;
    }
    left = kept;
  }
  if (left <= 0 || idle <= 0) return steps;
  empty.sort((a, b) => a.waited - b.waited);
  for (const feed of empty.slice(0, Math.min(left, idle))) steps.push({ kind: "wait", feed, count: 1 });
  return steps;
}

/** When the first feed that rests now may be asked again; Infinity if none rests. */
export function nextEnd(feeds: readonly Feed[], now: number): number {
  let end = Number.POSITIVE_INFINITY;
  for (const { busy, restUntil } of feeds) if (!busy && restUntil > now && restUntil < end) end = restUntil;
  return end;
}
