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
  ["9007199254740993, beyond the safe integers", 9_007_199_254_740_993n],
  ["an array of 2", [1, 2]],
  ["the error OOM", new ReplyError("OOM no room")],
];

const BYTES = Buffer.from("text");

/** The replies that each decoder accepts, with the decoded values; it must reject all others. */
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
    { "the integer 7": 7n, "9007199254740993, beyond the safe integers": 9_007_199_254_740_993n },
  ],
  ["asArray", (reply) => decode.asArray("it", reply), "an array", { "an array of 2": [1, 2] }],
];

describe("decoders", () => {
  for (const [name, decoder, expected, good] of DECODERS) {
    for (const [kind, reply] of REPLIES) {
      if (kind in good) it(`${name} accepts ${kind}`, () => assert.deepEqual(decoder(reply), good[kind]));
      else {
        it(`${name} rejects ${kind}`, () => {
          assert.throws(() => decoder(reply), new ProtocolError(`it: expected ${expected}, got ${kind}`));
        });
      }
    }
  }

  it("asNumberText reads a decimal number, as a bulk or a simple string", () => {
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

  it("asTexts accepts only an array of texts", () => {
    assert.deepEqual(decode.asTexts("it", ["a", Buffer.from("b")]), ["a", "b"]);
    assert.deepEqual(decode.asTexts("it", []), []);
    for (const reply of [null, "a", [1], [null], [["a"]]])
      assert.throws(() => decode.asTexts("it", reply), /^ProtocolError: it: expected/);
  });

  it("asCursor accepts only an unsigned integer of up to 64 bits", () => {
    for (const cursor of ["0", "18446744073709551615"]) {
      assert.equal(decode.asCursor("it", cursor), cursor);
      assert.equal(decode.asCursor("it", Buffer.from(cursor)), cursor);
    }
    for (const text of ["", "-1", "1.5", "x", " 1", "1\n", "1".repeat(21)])
      assert.throws(() => decode.asCursor("it", text), /^ProtocolError: it: expected a cursor/);
    for (const reply of [0, null, []])
      assert.throws(() => decode.asCursor("it", reply), /^ProtocolError: it: expected a string/);
  });

  it("asOk accepts only OK", () => {
    assert.equal(decode.asOk("it", "OK"), undefined);
    assert.equal(decode.asOk("it", Buffer.from("OK")), undefined);
    for (const reply of ["ok", "", "QUEUED", null, 1])
      assert.throws(() => decode.asOk("it", reply), /^ProtocolError: it: expected/);
  });

  it("nullOr returns null for null or a missing reply, and decodes any other", () => {
    const kind = (reply: Reply): string => typeof reply;
    assert.equal(decode.nullOr(null, kind), null);
    assert.equal(decode.nullOr(undefined, kind), null);
    assert.equal(decode.nullOr("", kind), "string");
    assert.equal(decode.nullOr(0, kind), "number");
  });

  it("asFields reads keys and values in turn, and keeps the last value of a repeated key", () => {
    const fields = decode.asFields("it", ["a", 1, Buffer.from("b"), null, "a", [2]]);
    assert.deepEqual({ ...fields }, { a: [2], b: null });
    assert.deepEqual({ ...decode.asFields("it", []) }, {});
    assert.throws(() => decode.asFields("it", ["a"]), /^ProtocolError: it: expected pairs/);
    assert.throws(() => decode.asFields("it", [1, "a"]), /^ProtocolError: it: expected a string/);
    assert.throws(() => decode.asFields("it", null), /^ProtocolError: it: expected an array/);
  });

  it("keys sent by a server never have a special meaning", () => {
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
