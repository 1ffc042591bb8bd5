import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AtMostOnceVerdict, checkAtMostOnce, holdsAtMostOnce } from "./at-most-once.ts";
import type { Event } from "./history.ts";
import { ONCE_QUEUE, QUEUE } from "./producer.ts";

const by = "consumer";
const adding = (body: string, retry = 0): Event => ({ event: "adding", by, body, retry });
const added = (body: string): Event => ({ event: "added", body, id: `D-${body}` });
const notAdded = (body: string, sent: boolean): Event => ({
  event: "not added",
  body,
  sent,
  error: { code: "ECONNECTION", message: "lost" },
});
const found = (event: "received" | "orphan" | "left", body: string): Event => ({
  event,
  by,
  body,
  id: `D-${body}`,
});
const stopped = (queue: string, milliseconds: number): Event => ({
  event: "stopped",
  by,
  queue,
  what: "worker",
  milliseconds,
});

function verdict(...events: Event[]): Promise<AtMostOnceVerdict> {
  return checkAtMostOnce(events.map((event, at) => ({ at, ...event })));
}

describe("the check of jobs with RETRY 0", () => {
  it("finds nothing in an empty history", async () => {
    const nothing = await verdict();
    assert.ok(holdsAtMostOnce(nothing));
    assert.deepEqual(nothing, {
      added: 0,
      unknown: 0,
      received: 0,
      orphans: 0,
      left: 0,
      stops: 0,
      longestStop: 0,
      lost: [],
      twice: [],
      denied: [],
    });
  });

  it("accepts a job that was received, is an orphan, or is left in its queue", async () => {
    const all = await verdict(
      ...["a", "b", "c"].flatMap((body) => [adding(body), added(body)]),
      found("received", "a"),
      found("orphan", "b"),
      found("left", "c"),
    );
    assert.ok(holdsAtMostOnce(all));
    assert.deepEqual([all.added, all.received, all.orphans, all.left], [3, 1, 1, 1]);
  });

  it("accepts a job that was received before its ADDJOB was answered", async () => {
    const early = await verdict(adding("a"), found("received", "a"), added("a"));
    assert.ok(holdsAtMostOnce(early));
    assert.equal(early.received, 1);
  });

  it("reports a job as lost if it was added and is found nowhere", async () => {
    const all = await verdict(adding("a"), added("a"), adding("b"), added("b"), found("left", "b"));
    assert.deepEqual(all.lost, ["a"]);
    assert.ok(!holdsAtMostOnce(all));
  });

  for (const places of [
    ["received", "received"],
    ["received", "orphan"],
    ["received", "left"],
    ["orphan", "left"],
    ["orphan", "orphan"],
  ] as const)
    it(`rejects a job found twice: ${places.join(", ")}`, async () => {
      const all = await verdict(adding("a"), added("a"), ...places.map((place) => found(place, "a")));
      assert.deepEqual(all.twice, ["a"]);
      assert.ok(!holdsAtMostOnce(all));
    });

  it("does not require a job whose ADDJOB failed, but accepts it only once", async () => {
    const once = await verdict(adding("a"), notAdded("a", true), adding("b"), found("received", "a"));
    assert.ok(holdsAtMostOnce(once));
    assert.equal(once.unknown, 2);
    const twice = await verdict(
      adding("a"),
      notAdded("a", true),
      found("received", "a"),
      found("orphan", "a"),
    );
    assert.deepEqual(twice.twice, ["a"]);
  });

  it("rejects a job whose ADDJOB was reported as not sent", async () => {
    const all = await verdict(adding("a"), notAdded("a", false), found("orphan", "a"));
    assert.deepEqual(all.denied, ["a"]);
    assert.ok(!holdsAtMostOnce(all));
  });

  it("ignores jobs with another retry time", async () => {
    const all = await verdict(adding("a", 2), added("a"), adding("b", 2), added("b"), found("received", "b"));
    assert.ok(holdsAtMostOnce(all));
    assert.deepEqual([all.added, all.received], [0, 0]);
  });

  it("reports how many consumers of its queue were stopped, and the longest stop", async () => {
    const all = await verdict(stopped(ONCE_QUEUE, 20), stopped(ONCE_QUEUE, 70), stopped(QUEUE, 900));
    assert.deepEqual([all.stops, all.longestStop], [2, 70]);
  });
});
