import "../../support/fake-clock.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RetryBudget } from "../../../src/cluster/execution/failover.ts";
import {
  ClosedError,
  ConnectionError,
  type DisqueError,
  ProtocolError,
  ReplyError,
  TimeoutError,
} from "../../../src/resp/index.ts";
import { pass } from "../../support/fake-clock.ts";

const LOST = new ConnectionError("lost", { sent: true });
const UNREACHED = new ConnectionError("not reached");

describe("a retry budget", () => {
  it("lasts for its time, counted from the first failure", () => {
    const budget = new RetryBudget(500);
    assert.equal(budget.left, 500);
    pass(200);
    assert.equal(budget.left, 300);
    pass(400);
    assert.equal(budget.left, 0);
  });

  it("allows one attempt at once after the first failure, even without any time", () => {
    assert.equal(new RetryBudget(0).delayAfter(LOST), 0);
    const spent = new RetryBudget(5);
    pass(10);
    assert.equal(spent.delayAfter(LOST), 0);
  });

  it("delays further attempts with backoff", (test) => {
    test.mock.method(Math, "random", () => 0.5);
    const budget = new RetryBudget(10_000);
    const delays = [1, 2, 3, 4].map(() => budget.delayAfter(LOST));
    assert.deepEqual(delays, [0, 175, 325, 625]);
  });

  it("allows no attempt that would start too late", (test) => {
    test.mock.method(Math, "random", () => 0);
    for (const [milliseconds, expected] of [
      [50, 50],
      [49, undefined],
    ] as const) {
      const budget = new RetryBudget(milliseconds);
      budget.delayAfter(LOST);
      assert.equal(budget.delayAfter(LOST), expected);
    }
  });
});

describe("the error of a retry budget", () => {
  it("lists why each attempt failed, each reason once", () => {
    const budget = new RetryBudget(0);
    budget.delayAfter(UNREACHED);
    budget.delayAfter(UNREACHED);
    const error = budget.error();
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual(error.errors, [UNREACHED, UNREACHED]);
    assert.equal(error.message, "gave up after 2 attempts: not reached");
  });

  it("includes why no other node could be reached in the end, whatever the errors", () => {
    const budget = new RetryBudget(0);
    budget.delayAfter(LOST);
    const others = [
      UNREACHED,
      new TimeoutError("late"),
      new ReplyError("ERR max number of clients reached", "AUTH"),
      new ProtocolError("not RESP"),
    ];
    const last = new ConnectionError("no node can be reached", { errors: others });
    const { errors, message } = budget.error(last);
    assert.deepEqual(errors, [LOST, ...others]);
    assert.match(message, /lost; not reached; late; ERR max number of clients reached; not RESP$/);
  });

  it("says whether the command may have run in any of the attempts", () => {
    const isSent = (...failures: DisqueError[]): boolean => {
      const budget = new RetryBudget(0);
      for (const failure of failures) budget.delayAfter(failure);
      return budget.error().sent;
    };
    assert.equal(isSent(UNREACHED, UNREACHED), false);
    assert.equal(isSent(LOST, UNREACHED), true);
    assert.equal(isSent(UNREACHED, new TimeoutError("late")), true);
    assert.equal(isSent(new ReplyError("LOADING"), new ClosedError("closed")), false);
  });

  it("is bounded, however many attempts failed", () => {
    const budget = new RetryBudget(10_000);
    for (let n = 0; n < 1_000; n++) budget.delayAfter(new ConnectionError(`${n} ${"x".repeat(10_000)}`));
    const errors = Array.from({ length: 16 }, (_, n) => new ConnectionError(`node ${n}`));
    const error = budget.error(new ConnectionError("no node can be reached", { errors }));
    assert.ok(error.message.length <= 2_000, String(error.message.length));
    assert.match(error.message, /^gave up after 1000 attempts: 0 x+…; 1 x/);
    assert.match(error.message, /; and 1000 more failures$/);
    assert.equal(error.errors.length, 16);
  });
});
