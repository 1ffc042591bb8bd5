// That bodies are read in time linear in their size, shown by counting what is copied instead of by a clock.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Parser, type Reply } from "../../src/resp/index.ts";

const KIB = 1024;
const PIECE = Buffer.alloc(64 * KIB, Buffer.from("sixteen bytes of a body that goes on and on. "));
const CRLF = Buffer.from("\r\n");

interface Copies {
  /** How many buffers were made out of others, and how many bytes went into them. */
  buffers: number;
  bytes: number;
  /** How many views were made. */
  views: number;
}

/** Counts from now on to the end of the test. */
function countCopies(context: TestContext): Copies {
  const copies: Copies = { buffers: 0, bytes: 0, views: 0 };
  const { concat, from } = Buffer;
  const { subarray } = Buffer.prototype;
  const count = (made: Buffer): Buffer => {
    copies.buffers++;
    copies.bytes += made.length;
    return made;
  };
  context.mock.method(Buffer, "concat", (...args: Parameters<typeof concat>) => count(concat(...args)));
  context.mock.method(Buffer, "from", (bytes: Uint8Array) => count(from(bytes)));
  context.mock.method(Buffer.prototype, "subarray", function (this: Buffer, start?: number, end?: number) {
    copies.views++;
    return subarray.call(this, start, end);
  });
  context.mock.method(Buffer.prototype, "copy", () => assert.fail("copied by hand"));
  context.mock.method(Buffer.prototype, "set", () => assert.fail("copied by hand"));
  return copies;
}

function readInPieces(context: TestContext, length: number, chunks: Iterable<Buffer>): [Reply[], Copies] {
  const replies: Reply[] = [];
  const parser = new Parser({ onReply: (reply) => replies.push(reply) });
  const header = Buffer.from(`$${length}\r\n`);
  const copies = countCopies(context);
  parser.write(header);
  for (const chunk of chunks) parser.write(chunk);
  context.mock.reset();
  return [replies, copies];
}

function* pieces(count: number): Generator<Buffer> {
  for (let sent = 0; sent < count; sent++) yield PIECE;
  yield CRLF;
}

describe("a body that comes in pieces", () => {
  for (const count of [16, 1600]) {
    it(`of 64 KiB, ${count} of them, is joined once`, (context) => {
      const length = count * PIECE.length;
      const [replies, copies] = readInPieces(context, length, pieces(count));
      const [body] = replies;
      assert.ok(Buffer.isBuffer(body));
      assert.equal(body.length, length);
      for (let at = 0; at < length; at += PIECE.length) {
        assert.ok(PIECE.equals(body.subarray(at, at + PIECE.length)), `bytes from ${at} on`);
      }
      assert.equal(copies.buffers, 1);
      assert.equal(copies.bytes, length + 2);
      assert.ok(copies.views <= count + 3, `${copies.views} views`);
    });
  }

  it("of one byte each is joined once", (context) => {
    const bytes = Array.from({ length: 20_000 }, (_, index) => Buffer.of(index % 251));
    const [[body], copies] = readInPieces(context, bytes.length, [...bytes, Buffer.of(13), Buffer.of(10)]);
    assert.deepEqual(body, Buffer.concat(bytes));
    assert.equal(copies.buffers, 1);
    assert.equal(copies.bytes, bytes.length + 2);
  });
});

describe("a line that comes in pieces", () => {
  it("is joined once", (context) => {
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    const bytes = Array.from(`+${"x".repeat(60_000)}\r\n`, (byte) => Buffer.from(byte));
    const copies = countCopies(context);
    for (const byte of bytes) parser.write(byte);
    context.mock.reset();
    assert.deepEqual(replies, ["x".repeat(60_000)]);
    assert.equal(copies.buffers, 1);
    assert.equal(copies.bytes, bytes.length);
  });
});

describe("a body that comes in one piece", () => {
  it("is a view of it when it is a good part of it", (context) => {
    const chunk = Buffer.concat([Buffer.from(`$${PIECE.length}\r\n`), PIECE, Buffer.from("\r\n+OK\r\n")]);
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    const copies = countCopies(context);
    parser.write(chunk);
    context.mock.reset();
    const [body, ok] = replies;
    assert.ok(Buffer.isBuffer(body));
    assert.equal(body.buffer, chunk.buffer);
    assert.ok(body.equals(PIECE));
    assert.equal(ok, "OK");
    assert.equal(copies.buffers, 0);
  });

  it("is a copy when it would keep a much larger chunk in memory", () => {
    const small = Buffer.from("$5\r\nsmall\r\n");
    const chunk = Buffer.concat(Array.from({ length: 5000 }, () => small));
    const replies: Reply[] = [];
    new Parser({ onReply: (reply) => replies.push(reply) }).write(chunk);
    assert.equal(replies.length, 5000);
    for (const body of replies) {
      assert.ok(Buffer.isBuffer(body));
      assert.equal(body.toString(), "small");
      assert.notEqual(body.buffer, chunk.buffer);
    }
  });
});
