import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readArrays } from "../../src/resp/arrays.ts";
import { type ElementReader, Parser, ProtocolError, type Reply } from "../../src/resp/index.ts";
import { StringsReader } from "../../src/resp/strings.ts";

interface Read {
  readonly replies: readonly string[];
  readonly end: number;
}

function read(text: string, longestReply = 1_000, reader: ElementReader<never> = new StringsReader()): Read {
  const bytes = Buffer.from(text);
  const replies: Reply[] = [];
  const end = readArrays(
    bytes,
    0,
    bytes.length,
    () => reader,
    100,
    longestReply,
    (reply) => replies.push(reply),
  );
  return { replies: replies.map(asText), end };
}

function asText(reply: Reply): string {
  return Array.isArray(reply) ? `[${reply.map(asText)}]` : String(reply);
}

const JOB = "*3\r\n$4\r\nmail\r\n$2\r\nid\r\n$6\r\na body\r\n";
/** So that the last string is not taken for one that may be cut. */
const MORE = ":1\r\n:1\r\n:1\r\n";

describe("replies that are arrays of few elements", () => {
  it("are read up to one that is something else", () => {
    const stream = `*1\r\n${JOB}*2\r\n${JOB}${JOB}`;
    assert.deepEqual(read(stream + MORE), {
      replies: ["[[mail,id,a body]]", "[[mail,id,a body],[mail,id,a body]]"],
      end: stream.length,
    });
  });

  it("are left alone where one is not whole, wherever it is cut", () => {
    const first = `*1\r\n${JOB}`;
    for (let length = 0; length < first.length; length++) {
      const { replies, end } = read(first + first.slice(0, length));
      assert.deepEqual([replies.length, end], [1, first.length], `${length} bytes`);
    }
  });

  it("are left alone where they are empty, null, larger, or hold what the reader does not know", () => {
    for (const text of [
      "*0\r\n",
      "*-1\r\n",
      `*9\r\n${JOB.repeat(9)}`,
      `*10\r\n${JOB.repeat(10)}`,
      "*1\r\n:1\r\n",
    ]) {
      assert.deepEqual(read(text + MORE), { replies: [], end: 0 }, JSON.stringify(text));
    }
    assert.equal(read(`*8\r\n${JOB.repeat(8)}${MORE}`).replies.length, 1);
  });

  it("are left alone where they are longer than a reply may be", () => {
    const length = 4 + JOB.length;
    assert.equal(read(`*1\r\n${JOB}${MORE}`, length - 1).replies.length, 0);
    assert.equal(read(`*1\r\n${JOB}${MORE}`, length).replies.length, 1);
  });

  it("are each read by the reader that there is for it, or by none", () => {
    const bytes = Buffer.from(`*1\r\n${JOB}`.repeat(3) + MORE);
    const replies: Reply[] = [];
    const readers = [new StringsReader(), new StringsReader(), undefined];
    const end = readArrays(
      bytes,
      0,
      bytes.length,
      () => readers[replies.length],
      100,
      1_000,
      (reply) => replies.push(reply),
    );
    assert.deepEqual([replies.length, end], [2, 2 * (4 + JOB.length)]);
  });
});

describe("the limits of a parser", () => {
  const eight = `*8\r\n${"*8\r\n".concat("$1\r\na\r\n".repeat(8)).repeat(8)}`;
  const nine = `*9\r\n${"*8\r\n".concat("$1\r\na\r\n".repeat(8)).repeat(9)}`;

  for (const [what, limits, stream, reason] of [
    ["elements", { maxElements: 71 }, eight, /8 elements, at most 71/],
    ["elements in a larger array", { maxElements: 80 }, nine, /elements, at most 80/],
    ["arrays in arrays", { maxDepth: 1 }, eight, /deeper than 1/],
    ["the bytes of a reply", { maxReplyLength: eight.length - 1 }, eight, /longer than/],
    ["the bytes of a string", { maxBulkLength: 0 }, eight, /1 bytes, at most 0/],
    ["the bytes of a line", { maxLineLength: 2 }, eight, /longer than 2 bytes/],
  ] as const) {
    it(`hold for arrays of few elements: ${what}`, () => {
      const parser = new Parser({ onReply: () => assert.fail("it is beyond the limit"), ...limits });
      assert.throws(
        () => parser.write(Buffer.from(stream + MORE)),
        (error) => error instanceof ProtocolError && reason.test(error.message),
      );
    });
  }

  it("let pass what is just within them", () => {
    for (const [stream, limits] of [
      [
        eight,
        { maxElements: 72, maxDepth: 2, maxReplyLength: eight.length, maxBulkLength: 1, maxLineLength: 3 },
      ],
      [eight, { maxElements: 72, maxDepth: 2, maxReplyLength: eight.length, maxBulkLength: 1 }],
      [nine, { maxElements: 81, maxDepth: 2, maxReplyLength: nine.length, maxBulkLength: 1 }],
    ] as const) {
      const replies: Reply[] = [];
      const parser = new Parser({ onReply: (reply) => replies.push(reply), ...limits });
      parser.write(Buffer.from(stream + stream));
      assert.equal(replies.length, 2);
    }
  });
});
