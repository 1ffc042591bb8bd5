import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { callCommand, plain } from "../../src/commands/call.ts";
import { type Argument, ReplyError } from "../../src/resp/index.ts";

function words(name: string, ...args: Parameters<typeof callCommand>[1]): readonly Argument[] {
  const { command } = callCommand(name, args);
  return [...command.wire, ...command.encode()];
}

function blocks(...args: Argument[]): number | undefined {
  return callCommand("getjob", args).command.traits.blocks?.();
}

const FOREVER = Number.POSITIVE_INFINITY;

describe("a command that is called by its name", () => {
  it("is sent as it is written, without its options", () => {
    const bytes = Uint8Array.of(0, 255);
    assert.deepEqual(words("PING"), ["PING"]);
    assert.deepEqual(words("echo", "a", bytes, 5, -1.5, 2n ** 63n), ["echo", "a", bytes, 5, -1.5, 2n ** 63n]);
    const options = { buffers: true, signal: undefined, commandTimeout: 5 };
    assert.deepEqual(words("SHOW", "id", options), ["SHOW", "id"]);
    assert.deepEqual(words("SHOW", "id", {}), ["SHOW", "id"]);
    assert.equal(callCommand("SHOW", ["id", options]).command.options?.(), options);
    assert.equal(callCommand("SHOW", ["id", options]).buffers, true);
    assert.equal(callCommand("SHOW", ["id"]).buffers, false);
  });

  it("takes bytes of another realm, and bytes that are none", () => {
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
    { id: "id" },
    { buffer: true },
  ];
  for (const value of bad) {
    it(`takes no ${Array.isArray(value) ? "array" : typeof value}: ${String(value)}`, () => {
      for (const args of [[value], ["a", value], [value, "a"], [value, {}]]) {
        assert.throws(() => Reflect.apply(callCommand, undefined, ["SHOW", args]), {
          name: "TypeError",
          message: /^each argument of SHOW must be/,
        });
      }
    });
  }

  it("takes no options but behind its arguments, and only such as there are", () => {
    assert.throws(() => words("PING", {}, "a"), TypeError);
    assert.throws(() => Reflect.apply(callCommand, undefined, ["PING", [{ buffers: 1 }]]), /buffers/);
  });

  it("needs a name", () => {
    for (const name of ["", undefined, null, 5, ["PING"]])
      assert.throws(() => Reflect.apply(callCommand, undefined, [name, []]), /name of a command/);
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
    it(`is refused where it would break the connection: ${name} ${args.slice(0, 1)}`, () => {
      assert.throws(() => words(name, ...args), { name: "TypeError", message: /cannot be called: / });
      assert.throws(
        () => words(name, ...args),
        (error) => !String(error).includes("secret"),
      );
    });
  }

  it("may be any other, such as one of an object's own names", () => {
    for (const name of ["constructor", "__proto__", "toString", "CLIENT"])
      assert.deepEqual(words(name, "x"), [name, "x"]);
  });

  it("is known to block if it is a GETJOB, for as long as that says", () => {
    assert.equal(blocks("FROM", "q"), FOREVER);
    assert.equal(blocks("TIMEOUT", 0, "FROM", "q"), FOREVER);
    assert.equal(blocks("timeout", "250", "COUNT", 1, "from", "q"), 250);
    assert.equal(blocks(Buffer.from("TimeOut"), Buffer.from("250"), "FROM", "q"), 250);
    assert.equal(blocks("TIMEOUT", 250n, "FROM", "NOHANG"), 250);
    assert.equal(blocks("TIMEOUT", 5, "NOHANG", "FROM", "q"), 0);
    assert.equal(blocks(Buffer.from("nohang"), "FROM", "q"), 0);
    assert.equal(blocks(), FOREVER);
    assert.equal(callCommand("QLEN", ["q"]).command.traits.blocks?.(), 0);
  });

  it("is never sent a second time", () => {
    assert.equal(callCommand("PING", []).command.traits.resend, "never");
  });
});

describe("a plain reply", () => {
  it("has text where there were bulk strings, at any depth, and is else the same", () => {
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
