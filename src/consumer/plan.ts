// Which nodes to ask for how many jobs next. Pure.
//
//                 jobs                            a job
//              ┌────────┐                  ┌────────────────┐
//   connect ─▶ look (NOHANG) ── no job ──▶ wait (at most WAIT) ── no job ─┐
//              with all free places        with one place  ▲              │
//                                                          └──────────────┘
//
// A wait holds a place, since it may bring a job at any time. Where there are fewer places than nodes, waits are short and
// go round, and between them each node is looked at again.

/** A node, or the client's choice of one, as far as asking it is concerned. Times are on the monotonic clock. */
export interface Feed {
  /** Whether a call to it is under way. */
  readonly busy: boolean;
  /** Whether it is connected. One that is not is connected to without holding places meanwhile. */
  readonly ready: boolean;
  /** When it was last found to have no job; -Infinity when it had one. */
  readonly emptyAt: number;
  /** Not to be asked before then. */
  readonly restUntil: number;
  /** When it was looked at, and waited at, last: counted, not measured. */
  readonly looked: number;
  readonly waited: number;
}

export type Step<SomeFeed extends Feed> =
  | { readonly kind: "connect"; readonly feed: SomeFeed; readonly count: 0 }
  | { readonly kind: "look"; readonly feed: SomeFeed; readonly count: number }
  | { readonly kind: "wait"; readonly feed: SomeFeed; readonly count: 1; readonly milliseconds: number };

/** So many nodes are asked at a time. Others take turns. */
export const MOST_ASKED = 8;
/**
 * Milliseconds. The server ends a wait up to 100 ms late, so that `stop` takes less than a second; with 50 clients or more it may end
 * it 1.2 s late (server.c, clientsCron).
 */
export const WAIT = 800;
/** Milliseconds of a wait when there are fewer places than nodes. */
export const SHORT_WAIT = 300;

/**
 * The next calls, in order.
 *
 * @param free Places for jobs that neither a job nor a call holds.
 * @param places `free`, and those that calls hold.
 */
export function plan<SomeFeed extends Feed>(
  feeds: readonly SomeFeed[],
  free: number,
  places: number,
  now: number,
): Step<SomeFeed>[] {
  const steps: Step<SomeFeed>[] = [];
  const recheck = SHORT_WAIT * Math.max(1, feeds.length / MOST_ASKED);
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
    // Other nodes may keep a place each, unless that is more than half of them.
    const kept = 2 * empty.length <= left ? empty.length : 0;
    if (left > 0 && idle > 0) {
      steps.push({ kind: "look", feed: next, count: left - kept });
      idle--;
    }
    left = kept;
  }
  if (left <= 0 || idle <= 0) return steps;
  const milliseconds = Math.min(places, MOST_ASKED) < feeds.length ? SHORT_WAIT : WAIT;
  empty.sort((a, b) => a.waited - b.waited);
  for (const feed of empty.slice(0, Math.min(left, idle)))
    steps.push({ kind: "wait", feed, count: 1, milliseconds });
  return steps;
}

/** When the first feed that rests may be asked again; Infinity if none rests. */
export function nextEnd(feeds: readonly Feed[]): number {
  let end = Number.POSITIVE_INFINITY;
  for (const { busy, restUntil } of feeds) if (!busy && restUntil < end) end = restUntil;
  return end;
}
