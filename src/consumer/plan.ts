// Decides which nodes to ask for how many jobs next. What it decides, and what follows from a failure, depends on the arguments alone.
//
//                 jobs                            a job
//              ┌────────┐                  ┌────────────────┐
//   connect ─▶ look (NOHANG) ── no job ──▶ wait (at most WAIT) ── no job ─┐
//              with all free places        with one place  ▲              │
//                                                          └──────────────┘
//
// A wait takes a place, since it may return a job at any time. If there are fewer places than nodes, the nodes take turns.

import { isRefusal } from "../commands/hello.ts";
import { ClosedError, ReplyError, UnsupportedError } from "../resp/index.ts";

/** What a consumer needs to know of a node. */
export interface SourceNode {
  /** Empty until the client has learned it. */
  readonly id: string;
  /** Whether to fetch jobs from it. */
  readonly good: boolean;
  /** Whether a call can be sent to it without connecting first. */
  readonly connected: boolean;
}

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

/** A node to fetch from. Without an id, the client chooses the node. */
export class NodeFeed implements Feed {
  readonly id: string | undefined;
  busy = false;
  ready: boolean;
  emptyAt: number = Number.NEGATIVE_INFINITY;
  restUntil = 0;
  looked = 0;
  waited = 0;
  /** Failures in a row, and whether the last one was a refused password. */
  failures = 0;
  refused = false;
  /** Waits in a row that ended much too early. */
  early = 0;
  /** The number of places that the call under way reserves, and when it counts as late. */
  held = 0;
  lateAt: number = Number.POSITIVE_INFINITY;

  constructor(id: string | undefined, ready: boolean) {
    this.id = id;
    this.ready = ready;
  }

  /** Called when the node returned jobs, or let a wait run its full time: earlier failures no longer count. */
  succeeded(): void {
    this.failures = 0;
    this.refused = false;
    this.early = 0;
  }
}

/**
 * Returns a feed for each good node. If there is none, returns one feed whose calls the client routes, since it knows how to
 * look for a node.
 */
export function feedsFor(nodes: readonly SourceNode[], before: readonly NodeFeed[]): NodeFeed[] {
  const feeds: NodeFeed[] = [];
  for (const { id, good, connected } of nodes) {
    // Two listed addresses may lead to one node.
    if (!good || id === "" || feeds.some((feed) => feed.id === id)) continue;
    feeds.push(before.find((feed) => feed.id === id) ?? new NodeFeed(id, connected));
  }
  if (feeds.length > 0) return feeds;
  const known = before.find(({ id }) => id === undefined);
  if (known !== undefined) return [known];
  const feed = new NodeFeed(undefined, true);
  // The outage because of which there are no good nodes is not over.
  feed.failures = Math.max(0, ...before.map(({ failures }) => failures));
  return [feed];
}

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
