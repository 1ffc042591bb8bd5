// What a parser retains, measured after a garbage collection.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Parser, ProtocolError } from "../../src/resp/index.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

const MIB = 2 ** 20;
const KIB = 1024;
/** Memory used by the measurement itself. */
const SLACK = MIB;

function memoryUsed(): number {
  // Twice, since some garbage is only freed afterwards.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The additional memory in use while the result of `make` is referenced. */
function heldBy(make: () => unknown): number {
  const before = memoryUsed();
  const made = make();
  const held = memoryUsed() - before;
  assert.ok(made !== undefined);
  return held;
}

/** Bytes in their own memory, like those from a socket. */
function chunk(length: number, text = "x"): Buffer {
  return Buffer.alloc(length, text);
}

function refuses(parser: Parser, bytes: Buffer): void {
  assert.throws(() => parser.write(bytes), ProtocolError);
}

describe("a parser retains", () => {
  it("no more than the bytes of an incomplete body", () => {
    const held = heldBy(() => {
      const parser = new Parser({ maxBulkLength: 4 * MIB, onReply: () => {} });
      parser.write(Buffer.from(`$${4 * MIB}\r\n`));
      for (let sent = 0; sent < 4 * MIB; sent += 16 * KIB) parser.write(chunk(16 * KIB));
      return parser;
    });
    assert.ok(held < 5 * MIB + SLACK, `${held} bytes`);
  });

  it("no more than the maximum line of a line that never ends", () => {
    const held = heldBy(() => {
      const parser = new Parser({ maxLineLength: 64 * KIB, onReply: () => {} });
      parser.write(Buffer.from("+"));
      for (let sent = KIB; sent < 64 * KIB; sent += KIB) parser.write(chunk(KIB));
      refuses(parser, chunk(64 * KIB));
      return parser;
    });
    assert.ok(held < SLACK, `${held} bytes`);
  });

  it("nothing of the pieces that arrive after a failure", () => {
    const held = heldBy(() => {
      const parser = new Parser({ onReply: () => {} });
      refuses(parser, Buffer.from("?\r\n"));
      for (let sent = 0; sent < 8 * MIB; sent += 64 * KIB) refuses(parser, chunk(64 * KIB));
      return parser;
    });
    assert.ok(held < SLACK, `${held} bytes`);
  });

  it("nothing of a body that was not followed by CRLF", () => {
    const held = heldBy(() => {
      const parser = new Parser({ onReply: () => {} });
      parser.write(Buffer.from(`$${4 * MIB}\r\n`));
      for (let sent = 0; sent < 4 * MIB; sent += 64 * KIB) parser.write(chunk(64 * KIB));
      refuses(parser, Buffer.from("xx"));
      return parser;
    });
    assert.ok(held < SLACK, `${held} bytes`);
  });

  it("at most a few times the bytes of a body that arrives byte by byte", () => {
    const length = 256 * KIB;
    const held = heldBy(() => {
      const parser = new Parser({ onReply: () => {} });
      parser.write(Buffer.from(`$${length}\r\n`));
      for (let sent = 0; sent < length; sent++) parser.write(chunk(1));
      return parser;
    });
    assert.ok(held < 8 * length + SLACK, `${held} bytes for ${length}`);
  });

  it("nothing of an unfinished array after a failure", () => {
    const held = heldBy(() => {
      const parser = new Parser({ onReply: () => {} });
      parser.write(Buffer.from("*2000\r\n"));
      for (let count = 0; count < 1000; count++)
        parser.write(Buffer.from(`$4096\r\n${"x".repeat(4096)}\r\n`));
      refuses(parser, Buffer.from("?\r\n"));
      return parser;
    });
    assert.ok(held < SLACK, `${held} bytes`);
  });

  it("nothing of the replies it has delivered", () => {
    const replies = Buffer.concat(
      Array.from({ length: 1000 }, () => Buffer.from("*2\r\n$5\r\nhello\r\n:1\r\n")),
    );
    const held = heldBy(() => {
      const parser = new Parser({ onReply: () => {} });
      for (let count = 0; count < 100; count++) parser.write(Buffer.from(replies));
      return parser;
    });
    assert.ok(held < SLACK, `${held} bytes`);
  });

  it("little more than the bytes of values that were split", () => {
    const count = 1_000;
    const length = 8_300;
    const held = heldBy(() => {
      const replies: unknown[] = [];
      const parser = new Parser({ onReply: (reply) => replies.push(reply) });
      for (let sent = 0; sent < count; sent++) {
        parser.write(Buffer.from(`$${length}\r\n${"x".repeat(1_000)}`));
        parser.write(chunk(length - 1_000));
        parser.write(Buffer.from("\r\n"));
      }
      assert.equal(replies.length, count);
      return replies;
    });
    assert.ok(held < 1.2 * count * length + SLACK, `${held} bytes`);
  });

  it("no memory for lengths that are only announced, however often", () => {
    const held = heldBy(() => {
      const announcements = [
        "*1048576\r\n",
        "$536870912\r\n",
        "*300000\r\n*300000\r\n*300000\r\n$5000000\r\n",
      ];
      return announcements.map((announcement) => {
        const parser = new Parser({ onReply: () => {} });
        parser.write(Buffer.from(announcement));
        return parser;
      });
    });
    assert.ok(held < SLACK, `${held} bytes`);
  });
});
