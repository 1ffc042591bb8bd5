import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  defaultBackoff,
  failureKind,
  feedsFor,
  NodeFeed,
  pauseAfter,
  pauseAfterEarly,
} from "../../src/consumer/plan.ts";
import {
  ClosedError,
  ConnectionError,
  OverloadError,
  ProtocolError,
  ReplyError,
  TimeoutError,
  UnsupportedError,
} from "../../src/index.ts";

describe("a failure to fetch", () => {
  it("is retried unless retrying cannot help", () => {
    const passing = [
      new ConnectionError("no node can be reached"),
      new TimeoutError("late"),
      new ProtocolError("no RESP"),
      new OverloadError("too many"),
      new ReplyError("ERR something odd"),
      new ReplyError("ERR max number of clients reached", "HELLO"),
      new ReplyError("LEAVING"),
      new ReplyError("LOADING"),
      new ReplyError("MISCONF"),
      new TypeError("fetch failed"),
      undefined,
    ];
    for (const error of passing) assert.equal(failureKind(error), "retry", String(error));
    assert.equal(failureKind(new ReplyError("ERR invalid password", "AUTH")), "refused");
    assert.equal(failureKind(new ReplyError("NOAUTH Authentication required.")), "refused");
    assert.equal(failureKind(new ReplyError("ERR unknown command 'GETJOB'", "GETJOB")), "final");
    assert.equal(failureKind(new UnsupportedError("missing")), "final");
    assert.equal(failureKind(new ClosedError("closed")), "closed");
  });

  it("is followed by a pause that grows up to 5 s, with jitter", () => {
    assert.deepEqual(
      [1, 2, 3, 10, 1_000].map((attempts) => [pauseAfter(attempts, 0), pauseAfter(attempts, 1)]),
      [
        [100, 200],
        [200, 400],
        [400, 800],
        [2_500, 5_000],
        [2_500, 5_000],
      ],
    );
  });

  it("by waits that end at once limits the client to 20 commands a second", () => {
    for (const waits of [1, 2, 10, 1_000]) assert.ok(pauseAfterEarly(waits) >= 50);
    assert.equal(pauseAfterEarly(1_000), 1_000);
  });
});

describe("the default backoff", () => {
  it("grows from 1 s to 60 s with the number of nacks, with jitter", () => {
    const bounds = [0, 1, 2, 5, 1_000].map((nacks) =>
      [0, 1].map((random) => defaultBackoff({ nacks }, random)),
    );
    assert.deepEqual(bounds, [
      [1_000, 2_000],
      [2_000, 4_000],
      [4_000, 8_000],
      [30_000, 60_000],
      [30_000, 60_000],
    ]);
  });
});

describe("feeds", () => {
  const a = { id: "a", good: true, connected: true };
  const b = { id: "b", good: true, connected: false };

  it("exist once per good node and are reused", () => {
    const feeds = feedsFor([a, b, { ...b }, { ...a, id: "" }, { ...a, id: "c", good: false }], []);
    assert.deepEqual(
      feeds.map(({ id, ready }) => [id, ready]),
      [
        ["a", true],
        ["b", false],
      ],
    );
    const next = feedsFor([b, { ...a, good: false }, { ...a, id: "d" }], feeds);
    assert.equal(next[0], feeds[1]);
    assert.deepEqual(
      next.map(({ id }) => id),
      ["b", "d"],
    );
  });

  it("fall back to one without a node if no node is good, which keeps the failure count", () => {
    const failing = new NodeFeed("a", true);
    failing.failures = 3;
    const [plain, ...none] = feedsFor([{ ...a, good: false }], [failing]);
    assert.deepEqual([plain?.id, plain?.ready, plain?.failures, none.length], [undefined, true, 3, 0]);
    assert.deepEqual(feedsFor([], plain === undefined ? [] : [plain]), [plain]);
    assert.deepEqual(
      feedsFor([a], plain === undefined ? [] : [plain]).map(({ id, failures }) => [id, failures]),
      [["a", 0]],
    );
  });
});
