import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as decode from "../../src/commands/decode.ts";
import { ProtocolError, type Reply, ReplyError } from "../../src/resp/index.ts";

const REPLIES: readonly (readonly [kind: string, reply: Reply | undefined])[] = [
  ["nothing", undefined],
  ["null", null],
  ["a simple string", "text"],
  ["a bulk string of 4 bytes", Buffer.from("text")],
  ["the integer 7", 7],
  ["the integer 9007199254740993", 9_007_199_254_740_993n],
  ["an array of 2", [1, 2]],
  ["the error OOM", new ReplyError("OOM no room")],
];

const BYTES = Buffer.from("text");

/** What each decoder takes, and what it makes of that; all else must be refused. */
const DECODERS: readonly [
  name: string,
  decode: (reply: Reply | undefined) => unknown,
  expected: string,
  good: Readonly<Record<string, unknown>>,
][] = [
  [
    "asText",
    (reply) => decode.asText("it", reply),
    "a string",
    { "a simple string": "text", "a bulk string of 4 bytes": "text" },
  ],
  [
    "asBytes",
    (reply) => decode.asBytes("it", reply),
    "a bulk string",
    { "a simple string": BYTES, "a bulk string of 4 bytes": BYTES },
  ],
  ["asNumber", (reply) => decode.asNumber("it", reply), "an integer", { "the integer 7": 7 }],
  [
    "asBigInt",
    (reply) => decode.asBigInt("it", reply),
    "an integer",
    { "the integer 7": 7n, "the integer 9007199254740993": 9_007_199_254_740_993n },
  ],
  ["asArray", (reply) => decode.asArray("it", reply), "an array", { "an array of 2": [1, 2] }],
];

describe("decoders", () => {
  for (const [name, decoder, expected, good] of DECODERS) {
    for (const [kind, reply] of REPLIES) {
      if (kind in good) it(`${name} takes ${kind}`, () => assert.deepEqual(decoder(reply), good[kind]));
      else {
        it(`${name} refuses ${kind}`, () => {
          assert.throws(() => decoder(reply), new ProtocolError(`it: expected ${expected}, got ${kind}`));
        });
      }
    }
  }

  it("asNumberText reads decimal text, bulk or simple", () => {
    for (const [text, number] of [
      ["0", 0],
      ["7711", 7711],
      ["-1", -1],
      ["999999999999999", 999_999_999_999_999],
    ] as const) {
      assert.equal(decode.asNumberText("it", text), number);
      assert.equal(decode.asNumberText("it", Buffer.from(text)), number);
    }
    for (const text of ["", " 1", "1 ", "1.5", "0x1", "1e3", "-", "NaN", "9".repeat(16), "1\n"])
      assert.throws(() => decode.asNumberText("it", text), /^ProtocolError: it: expected a number/);
    assert.throws(() => decode.asNumberText("it", 7), /^ProtocolError: it: expected a string/);
  });

  it("asTexts takes an array of texts only", () => {
    assert.deepEqual(decode.asTexts("it", ["a", Buffer.from("b")]), ["a", "b"]);
    assert.deepEqual(decode.asTexts("it", []), []);
    for (const reply of [null, "a", [1], [null], [["a"]]])
      assert.throws(() => decode.asTexts("it", reply), /^ProtocolError: it: expected/);
  });

  it("asOk takes OK only", () => {
    assert.equal(decode.asOk("it", "OK"), undefined);
    assert.equal(decode.asOk("it", Buffer.from("OK")), undefined);
    for (const reply of ["ok", "", "QUEUED", null, 1])
      assert.throws(() => decode.asOk("it", reply), /^ProtocolError: it: expected/);
  });

  it("nullOr gives null for what is null or missing, and decodes the rest", () => {
    const kind = (reply: Reply): string => typeof reply;
    assert.equal(decode.nullOr(null, kind), null);
    assert.equal(decode.nullOr(undefined, kind), null);
    assert.equal(decode.nullOr("", kind), "string");
    assert.equal(decode.nullOr(0, kind), "number");
  });

  it("asFields takes keys and values in turn, and the last value of a key", () => {
    const fields = decode.asFields("it", ["a", 1, Buffer.from("b"), null, "a", [2]]);
    assert.deepEqual({ ...fields }, { a: [2], b: null });
    assert.deepEqual({ ...decode.asFields("it", []) }, {});
    assert.throws(() => decode.asFields("it", ["a"]), /^ProtocolError: it: expected pairs/);
    assert.throws(() => decode.asFields("it", [1, "a"]), /^ProtocolError: it: expected a string/);
    assert.throws(() => decode.asFields("it", null), /^ProtocolError: it: expected an array/);
  });

  it("a key that a server makes up is nothing but a key", () => {
    const keys = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const fields = decode.asFields(
      "it",
      keys.flatMap((key) => [key, "polluted"]),
    );
    assert.deepEqual(Object.keys(fields), keys);
    assert.equal(Object.getPrototypeOf(fields), null);
    assert.ok(keys.every((key) => fields[key] === "polluted"));
    assert.equal(Reflect.get({}, "polluted"), undefined);
    assert.equal(decode.asFields("it", []).constructor, undefined);
    assert.deepEqual(
      Object.keys(decode.otherFields(fields, ["constructor"])),
      keys.filter((key) => key !== "constructor"),
    );
  });
});
