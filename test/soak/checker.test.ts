import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check, holds, type Verdict } from "./checker.ts";
import type { Event } from "./history.ts";

const NOREPL = { code: "NOREPL", message: "NOREPL Timeout reached" };

const adding = (body: string): Event => ({ event: "adding", by: "producer", body, retry: 2 });
const added = (body: string): Event => ({ event: "added", body, id: `D-${body}` });
const received = (body: string): Event => ({ event: "received", by: "consumer", body, id: `D-${body}` });
const notAdded = (body: string, sent = true): Event => ({ event: "not added", body, sent, error: NOREPL });
const settled = (how: "ackJob" | "fastAck" | "nackJob"): Event => ({
  event: "settled",
  how,
  id: "D",
  count: 1,
});

function verdict(...events: Event[]): Promise<Verdict> {
  return check(events.map((event, at) => ({ at, ...event })));
}

describe("the checker", () => {
  it("finds nothing in an empty history", async () => {
    const nothing = await verdict();
    assert.ok(holds(nothing));
    assert.deepEqual(nothing, {
      attempted: 0,
      added: 0,
      unknown: 0,
      received: 0,
      acknowledged: 0,
      lost: [],
      unexpected: [],
      denied: [],
      duplicates: 0,
      recovered: 0,
    });
  });

  it("accepts a job that was added and received, in either order", async () => {
    for (const history of [
      [adding("a"), added("a"), received("a")],
      [adding("a"), received("a"), added("a")],
    ]) {
      const found = await verdict(...history);
      assert.ok(holds(found));
      assert.deepEqual([found.attempted, found.added, found.received], [1, 1, 1]);
      assert.deepEqual([found.unknown, found.duplicates, found.recovered], [0, 0, 0]);
    }
  });

  it("reports a job as lost if its ADDJOB succeeded and it was never received", async () => {
    const found = await verdict(adding("a"), added("a"), adding("b"), added("b"), received("b"));
    assert.deepEqual(found.lost, ["a"]);
    assert.ok(!holds(found));
  });

  it("does not require jobs whose ADDJOB did not succeed", async () => {
    const found = await verdict(adding("a"), notAdded("a"), adding("b"), notAdded("b", false), adding("c"));
    assert.ok(holds(found));
    assert.equal(found.unknown, 3);
  });

  it("counts a received job as recovered if its ADDJOB failed with an open outcome or was not answered", async () => {
    const found = await verdict(adding("a"), notAdded("a"), received("a"), adding("b"), received("b"));
    assert.ok(holds(found));
    assert.equal(found.recovered, 2);
    assert.equal(found.duplicates, 0);
  });

  it("reports a received job as unexpected if nobody tried to add it", async () => {
    const found = await verdict(adding("a"), added("a"), received("a"), received("b"), received("b"));
    assert.deepEqual(found.unexpected, ["b"]);
    assert.equal(found.duplicates, 0);
    assert.ok(!holds(found));
  });

  it("counts each delivery after the first one as a duplicate", async () => {
    const found = await verdict(adding("a"), added("a"), received("a"), received("a"), received("a"));
    assert.ok(holds(found));
    assert.deepEqual([found.received, found.duplicates, found.recovered], [3, 2, 0]);
  });

  it("compares the numbers of equal bodies: two added and one received is one lost", async () => {
    const twice = [adding("a"), added("a"), adding("a"), added("a")];
    assert.deepEqual((await verdict(...twice, received("a"))).lost, ["a"]);
    const both = await verdict(...twice, received("a"), received("a"));
    assert.ok(holds(both));
    assert.equal(both.duplicates, 0);
  });

  it("rejects a job whose ADDJOB the client reported as not sent", async () => {
    const found = await verdict(adding("a"), notAdded("a", false), received("a"));
    assert.deepEqual(found.denied, ["a"]);
    assert.ok(!holds(found));
  });

  it("ignores jobs with RETRY 0", async () => {
    const found = await verdict(
      { event: "adding", by: "producer", body: "a", retry: 0 },
      added("a"),
      received("a"),
      { event: "settled", how: "ackJob", id: "D-a", count: 1 },
    );
    assert.ok(holds(found));
    assert.deepEqual([found.attempted, found.added, found.received, found.acknowledged], [0, 0, 0, 0]);
  });

  it("counts acknowledged jobs separately from received ones", async () => {
    const found = await verdict(settled("ackJob"), settled("fastAck"), settled("nackJob"));
    assert.equal(found.acknowledged, 2);
    assert.equal(found.received, 0);
  });
});
