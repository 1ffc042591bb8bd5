// The check of jobs that are delivered at least once: Jepsen's jepsen.checker/total-queue, on multisets of bodies. Pure.

import type { Entry } from "./history.ts";

export interface Verdict {
  /** How many ADDJOBs there were, how many of them succeeded, and how many failed or were not answered. */
  readonly attempted: number;
  readonly added: number;
  readonly unknown: number;
  /** The number of deliveries. */
  readonly received: number;
  /** How many ACKJOBs and FASTACKs were answered. */
  readonly acknowledged: number;
  /** Added, but never received. Must be empty. */
  readonly lost: readonly string[];
  /** Received, but there was no ADDJOB. Must be empty. */
  readonly unexpected: readonly string[];
  /** Received, although the client reported that the ADDJOB was not sent. Must be empty. */
  readonly denied: readonly string[];
  /** Deliveries after the first one of each ADDJOB: at least once is not exactly once. */
  readonly duplicates: number;
  /** Received, although their ADDJOB failed with a lost connection or NOREPL, which leave the outcome open. */
  readonly recovered: number;
}

/** How often each body is in it. */
type Multiset = Map<string, number>;

export async function check(history: Iterable<Entry> | AsyncIterable<Entry>): Promise<Verdict> {
  const [attempts, added, received]: [Multiset, Multiset, Multiset] = [new Map(), new Map(), new Map()];
  const unsent: Set<string> = new Set();
  /** The bodies and ids of jobs with RETRY 0. */
  const atMostOnce: Set<string> = new Set();
  let acknowledged = 0;
  for await (const entry of history) {
    if (entry.event === "adding" && entry.retry === 0) atMostOnce.add(entry.body);
    if ("body" in entry && atMostOnce.has(entry.body)) {
      if ("id" in entry) atMostOnce.add(entry.id);
      continue;
    }
    if (entry.event === "adding") put(attempts, entry.body);
    else if (entry.event === "added") put(added, entry.body);
    else if (entry.event === "received") put(received, entry.body);
    else if (entry.event === "not added" && !entry.sent) unsent.add(entry.body);
    else if (entry.event === "settled" && entry.how !== "nackJob" && !atMostOnce.has(entry.id))
      acknowledged++;
  }
  const expected = intersection(received, attempts);
  const unexpected = [...received.keys()].filter((body) => !attempts.has(body));
  return {
    attempted: size(attempts),
    added: size(added),
    unknown: size(attempts) - size(added),
    received: size(received),
    acknowledged,
    lost: [...difference(added, received).keys()],
    unexpected,
    denied: [...unsent].filter((body) => received.has(body)),
    duplicates: size(difference(received, attempts)) - size(only(received, unexpected)),
    recovered: size(difference(expected, added)),
  };
}

export function holds({ lost, unexpected, denied }: Verdict): boolean {
  return lost.length === 0 && unexpected.length === 0 && denied.length === 0;
}

function put(set: Multiset, body: string, count = 1): void {
  if (count > 0) set.set(body, (set.get(body) ?? 0) + count);
}

function size(set: Multiset): number {
  let sum = 0;
  for (const count of set.values()) sum += count;
  return sum;
}

function difference(set: Multiset, without: Multiset): Multiset {
  const left: Multiset = new Map();
  for (const [body, count] of set) put(left, body, count - (without.get(body) ?? 0));
  return left;
}

function intersection(a: Multiset, b: Multiset): Multiset {
  const both: Multiset = new Map();
  for (const [body, count] of a) put(both, body, Math.min(count, b.get(body) ?? 0));
  return both;
}

function only(set: Multiset, bodies: readonly string[]): Multiset {
  const some: Multiset = new Map();
  for (const body of bodies) put(some, body, set.get(body));
  return some;
}
