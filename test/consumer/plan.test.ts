import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Feed, MAX_ASKED, nextResume, plan, WAIT_TIME } from "../../src/consumer/plan.ts";

interface NamedFeed extends Feed {
  readonly name: string;
}

const NOW = 100_000;

/** A node that may have jobs. Nodes with a lower `lastPoll` are asked first. */
function feed(name: string, options: Partial<Feed> = {}): NamedFeed {
  return {
    name,
    busy: false,
    ready: true,
    emptyAt: Number.NEGATIVE_INFINITY,
    pausedUntil: 0,
    lastPoll: 0,
    lastWait: 0,
    ...options,
  };
}

/** A node that just had no job. */
function empty(name: string, options: Partial<Feed> = {}): NamedFeed {
  return feed(name, { emptyAt: NOW - 1, ...options });
}

function planned(feeds: readonly NamedFeed[], free: number): string[] {
  return plan(feeds, free, NOW).map(({ kind, feed, count }) => `${kind} ${feed.name} ${count}`);
}

describe("plan", () => {
  it("asks one node for all free slots, and the others when the slots are free again", () => {
    assert.deepEqual(planned([feed("a"), feed("b")], 10), ["poll a 10"]);
    assert.deepEqual(planned([feed("a", { lastPoll: 7 }), feed("b", { lastPoll: 3 })], 4), ["poll b 4"]);
    assert.deepEqual(planned([feed("a", { busy: true }), feed("b")], 3), ["poll b 3"]);
  });

  it("asks for at most 10,000 jobs at a time, so that a reply stays below the bound on elements", () => {
    assert.deepEqual(planned([feed("a")], 150_000), ["poll a 10000"]);
  });

  it("waits with one place at each node that had no job", () => {
    assert.deepEqual(planned([empty("a"), empty("b")], 10), [`wait a 1`, `wait b 1`]);
  });

  it("reserves slots for waits while another node has jobs, but at most half of them", () => {
    const feeds = [empty("a"), feed("b"), empty("c")];
    assert.deepEqual(planned(feeds, 10), ["poll b 8", `wait a 1`, `wait c 1`]);
    assert.deepEqual(planned(feeds, 3), ["poll b 3"]);
    assert.deepEqual(planned(feeds, 1), ["poll b 1"]);
  });

  it("asks a node that had no job again after a while, before one that has many", () => {
    const stale = feed("a", { emptyAt: NOW - WAIT_TIME, lastPoll: 1 });
    assert.deepEqual(planned([feed("b", { lastPoll: 9 }), stale], 1), ["poll a 1"]);
  });

  it("waits at each node in turn if there are fewer slots than nodes", () => {
    const feeds = [empty("a", { lastWait: 5 }), empty("b", { lastWait: 3 }), empty("c", { lastWait: 4 })];
    assert.deepEqual(planned(feeds, 1), [`wait b 1`]);
    const others = [empty("a", { busy: true }), empty("b", { busy: true }), empty("c")];
    assert.deepEqual(planned(others, 1), [`wait c 1`]);
  });

  it("does nothing without a free place", () => {
    assert.deepEqual(planned([feed("a"), empty("b")], 0), []);
    assert.deepEqual(planned([feed("a"), empty("b")], -3), []);
  });

  it("connects first, which needs no place", () => {
    assert.deepEqual(planned([feed("a", { ready: false }), feed("b")], 0), ["connect a 0"]);
    assert.deepEqual(planned([feed("a", { ready: false }), feed("b")], 2), ["connect a 0", "poll b 2"]);
  });

  it("skips a node that is resting, and knows when the rest is over", () => {
    const feeds = [feed("a", { pausedUntil: NOW + 20 }), feed("b", { pausedUntil: NOW + 10 })];
    assert.deepEqual(planned(feeds, 5), []);
    assert.equal(nextResume(feeds, NOW), NOW + 10);
    assert.equal(nextResume(feeds, NOW + 10), NOW + 20);
    assert.equal(
      nextResume([feed("a", { busy: true, pausedUntil: NOW + 10 })], NOW),
      Number.POSITIVE_INFINITY,
    );
    assert.equal(nextResume([feed("a")], NOW), Number.POSITIVE_INFINITY);
  });

  it(`asks at most ${MAX_ASKED} nodes at once, and rotates among them`, () => {
    const feeds = Array.from({ length: 12 }, (_, n) =>
      empty(`n${n}`, { lastWait: n < 8 ? 20 + n : n, emptyAt: NOW }),
    );
    assert.deepEqual(
      planned(feeds, 100).map((step) => step.split(" ")[1]),
      ["n8", "n9", "n10", "n11", "n0", "n1", "n2", "n3"],
    );
    assert.deepEqual(
      planned([...feeds.slice(4), ...feeds.slice(0, 4).map((each) => ({ ...each, busy: true }))], 100).length,
      4,
    );
    const connecting = Array.from({ length: 12 }, (_, n) => feed(`n${n}`, { ready: false }));
    assert.equal(planned(connecting, 100).length, MAX_ASKED);
  });
});
