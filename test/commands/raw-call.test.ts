import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { prepare } from "../../src/cluster/execution/prepared-call.ts";
import { CountedJob, Job } from "../../src/commands/job.ts";
import { plain, rawCall } from "../../src/commands/raw-call.ts";
import { type Argument, ReplyError } from "../../src/resp/index.ts";

function words(name: string, ...args: Parameters<typeof rawCall>[1]): readonly Argument[] {
  const { definition } = rawCall(name, args);
  return [...definition.encode()];
}

function blocks(name: string, ...args: Argument[]): number | undefined {
  return rawCall(name, args).definition.blocks?.();
}

const FOREVER = Number.POSITIVE_INFINITY;

describe("a command called by name", () => {
  it("is sent as given, without its options", () => {
    const bytes = Uint8Array.of(0, 255);
    assert.deepEqual(words("PING"), ["PING"]);
    assert.deepEqual(words("echo", "a", bytes, 5, -1.5, 2n ** 63n), ["echo", "a", bytes, 5, -1.5, 2n ** 63n]);
    const options = { buffers: true, signal: undefined, commandTimeout: 5 };
    assert.deepEqual(words("SHOW", "id", options), ["SHOW", "id"]);
    assert.deepEqual(words("SHOW", "id", {}), ["SHOW", "id"]);
    assert.equal(rawCall("SHOW", ["id", options]).definition.options?.(), options);
    assert.equal(rawCall("SHOW", ["id", options]).buffers, true);
    assert.equal(rawCall("SHOW", ["id"]).buffers, false);
  });

  it("accepts bytes of another realm and empty bytes", () => {
    const foreign: Uint8Array = runInNewContext("new Uint8Array([1, 2])");
    assert.deepEqual(words("PING", foreign), ["PING", foreign]);
    const empty = new Uint8Array(0);
    assert.deepEqual(words("PING", empty), ["PING", empty]);
  });

  const bad: unknown[] = [
    null,
    undefined,
    true,
    Number.NaN,
    FOREVER,
    Symbol("s"),
    () => 1,
    ["id"],
    new Map(),
  ];
  for (const value of bad) {
    it(`rejects an argument that is ${Array.isArray(value) ? "an array" : typeof value}: ${String(value)}`, () => {
      for (const args of [[value], ["a", value], [value, "a"], [value, {}]]) {
        assert.throws(() => Reflect.apply(rawCall, undefined, ["SHOW", args]), {
          name: "TypeError",
          message: /^each argument of SHOW must be/,
        });
      }
    });
  }

  it("accepts options only after its arguments, and only known ones", () => {
    assert.throws(() => words("PING", {}, "a"), TypeError);
    assert.throws(() => Reflect.apply(rawCall, undefined, ["PING", [{ buffers: 1 }]]), /buffers/);
    const { definition } = Reflect.apply(rawCall, undefined, ["PING", [{ bufers: true }]]);
    assert.throws(
      () => prepare(definition, []),
      /^TypeError: options: unknown option "bufers"; did you mean buffers\?$/,
    );
  });

  it("requires a name", () => {
    for (const name of ["", undefined, null, 5, ["PING"]])
      assert.throws(() => Reflect.apply(rawCall, undefined, [name, []]), /name of a command/);
  });

  const refused: [string, ...Argument[]][] = [
    ["AUTH", "secret"],
    ["auth", "secret"],
    ["QUIT"],
    ["Monitor"],
    ["CLIENT", "REPLY", "OFF"],
    ["client", "reply", "skip"],
    ["client", Buffer.from("Reply"), "off"],
    ["client", Uint8Array.from(Buffer.from("reply")), "off"],
  ];
  for (const [name, ...args] of refused) {
    it(`is rejected if it would break the shared connection: ${name} ${args.slice(0, 1)}`, () => {
      assert.throws(() => words(name, ...args), { name: "TypeError", message: /cannot be called: / });
      assert.throws(
        () => words(name, ...args),
        (error) => !String(error).includes("secret"),
      );
    });
  }

  it("may have any other name, including names of object properties", () => {
    for (const name of ["constructor", "__proto__", "toString", "CLIENT"])
      assert.deepEqual(words(name, "x"), [name, "x"]);
  });

  it("blocks for the timeout of a GETJOB", () => {
    assert.equal(blocks("getjob", "FROM", "q"), FOREVER);
    assert.equal(blocks("getjob", "TIMEOUT", 0, "FROM", "q"), FOREVER);
    assert.equal(blocks("getjob", "timeout", "250", "COUNT", 1, "from", "q"), 250);
    assert.equal(blocks("getjob", Buffer.from("TimeOut"), Buffer.from("250"), "FROM", "q"), 250);
    assert.equal(blocks("getjob", "TIMEOUT", 250n, "FROM", "NOHANG"), 250);
    assert.equal(blocks("getjob", "TIMEOUT", 5, "NOHANG", "FROM", "q"), 0);
    assert.equal(blocks("getjob", Buffer.from("nohang"), "FROM", "q"), 0);
    // The server rejects these.
    assert.equal(blocks("getjob"), undefined);
    assert.equal(blocks("getjob", "TIMEOUT", "x", "FROM", "q"), undefined);
    assert.equal(blocks("QLEN", "q"), undefined);
  });

  it("blocks for the timeout of an ADDJOB, unless the server answers it at once", () => {
    assert.equal(blocks("ADDJOB", "q", "b", 250), 250);
    assert.equal(blocks("addjob", "q", "b", "250", "REPLICATE", 2), 250);
    assert.equal(blocks("ADDJOB", "q", "b", 0), FOREVER);
    assert.equal(blocks("ADDJOB", "q", "b", Buffer.from("250")), 250);
    assert.equal(blocks("ADDJOB", "q", "b", new Uint8Array(Buffer.from("250"))), 250);
    assert.equal(blocks("ADDJOB", "q", "b", 250, "async"), 0);
    assert.equal(blocks("ADDJOB", "q", "b", 250, Buffer.from("replicate"), "1"), 0);
    assert.equal(blocks("ADDJOB", "ASYNC", "ASYNC", 250), 250);
    assert.equal(rawCall("addjob", ["q", "b", 250]).definition.replicates, true);
    assert.equal(rawCall("GETJOB", ["FROM", "q"]).definition.replicates, undefined);
  });

  it("fetches jobs if it is a GETJOB, which then waits in short steps and loses no job", () => {
    const args = ["count", 2, "TIMEOUT", 5_000, "withcounters", "from", "q", Buffer.from("r")];
    const { encodeWithTimeout, queue, fetches } = rawCall("GETJOB", args).definition;
    assert.deepEqual(encodeWithTimeout?.(1_000), [
      "GETJOB",
      "TIMEOUT",
      1_000,
      "count",
      2,
      "withcounters",
      "from",
      "q",
      Buffer.from("r"),
    ]);
    assert.deepEqual(queue?.(), ["q", "r"]);
    assert.equal(fetches?.wantsCounters(), true);
    const id = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
    const fields = { id, queue: "q", body: Buffer.from("body"), node: "node" };
    for (const job of [new Job(fields), new CountedJob({ ...fields, nacks: 1, additionalDeliveries: 2 })]) {
      const reply = fetches?.valueOf(job);
      assert.ok(reply !== undefined);
      assert.deepEqual(fetches?.jobsOf(reply, "node"), [job]);
    }
    assert.equal(rawCall("QLEN", ["q"]).definition.fetches, undefined);
    assert.equal(rawCall("GETJOB", ["FROM", "q"]).definition.fetches?.wantsCounters(), false);
  });

  it("must not hide a word behind a NUL, where the server stops comparing", () => {
    for (const [name, ...args] of [
      ["MONITOR\0"],
      ["monitor\0x"],
      ["AUTH\0", "secret"],
      ["\0"],
      ["CLIENT", "REPLY\0", "OFF"],
      ["CLIENT", Buffer.from("reply\0x"), "OFF"],
      ["CLIENT\0", "LIST"],
    ] as [string, ...Argument[]][])
      assert.throws(() => words(name, ...args), /^TypeError: the words of a command must not contain NUL$/);
    assert.deepEqual(words("PING", "a\0b"), ["PING", "a\0b"]);
  });

  it("is never resent", () => {
    assert.equal(rawCall("PING", []).definition.resend, "never");
  });
});

describe("a reply to call()", () => {
  it("has text instead of bulk strings at any depth", () => {
    const error = new ReplyError("ERR no");
    assert.deepEqual(plain([Buffer.from("ü"), "simple", 1, 2n, null, error, [Buffer.from(""), []]]), [
      "ü",
      "simple",
      1,
      2n,
      null,
      error,
      ["", []],
    ]);
    assert.equal(plain(null), null);
  });
});
