import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Parser, type Reply, ReplyError } from "../../src/resp/index.ts";
import { seededRandom } from "../support/random.ts";
import { parse } from "./parse.ts";
import { samples } from "./samples.ts";

describe("a reply", () => {
  for (const { name, bytes, value } of samples) {
    it(`is parsed in one piece: ${name}`, () => {
      assert.deepEqual(parse([bytes]), [value]);
    });

    it(`is parsed in any split into two chunks: ${name}`, () => {
      for (let cut = 0; cut <= bytes.length; cut++) {
        assert.deepEqual(parse([bytes.subarray(0, cut), bytes.subarray(cut)]), [value], `cut at ${cut}`);
      }
    });

    it(`is parsed byte by byte: ${name}`, () => {
      assert.deepEqual(parse(Array.from(bytes, (byte) => Buffer.of(byte))), [value]);
    });
  }
});

describe("a stream of replies", () => {
  const stream = Buffer.concat(samples.map(({ bytes }) => bytes));
  const values = samples.map(({ value }) => value);

  it("is parsed in one piece", () => {
    assert.deepEqual(parse([stream]), values);
  });

  it("is parsed in pieces of any size", () => {
    const random = seededRandom(7711);
    for (let round = 0; round < 200; round++) {
      const longest = 1 + Math.floor(random() * 200);
      const pieces: Buffer[] = [];
      for (let at = 0; at < stream.length; ) {
        const end = at + 1 + Math.floor(random() * longest);
        pieces.push(stream.subarray(at, end));
        at = end;
      }
      assert.deepEqual(parse(pieces), values, `round ${round}`);
    }
  });

  it("yields each reply as soon as its last byte arrives", () => {
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    parser.write(Buffer.from("+a\r\n$3\r\nabc\r"));
    assert.deepEqual(replies, ["a"]);
    parser.write(Buffer.from("\n*2\r\n:1\r\n"));
    assert.deepEqual(replies, ["a", Buffer.from("abc")]);
    parser.write(Buffer.from(":2\r\n"));
    assert.deepEqual(replies, ["a", Buffer.from("abc"), [1, 2]]);
  });

  it("may arrive as any kind of bytes, and with empty chunks", () => {
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    const bytes = new Uint8Array(Buffer.from("xx$3\r\nabc\r\nxx"));
    parser.write(new Uint8Array(0));
    parser.write(bytes.subarray(2, 8));
    parser.write(new Uint8Array(0));
    parser.write(bytes.subarray(8, 11));
    assert.deepEqual(replies, [Buffer.from("abc")]);
  });
});

describe("a chunk of more than 2 GiB", () => {
  it("continues a reply that was split, and is read to its end", () => {
    const part = 2 ** 30;
    // Only the pages with these few bytes are ever touched. Node's `Buffer.write` does not work beyond 2 GiB.
    const chunk = Buffer.alloc(2 * part + 6);
    let at = Buffer.from("llo\r\n").copy(chunk);
    const lengths = [part, 2 * part].map((end) => {
      const length = end - at - "$1073741824\r\n\r\n".length;
      at += Buffer.from(`$${length}\r\n`).copy(chunk, at) + length;
      at += Buffer.from("\r\n").copy(chunk, at);
      return length;
    });
    Buffer.from(":1\r\n+O").copy(chunk, at);
    const found: unknown[] = [];
    const parser = new Parser({
      onReply: (reply) => found.push(Buffer.isBuffer(reply) && reply.length > 5 ? reply.length : reply),
      maxBulkLength: 2 * part,
      maxReplyLength: 3 * part,
    });
    parser.write(Buffer.from("$5\r\nhe"));
    parser.write(chunk);
    parser.write(Buffer.from("K\r\n"));
    assert.deepEqual(found, [Buffer.from("hello"), ...lengths, 1, "OK"]);
  });
});

describe("an error", () => {
  it("is a value with a code", () => {
    const [error] = parse(["-BADID Invalid job ID format.\r\n"]);
    assert.ok(error instanceof ReplyError);
    assert.equal(error.code, "BADID");
    assert.equal(error.message, "BADID Invalid job ID format.");
    assert.equal(error.command, undefined);
  });

  it("may be empty", () => {
    const [error] = parse(["-\r\n"]);
    assert.ok(error instanceof ReplyError);
    assert.equal(error.code, "");
  });
});

describe("an integer", () => {
  const integers: [string, number | bigint][] = [
    ["0", 0],
    ["+0", 0],
    ["+17", 17],
    ["-1", -1],
    ["999999999999999", 999_999_999_999_999],
    ["1000000000000000", 1_000_000_000_000_000],
    ["9007199254740990", 9007199254740990],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["+9007199254740993", 9007199254740993n],
    ["-9007199254740991", -9007199254740991],
    ["-9007199254740992", -9007199254740992n],
    ["-9007199254740993", -9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["-9223372036854775808", -9223372036854775808n],
  ];

  for (const [digits, value] of integers) {
    it(`is exact: ${digits} is a ${typeof value}`, () => {
      assert.deepEqual(parse([`:${digits}\r\n`]), [value]);
      assert.deepEqual(parse(Array.from(`:${digits}\r\n`)), [value], "byte by byte");
    });
  }

  it("of zero is never minus zero", () => {
    assert.ok(Object.is(parse([":0\r\n"])[0], 0));
  });
});

describe("an error made by the parser", () => {
  it("has no stack, because it would only point into the parser; other errors keep theirs", () => {
    const before = Error.stackTraceLimit;
    const [error] = parse(["-ERR no\r\n"]);
    assert.ok(error instanceof ReplyError);
    assert.doesNotMatch(String(error.stack), /\n +at /);
    assert.equal(Error.stackTraceLimit, before);
    assert.match(String(new ReplyError("ERR no").stack), /\n +at /);
  });
});
