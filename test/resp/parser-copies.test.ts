// Bodies are read in time linear in their size. Counting copied bytes shows it without a clock.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Parser, type Reply } from "../../src/resp/index.ts";

const KIB = 1024;
const PIECE = Buffer.alloc(64 * KIB, Buffer.from("sixteen bytes of a body that goes on and on. "));
/** Upper bound on the bytes of a bulk string's framing. */
const OVERHEAD = 32;
const CRLF = Buffer.from("\r\n");

interface Copies {
  /** The buffers that were allocated to copy bytes into, and their total size. */
  buffers: number;
  bytes: number;
}

/** Counts copies until the end of the test. */
function countCopies(context: TestContext): Copies {
  const copies: Copies = { buffers: 0, bytes: 0 };
  for (const name of ["allocUnsafe", "allocUnsafeSlow"] as const) {
    const make = Buffer[name];
    context.mock.method(Buffer, name, (length: number) => {
      copies.buffers++;
      copies.bytes += length;
      return make(length);
    });
  }
  for (const other of ["concat", "from", "alloc"] as const) {
    context.mock.method(Buffer, other, () => assert.fail(`copied by Buffer.${other}`));
  }
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

/** Doubling a buffer allocates little more than twice the final size. */
function checkTwice(copies: Copies, bytes: number, pieces: number): void {
  assert.ok(copies.bytes <= 2.2 * bytes, `${copies.bytes} bytes for ${bytes}`);
  assert.ok(copies.buffers <= 6 + pieces / 100, `${copies.buffers} buffers for ${pieces} pieces`);
}

describe("a body that arrives in pieces", () => {
  for (const count of [16, 1600]) {
    it(`of 64 KiB, ${count} of them, is copied once, except its beginning`, (context) => {
      const length = count * PIECE.length;
      const [replies, copies] = readInPieces(context, length, pieces(count));
      const [body] = replies;
      assert.ok(Buffer.isBuffer(body));
      assert.equal(body.length, length);
      for (let at = 0; at < length; at += PIECE.length) {
        assert.ok(PIECE.equals(body.subarray(at, at + PIECE.length)), `bytes from ${at} on`);
      }
      // All memory is allocated once a quarter of the body has arrived.
      assert.ok(copies.buffers <= 32, `${copies.buffers} buffers`);
      assert.ok(copies.bytes <= 1.3 * length, `${copies.bytes} bytes`);
    });
  }

  for (const piece of [1, 17, 1023])
    it(`of ${piece} bytes is copied at most twice`, (context) => {
      const count = Math.ceil(200_000 / piece);
      const bytes = Array.from({ length: count }, (_, index) => Buffer.alloc(piece, index % 251));
      const [[body], copies] = readInPieces(context, count * piece, [...bytes, CRLF]);
      assert.deepEqual(body, Buffer.concat(bytes));
      checkTwice(copies, count * piece + OVERHEAD, count);
    });
});

describe("the room for a long body", () => {
  it("is where its bytes belong, so that they are not copied", (context) => {
    const length = 100 * PIECE.length;
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    parser.write(Buffer.from(`$${length}\r\n`));
    const copies = countCopies(context);
    let inPlace = 0;
    for (let at = 0; at < length; at += PIECE.length) {
      const room = parser.roomFor(1);
      if (room === undefined) {
        parser.write(PIECE);
        continue;
      }
      PIECE.copy(room);
      const { mock } = context.mock.method(Object.getPrototypeOf(Uint8Array.prototype), "set");
      parser.write(room.subarray(0, PIECE.length));
      mock.restore();
      assert.equal(mock.callCount(), 0);
      inPlace += PIECE.length;
    }
    parser.write(CRLF);
    context.mock.reset();
    const [body] = replies;
    assert.ok(Buffer.isBuffer(body) && body.length === length);
    for (let at = 0; at < length; at += PIECE.length) {
      assert.ok(PIECE.equals(body.subarray(at, at + PIECE.length)), `bytes from ${at} on`);
    }
    assert.ok(inPlace >= 0.7 * length, `${inPlace} bytes were read into place`);
    assert.ok(copies.bytes <= 1.1 * length, `${copies.bytes} bytes`);
  });

  it("is not given for less than the least length, nor while too little has arrived", () => {
    const parser = new Parser({ onReply: () => {} });
    for (const least of [0, 1]) assert.equal(parser.roomFor(least), undefined);
    parser.write(Buffer.from("$1000\r\n"));
    assert.equal(parser.roomFor(1_003), undefined);
    assert.equal(parser.roomFor(1_002)?.length, 1_002);
    const other = new Parser({ onReply: () => {} });
    other.write(Buffer.from(`$${PIECE.length * 100}\r\n`));
    assert.equal(other.roomFor(1), undefined);
  });
});

describe("the chunk in which a long body begins", () => {
  it("may be transferred with a reply that it contains", () => {
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    const large = Buffer.alloc(1_000_000, "large ");
    const start = Buffer.concat([Buffer.from("$5\r\nsmall\r\n$1000000\r\n"), large.subarray(0, 50_000)]);
    const chunk = Buffer.allocUnsafeSlow(start.length);
    start.copy(chunk);
    parser.write(chunk);
    structuredClone(null, { transfer: [chunk.buffer] });
    parser.write(large.subarray(50_000));
    parser.write(CRLF);
    assert.equal(replies.length, 2);
    assert.deepEqual(replies[1], large);
  });
});

describe("a line that arrives in pieces", () => {
  it("is copied at most twice", (context) => {
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    const bytes = Array.from(`+${"x".repeat(60_000)}\r\n`, (byte) => Buffer.from(byte));
    const copies = countCopies(context);
    for (const byte of bytes) parser.write(byte);
    context.mock.reset();
    assert.deepEqual(replies, ["x".repeat(60_000)]);
    checkTwice(copies, bytes.length, bytes.length);
  });
});

describe("a body that arrives in one piece", () => {
  it("is a view of it, whether small or large", (context) => {
    const small = Buffer.from("$5\r\nsmall\r\n");
    const large = Buffer.concat([Buffer.from(`$${PIECE.length}\r\n`), PIECE, CRLF]);
    const chunk = Buffer.concat([small, large, small]);
    const replies: Reply[] = [];
    const parser = new Parser({ onReply: (reply) => replies.push(reply) });
    const copies = countCopies(context);
    parser.write(chunk);
    context.mock.reset();
    assert.deepEqual(replies.map(String), ["small", PIECE.toString(), "small"]);
    for (const body of replies) assert.ok(Buffer.isBuffer(body) && body.buffer === chunk.buffer);
    assert.equal(copies.buffers, 0);
  });
});
