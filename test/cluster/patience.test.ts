import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { Patience, rest } from "../../src/cluster/patience.ts";
import {
  ClosedError,
  ConnectionError,
  type DisqueError,
  ReplyError,
  TimeoutError,
} from "../../src/resp/index.ts";
import { rejection } from "../client/scripted.ts";

const REASON = new Error("no longer wanted");
const LOST = new ConnectionError("lost", { sent: true });
const UNREACHED = new ConnectionError("not reached");

/** The monotonic clock, which moves only when it is told to. */
function clock(test: TestContext): { now: number } {
  const time = { now: 1_000 };
  test.mock.method(performance, "now", () => time.now);
  return time;
}

describe("patience", () => {
  it("lasts as long as it was told to, from the first failure on", (test) => {
    const time = clock(test);
    const patience = new Patience(500);
    assert.equal(patience.left, 500);
    time.now += 200;
    assert.equal(patience.left, 300);
    time.now += 400;
    assert.equal(patience.left, 0);
  });

  it("has the next attempt made at once after the first failure, even when there is none", () => {
    assert.equal(new Patience(0).pauseAfter(LOST), 0);
  });

  it("has attempts made after longer and longer pauses", (test) => {
    clock(test);
    test.mock.method(Math, "random", () => 0.5);
    const patience = new Patience(10_000);
    const pauses = [1, 2, 3, 4].map(() => patience.pauseAfter(LOST));
    assert.deepEqual(pauses, [0, 175, 325, 625]);
  });

  it("ends when the next attempt would come too late", (test) => {
    clock(test);
    test.mock.method(Math, "random", () => 0);
    const patience = new Patience(49);
    assert.equal(patience.pauseAfter(LOST), 0);
    assert.equal(patience.pauseAfter(LOST), undefined);
    assert.equal(new Patience(0).pauseAfter(LOST), 0);
  });

  it("has in the end to say why each attempt failed, each reason once", () => {
    const patience = new Patience(0);
    patience.pauseAfter(UNREACHED);
    patience.pauseAfter(UNREACHED);
    const failure = patience.failure();
    assert.ok(failure instanceof ConnectionError);
    assert.deepEqual(failure.errors, [UNREACHED, UNREACHED]);
    assert.equal(failure.message, "given up after 2 attempts: not reached");
  });

  it("counts each node that could not be reached in the end as one of them", () => {
    const patience = new Patience(0);
    patience.pauseAfter(LOST);
    const late = new TimeoutError("late");
    const last = new ConnectionError("no node can be reached", { errors: [UNREACHED, late] });
    const { errors, message } = patience.failure(last);
    assert.deepEqual(errors, [LOST, UNREACHED, late]);
    assert.match(message, /lost; not reached; late$/);
  });

  it("remembers whether the command may have been run", () => {
    const told = (...failures: DisqueError[]): boolean => {
      const patience = new Patience(0);
      for (const failure of failures) patience.pauseAfter(failure);
      return patience.failure().sent;
    };
    assert.equal(told(UNREACHED, UNREACHED), false);
    assert.equal(told(LOST, UNREACHED), true);
    assert.equal(told(UNREACHED, new TimeoutError("late")), true);
    assert.equal(told(new ReplyError("LOADING"), new ClosedError("closed")), false);
  });
});

describe("a rest", () => {
  it("of nothing is none", async () => {
    await rest(0, undefined);
  });

  it("ends when its time is over, and leaves no listener", async () => {
    const { signal } = new AbortController();
    await rest(1, signal);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("is not begun when the signal is aborted already", async () => {
    for (const milliseconds of [0, 1, 1_000_000])
      assert.equal(await rejection(rest(milliseconds, AbortSignal.abort(REASON))), REASON);
  });

  it("rejects with the signal's reason as soon as that is aborted", async () => {
    const controller = new AbortController();
    const resting = rejection(rest(1_000_000, controller.signal));
    controller.abort(REASON);
    assert.equal(await resting, REASON);
  });
});
