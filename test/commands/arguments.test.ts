import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import * as check from "../../src/commands/arguments.ts";
import { isAtLeastOnce, isJobId, Job } from "../../src/commands/job.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";

/** Past the compiler, as JavaScript would call it. */
function loosely(check: (...args: never) => unknown, ...args: unknown[]): () => unknown {
  return () => Reflect.apply(check, undefined, args);
}

describe("checks of arguments", () => {
  it("integer takes whole numbers in its range, and tells which that is", () => {
    for (const value of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])
      assert.equal(check.integer("count", value, 0), value);
    assert.equal(check.integer("count", 5, 5, 5), 5);
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      assert.throws(loosely(check.integer, "count", value, 0), {
        name: "RangeError",
        message: `count must be a whole number of at least 0, not ${value}`,
      });
    assert.throws(loosely(check.integer, "count", 7, 1, 6), {
      message: "count must be a whole number from 1 to 6, not 7",
    });
    for (const value of ["1", 1n, null, undefined, true, [1], {}])
      assert.throws(loosely(check.integer, "count", value, 0), /^TypeError: count must be a number/);
  });

  it("textOrNumber takes text and whole numbers", () => {
    for (const value of ["", "64mb", 0, -1]) assert.equal(check.textOrNumber("value", value), value);
    for (const value of [1.5, Number.NaN, true, null, 1n, {}])
      assert.throws(loosely(check.textOrNumber, "value", value), /^(Type|Range)Error: value must be/);
  });

  it("bytes takes strings and bytes, also of another realm", () => {
    const foreign: Uint8Array = runInNewContext("new Uint8Array([1, 2])");
    for (const value of ["", "a", Buffer.from("a"), new Uint8Array(0), foreign])
      assert.equal(check.bytes("body", value), value);
    for (const value of [
      1,
      null,
      undefined,
      {},
      [1],
      new ArrayBuffer(1),
      new DataView(new ArrayBuffer(1)),
      Uint16Array.of(1),
    ])
      assert.throws(loosely(check.bytes, "body", value), /^TypeError: body must be a string or bytes, not /);
  });

  it("queueNames takes a name, or some", () => {
    assert.deepEqual(check.queueNames("queues", "q"), ["q"]);
    assert.deepEqual(check.queueNames("queues", ["q", ""]), ["q", ""]);
    assert.throws(
      loosely(check.queueNames, "queues", []),
      /^RangeError: queues must name at least one queue/,
    );
    assert.throws(
      loosely(check.queueNames, "queues", ["q", 5]),
      /^TypeError: each of queues must be a string, not 5/,
    );
    assert.throws(loosely(check.queueNames, "queues", new Set(["q"])), /^TypeError: queues must be an array/);
  });

  it("cursor takes what the server gives, which may be beyond a number", () => {
    for (const value of ["0", "18446744073709551615"]) assert.equal(check.cursor("cursor", value), value);
    for (const value of [0, "", "-1", "1.5", "0x1", " 0", "0\n", "9".repeat(21), null, 5n])
      assert.throws(loosely(check.cursor, "cursor", value), /^TypeError: cursor must be "0" or a cursor/);
  });

  it("oneOf names the words that it takes", () => {
    assert.equal(check.oneOf("state", "in", ["in", "out"]), "in");
    assert.throws(loosely(check.oneOf, "state", "IN", ["in", "out"]), {
      name: "TypeError",
      message: 'state must be one of "in", "out", not "IN"',
    });
  });

  it("callOptions takes an object with a signal and a time, or nothing", () => {
    const options = {
      signal: new AbortController().signal,
      commandTimeout: Number.POSITIVE_INFINITY,
      count: 5,
    };
    assert.equal(check.callOptions(options), options);
    assert.deepEqual(check.callOptions(undefined), {});
    for (const value of [null, "q", 5, true, ["q"], () => 1])
      assert.throws(loosely(check.callOptions, value), /^TypeError: options must be an object, not /);
    for (const signal of [null, {}, new AbortController(), true])
      assert.throws(
        loosely(check.callOptions, { signal }),
        /^TypeError: signal must be an AbortSignal, not /,
      );
    for (const commandTimeout of [0, -1, Number.NaN, "5", null, 5n])
      assert.throws(
        loosely(check.callOptions, { commandTimeout }),
        /^(Type|Range)Error: commandTimeout must be /,
      );
  });

  it("shows what it refuses, and no more of it than is needed", () => {
    assert.throws(loosely(check.text, "queue", [1, 2]), /not an array$/);
    assert.throws(loosely(check.text, "queue", { secret: 1 }), /not an object$/);
    assert.throws(
      loosely(check.oneOf, "reply", "x".repeat(1_000), ["id"]),
      (error) => String(error).length < 150,
    );
  });
});

describe("job ids", () => {
  it("are taken alone, from a job, and from whatever has one", () => {
    const job = Job.of(ID, "q", Buffer.alloc(0), "");
    for (const ref of [ID, job, { id: ID }]) assert.equal(check.jobId("job", ref), ID);
    for (const value of [null, undefined, 5, [], [ID], {}, { id: 5 }, () => ID])
      assert.throws(loosely(check.jobId, "job", value), /^TypeError: job must be a job or its id, not /);
  });

  const malformed = {
    empty: "",
    "too short": ID.slice(0, -1),
    "too long": `${ID}0`,
    "of another kind": ID.replace("D-", "J-"),
    "with capitals": ID.replace("abcd", "ABCD"),
    "with other characters": ID.replace("ABC", "A C"),
    "with a line after it": `${ID}\n`,
    "without TTL": ID.replace("-05a1", "-05g1"),
    "of the old format": "DI0123456789abcdef0123456789abcdef0123456789SQ",
  };
  for (const [what, id] of Object.entries(malformed)) {
    it(`that are malformed are refused: ${what}`, () => {
      assert.equal(isJobId(id), false);
      assert.throws(loosely(check.jobId, "job", id), /^TypeError: job is not a job id: "/);
      assert.throws(loosely(check.jobId, "job", { id }), /^TypeError: job is not a job id: "/);
    });
  }

  it("tell by their last digit whether a job is delivered again", () => {
    for (const digit of "13579bdf") assert.equal(isAtLeastOnce(ID.slice(0, -1) + digit), true);
    for (const digit of "02468ace") assert.equal(isAtLeastOnce(ID.slice(0, -1) + digit), false);
  });
});
