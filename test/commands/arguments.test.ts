import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import * as check from "../../src/commands/arguments.ts";
import { isAtLeastOnce, isJobId, Job } from "../../src/commands/job.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";

/** Calls with arguments that the compiler would reject. */
function loosely(check: (...args: never) => unknown, ...args: unknown[]): () => unknown {
  return () => Reflect.apply(check, undefined, args);
}

describe("checks of arguments", () => {
  it("integer accepts whole numbers in its range, and otherwise names the range", () => {
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

  it("textOrNumber accepts strings and whole numbers", () => {
    for (const value of ["", "64mb", 0, -1]) assert.equal(check.textOrNumber("value", value), value);
    for (const value of [1.5, Number.NaN, true, null, 1n, {}])
      assert.throws(loosely(check.textOrNumber, "value", value), /^(Type|Range)Error: value must be/);
  });

  it("bytes accepts strings and bytes, including those of another realm", () => {
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

  it("queueNames accepts one name or an array of names", () => {
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
    for (const value of [undefined, null, 5, new Set(["q"])])
      assert.throws(
        loosely(check.queueNames, "queues", value),
        /^TypeError: queues must be a queue name or an array of them, not /,
      );
  });

  it("cursor accepts the server's text, and 0 as a number", () => {
    for (const value of ["0", "18446744073709551615"]) assert.equal(check.cursor("cursor", value), value);
    assert.equal(check.cursor("cursor", 0), "0");
    for (const value of [1, 5n, "", "-1", "1.5", "0x1", " 0", "0\n", "9".repeat(21), null])
      assert.throws(
        loosely(check.cursor, "cursor", value),
        /^TypeError: cursor must be 0 or a cursor that the server returned, not /,
      );
  });

  it("oneOf names the accepted words", () => {
    assert.equal(check.oneOf("state", "in", ["in", "out"]), "in");
    assert.throws(loosely(check.oneOf, "state", "IN", ["in", "out"]), {
      name: "TypeError",
      message: 'state must be one of "in", "out", not "IN"',
    });
  });

  it("serverTimeout rejects 0 and says what to write instead", () => {
    assert.equal(check.serverTimeout("timeout", 1), 1);
    assert.equal(check.serverTimeout("timeout", Number.POSITIVE_INFINITY), 0);
    for (const value of [0, -0])
      assert.throws(loosely(check.serverTimeout, "timeout", value), {
        name: "RangeError",
        message: "timeout must be above 0: use Infinity to wait forever",
      });
    for (const value of [-1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, "5", null])
      assert.throws(loosely(check.serverTimeout, "timeout", value), /^(Type|Range)Error: timeout must be a/);
  });

  it("knownOptions names an unknown option and the nearest known one", () => {
    const names = { commandTimeout: true, signal: true, node: true } as const;
    for (const [option, hint] of [
      ["comandTimeout", "; did you mean commandTimeout?"],
      ["commandtimeout", "; did you mean commandTimeout?"],
      ["timeout", ""],
      ["nodes", "; did you mean node?"],
      ["Signal", "; did you mean signal?"],
      ["toString", ""],
      ["x".repeat(10_000), ""],
    ] as const) {
      const shown = JSON.stringify(option.length > 64 ? `${option.slice(0, 64)}…` : option);
      assert.throws(loosely(check.knownOptions, "options", { [option]: 1 }, names), {
        name: "TypeError",
        message: `options: unknown option ${shown}${hint}`,
      });
    }
    assert.throws(
      loosely(check.knownOptions, "options", { [`__proto__`]: 1, x: undefined }, names),
      /"__proto__"|"x"/,
    );
    check.knownOptions("options", { signal: undefined }, names);
  });

  it("callOptions accepts an object with the options of every command, or nothing", () => {
    const options = {
      signal: new AbortController().signal,
      commandTimeout: Number.POSITIVE_INFINITY,
      node: "id",
    };
    assert.equal(check.callOptions(options), options);
    assert.deepEqual(check.callOptions(undefined), {});
    assert.throws(loosely(check.callOptions, { count: 5 }), /^TypeError: options: unknown option "count"/);
    assert.throws(loosely(check.callOptions, { node: 5 }), /^TypeError: node must be a string, not 5/);
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

  it("signal accepts signals of other realms and polyfills", () => {
    class PolyfilledSignal {
      readonly aborted = false;
      readonly reason = undefined;
      addEventListener(): void {}
      removeEventListener(): void {}
    }
    const members = "{ aborted: false, reason: undefined, addEventListener() {}, removeEventListener() {} }";
    for (const value of [new PolyfilledSignal(), runInNewContext(`(${members})`)])
      assert.equal(loosely(check.signal, "signal", value)(), value);
    for (const value of [{ aborted: false }, { ...new PolyfilledSignal(), aborted: 1 }, "abort", 5])
      assert.throws(
        loosely(check.signal, "signal", value),
        /^TypeError: signal must be an AbortSignal, not /,
      );
  });

  it("shows a rejected value briefly", () => {
    assert.throws(loosely(check.text, "queue", [1, 2]), /not an array$/);
    assert.throws(loosely(check.text, "queue", { secret: 1 }), /not an object$/);
    assert.throws(
      loosely(check.oneOf, "reply", "x".repeat(1_000), ["id"]),
      (error) => String(error).length < 150,
    );
  });
});

describe("job ids", () => {
  it("are accepted as a string, or as the id of a job or another object", () => {
    const job = new Job({ id: ID, queue: "q", body: Buffer.alloc(0), node: "" });
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
    it(`are rejected if they are malformed: ${what}`, () => {
      assert.equal(isJobId(id), false);
      assert.throws(loosely(check.jobId, "job", id), /^TypeError: job is not a job id: "/);
      assert.throws(loosely(check.jobId, "job", { id }), /^TypeError: job is not a job id: "/);
    });
  }

  it("end with an odd digit if the job is delivered at least once", () => {
    for (const digit of "13579bdf") assert.equal(isAtLeastOnce(ID.slice(0, -1) + digit), true);
    for (const digit of "02468ace") assert.equal(isAtLeastOnce(ID.slice(0, -1) + digit), false);
  });
});
