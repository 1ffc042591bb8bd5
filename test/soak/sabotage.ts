// Falsifies the history, to show that the checks can fail.

import type { Event, Recorder } from "./history.ts";

/**
 * - `lose`: a job that was added is never recorded as received.
 * - `invent`: a job is recorded as received that was never added.
 * - `lose-once`: a job with RETRY 0 is not recorded where it was found.
 * - `repeat-once`: a job with RETRY 0 is recorded as received twice.
 */
export type Sabotage = "lose" | "invent" | "lose-once" | "repeat-once";

export const SABOTAGES: readonly Sabotage[] = ["lose", "invent", "lose-once", "repeat-once"];

export function sabotaged(sabotage: Sabotage | undefined, record: Recorder): Recorder {
  switch (sabotage) {
    case undefined:
      return record;
    case "lose":
      return losing(record, false);
    case "lose-once":
      return losing(record, true);
    case "invent":
      return afterFirstReceived(record, false, (event) => ({ ...event, body: "invented" }));
    case "repeat-once":
      return afterFirstReceived(record, true, (event) => event);
  }
}

type Found = Extract<Event, { event: "received" | "orphan" | "left" }>;

function isFound(event: Event): event is Found {
  return event.event === "received" || event.event === "orphan" || event.event === "left";
}

/** Tells whether an event is about a job with RETRY 0. */
function withRetryZero(): (event: Event) => boolean {
  const bodies: Set<string> = new Set();
  return (event) => {
    if (event.event === "adding" && event.retry === 0) bodies.add(event.body);
    return "body" in event && bodies.has(event.body);
  };
}

function losing(record: Recorder, once: boolean): Recorder {
  const isOnce = withRetryZero();
  const found: Set<string> = new Set();
  let victim: string | undefined;
  return (event) => {
    const isCandidate = isOnce(event) === once;
    if (event.event === "added" && isCandidate && !found.has(event.body)) victim ??= event.body;
    if (isFound(event)) found.add(event.body);
    if (!isFound(event) || event.body !== victim) record(event);
  };
}

function afterFirstReceived(record: Recorder, once: boolean, forge: (event: Found) => Event): Recorder {
  const isOnce = withRetryZero();
  let done = false;
  return (event) => {
    const isCandidate = isOnce(event) === once;
    record(event);
    if (event.event !== "received" || !isCandidate || done) return;
    done = true;
    record(forge(event));
  };
}
