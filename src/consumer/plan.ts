// Decides how many jobs to fetch next and from which nodes, and what to do after a failure. All functions are pure
// except for jitter.
//
//   step                                next step if it returned jobs    if it returned none
//   connect                             poll                             poll
//   poll (NOHANG), for all free slots   poll                             wait
//   wait (WAIT_TIME), for one slot      poll                             wait
//
// A wait reserves a slot, since it may return a job at any time. If there are fewer slots than nodes, the nodes take turns.

import { isRefusal } from "../commands/hello.ts";
import { ClosedError, ReplyError, UnsupportedError } from "../resp/index.ts";

/** What a consumer needs to know about a node. */
export interface SourceNode {
  /** The node's id; empty until it is known. */
  readonly id: string;
  /** Whether to fetch jobs from the node. */
  readonly good: boolean;
  /** Whether a call can be sent to the node without connecting first. */
  readonly connected: boolean;
}

/** The state of fetching from one node, or from the node that the client chooses. Times are on the monotonic clock. */
export interface Feed {
  /** Whether a call to the node is in flight. */
  readonly busy: boolean;
  /** Whether the node is connected. If it is not, a step connects to it first, without reserving slots. */
  readonly ready: boolean;
  /** When the node was last found to have no job; -Infinity if its last reply had a job, or before its first reply. */
  readonly emptyAt: number;
  /** The node must not be asked before this time. */
  readonly pausedUntil: number;
  /** The sequence numbers of the last poll and of the last wait on this node. Polls and waits are numbered across all nodes. */
  readonly lastPoll: number;
  readonly lastWait: number;
}

export type Step<SomeFeed extends Feed> =
  | { readonly kind: "connect"; readonly feed: SomeFeed; readonly count: 0 }
  | { readonly kind: "poll"; readonly feed: SomeFeed; readonly count: number }
  | { readonly kind: "wait"; readonly feed: SomeFeed; readonly count: 1 };

/**
 * Maximum number of jobs in one GETJOB. Each job takes 8 elements, counters included, and a reply may have 1,048,576 elements by
 * default.
 */
const MAX_COUNT = 10_000;
/** Maximum number of nodes that are asked at a time. If there are more, they take turns. */
export const MAX_ASKED = 8;
/** Duration of one wait in milliseconds. The client sends a single GETJOB for it, since only longer waits are split. */
export const WAIT_TIME = 300;

/** The next calls, in order. `free` is the number of slots that are taken neither by a job nor by a call. */
export function plan<SomeFeed extends Feed>(
  feeds: readonly SomeFeed[],
  free: number,
  now: number,
): Step<SomeFeed>[] {
  const steps: Step<SomeFeed>[] = [];
  const recheck = WAIT_TIME * Math.max(1, feeds.length / MAX_ASKED);
  let idle = MAX_ASKED;
  let next: SomeFeed | undefined;
  const empty: SomeFeed[] = [];
  for (const feed of feeds) {
    if (feed.busy) idle--;
    else if (feed.pausedUntil > now) continue;
    else if (!feed.ready) steps.push({ kind: "connect", feed, count: 0 });
    else if (now - feed.emptyAt < recheck) empty.push(feed);
    else if (next === undefined || feed.lastPoll < next.lastPoll) next = feed;
  }
  if (steps.length > idle) steps.length = Math.max(0, idle);
  idle -= steps.length;
  let left = free;
  if (next !== undefined) {
    // Keep a slot for a wait on each node without jobs, unless that takes more than half of the slots.
    const kept = 2 * empty.length <= left ? empty.length : 0;
    if (left > 0 && idle > 0) {
      steps.push({ kind: "poll", feed: next, count: Math.min(left - kept, MAX_COUNT) });
      idle--;
    }
    left = kept;
  }
  if (left <= 0 || idle <= 0) return steps;
  empty.sort((a, b) => a.lastWait - b.lastWait);
  for (const feed of empty.slice(0, Math.min(left, idle))) steps.push({ kind: "wait", feed, count: 1 });
  return steps;
}

/** When the first paused feed may be asked again; Infinity if none is paused. */
export function nextResume(feeds: readonly Feed[], now: number): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { busy, pausedUntil } of feeds)
    if (!busy && pausedUntil > now && pausedUntil < first) first = pausedUntil;
  return first;
}

/** A node to fetch from. Without an id, the client chooses the node. */
export class NodeFeed implements Feed {
  readonly id: string | undefined;
  busy = false;
  ready: boolean;
  emptyAt: number = Number.NEGATIVE_INFINITY;
  pausedUntil = 0;
  lastPoll = 0;
  lastWait = 0;
  /** The number of consecutive failures, and whether the last failure was a refused password. */
  failures = 0;
  refused = false;
  /** The number of consecutive waits that ended much too early. */
  earlyWaits = 0;
  /** The number of slots that the call in flight reserves, and when that call counts as late. */
  reserved = 0;
  lateAt: number = Number.POSITIVE_INFINITY;

  constructor(id: string | undefined, ready: boolean) {
    this.id = id;
    this.ready = ready;
  }

  /** Called when the node returned jobs, or let a wait run its full time: earlier failures no longer count. */
  succeeded(): void {
    this.failures = 0;
    this.refused = false;
    this.earlyWaits = 0;
  }
}

/**
 * Returns a feed for each good node. If no node is good, returns one feed without a node: the client then searches for a node.
 */
export function feedsFor(nodes: readonly SourceNode[], before: readonly NodeFeed[]): NodeFeed[] {
  const feeds: NodeFeed[] = [];
  for (const { id, good, connected } of nodes) {
    // Two listed addresses may belong to the same node.
    if (!good || id === "" || feeds.some((feed) => feed.id === id)) continue;
    feeds.push(before.find((feed) => feed.id === id) ?? new NodeFeed(id, connected));
  }
  if (feeds.length > 0) return feeds;
  const known = before.find(({ id }) => id === undefined);
  if (known !== undefined) return [known];
  const feed = new NodeFeed(undefined, true);
  // The outage that left no good nodes continues, so the pauses must not start again from the shortest.
  feed.failures = Math.max(0, ...before.map(({ failures }) => failures));
  return [feed];
}

/**
 * What an error says about further attempts to fetch from a node:
 * - `retry`: a later attempt may succeed.
 * - `refused`: the node refuses the password. This is final only when all nodes refuse it.
 * - `final`: no later attempt will succeed.
 * - `closed`: the client was closed.
 */
export type FailureKind = "retry" | "refused" | "final" | "closed";

export function failureKind(error: unknown): FailureKind {
  if (error instanceof ClosedError) return "closed";
  if (error instanceof UnsupportedError) return "final";
  if (isRefusal(error)) return "refused";
  if (!(error instanceof ReplyError)) return "retry";
  return /^ERR unknown command/i.test(error.message) ? "final" : "retry";
}

/** Upper bounds of the first pause and of all pauses, in milliseconds. The bound doubles with each attempt. */
const FIRST_PAUSE = 200;
const MAX_PAUSE = 5_000;

/**
 * Milliseconds to pause after this many consecutive failures. The jitter spreads out consumers that failed at the same time.
 */
export function pauseAfter(attempts: number, random: number = Math.random()): number {
  const bound = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempts - 1, 10));
  return bound * (0.5 + random / 2);
}

/** First and maximum pause in milliseconds after waits that ended too early. The pause doubles with each such wait. */
const FIRST_EARLY_PAUSE = 50;
const MAX_EARLY_PAUSE = 1_000;

/**
 * Milliseconds to pause after this many consecutive waits that the server ended much too early and without a job. Without the
 * pause, such a server would be asked thousands of times a second.
 */
export function pauseAfterEarly(waits: number): number {
  return Math.min(MAX_EARLY_PAUSE, FIRST_EARLY_PAUSE * 2 ** Math.min(waits - 1, 10));
}

/** Minimum and maximum milliseconds for which a failed job is held by default. */
const MIN_HOLD = 1_000;
const MAX_HOLD = 60_000;

/** The default backoff of workers: about 1.5, 3, 6, … seconds, with jitter, at least 1 and at most 60. */
export function defaultBackoff(
  { nacks }: { readonly nacks: number },
  random: number = Math.random(),
): number {
  const bound = Math.min(MAX_HOLD, 2 * MIN_HOLD * 2 ** Math.min(nacks, 10));
  return bound * (0.5 + random / 2);
}
