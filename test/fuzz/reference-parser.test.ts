import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ParserLimits } from "../../src/resp/index.ts";
import { samples } from "../resp/samples.ts";
import { type End, parseWhole } from "./reference-parser.ts";

describe("the reference parser", () => {
  it("reads what Disque sends", () => {
    const parsed = parseWhole(Buffer.concat(samples.map(({ bytes }) => bytes)));
    assert.deepEqual(
      parsed.replies,
      samples.map(({ value }) => value),
    );
    assert.equal(parsed.end, "whole");
  });

  const ends: readonly (readonly [stream: string, end: End, replies: number, limits?: ParserLimits])[] = [
    ["", "whole", 0],
    ["+a\r\n:1\r\n", "whole", 2],
    [":9223372036854775807\r\n:-9223372036854775808\r\n", "whole", 2],
    ["+a\r\n:1\r", "unfinished", 1],
    ["$", "unfinished", 0],
    [":-", "unfinished", 0],
    ["$3\r\nabc\r", "unfinished", 0],
    ["$536870912\r\n", "unfinished", 0],
    ["*2\r\n:1\r\n", "unfinished", 0],
    ["+a\r\n?", "refused", 1],
    [":01", "hopeless", 0],
    ["$536870913", "hopeless", 0],
    ["+a\rb", "hopeless", 0],
    ["$3\r\nabcd", "hopeless", 0],
    ["+a\r\n?\r\n+b\r\n", "refused", 1],
    ["+a\n", "refused", 0],
    [":9223372036854775808\r\n", "refused", 0],
    ["$3\r\nabcde", "refused", 0],
    ["*4194305\r\n", "refused", 0],
    ["*1\r\n".repeat(33), "refused", 0],
    ["*1\r\n".repeat(32), "unfinished", 0],
    ["*1\r\n*0\r\n", "refused", 0, { maxDepth: 1 }],
    ["*2\r\n*1\r\n", "refused", 0, { maxElements: 2 }],
    ["$4\r\n", "refused", 0, { maxBulkLength: 3 }],
    ["+abc\r\n+abcd\r\n", "refused", 1, { maxLineLength: 5 }],
    ["+abcde", "refused", 0, { maxLineLength: 5 }],
    ["*2\r\n:1\r\n:2\r\n+abcdefg\r\n", "whole", 2, { maxReplyLength: 12 }],
    ["*2\r\n:1\r\n:2\r\n", "refused", 0, { maxReplyLength: 11 }],
    ["+a\r\n*2\r\n:1\r\n:2", "unfinished", 1, { maxReplyLength: 12 }],
    ["*2\r\n:1\r\n:2", "refused", 0, { maxReplyLength: 9 }],
    ["*2\r\n$3\r\n", "unfinished", 0, { maxReplyLength: 16 }],
    ["*2\r\n$3\r\n", "hopeless", 0, { maxReplyLength: 15 }],
    ["*3\r\n", "hopeless", 0, { maxReplyLength: 12 }],
    ["+abcdef\r\n?", "refused", 1, { maxReplyLength: 9 }],
  ];
  for (const [stream, end, replies, limits] of ends) {
    it(`finds ${JSON.stringify(stream.slice(0, 40))} ${end}${limits ? ` with ${JSON.stringify(limits)}` : ""}`, () => {
      const parsed = parseWhole(Buffer.from(stream), limits);
      assert.deepEqual([parsed.end, parsed.replies.length], [end, replies]);
    });
  }
});
