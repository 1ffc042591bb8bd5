import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Parser, type ParserLimits, ProtocolError, type Reply } from "../../src/resp/index.ts";
import { parse } from "./parse.ts";

function refuses(stream: string, limits: ParserLimits, message: RegExp): void {
  const refusal = (error: unknown): boolean => error instanceof ProtocolError && message.test(error.message);
  assert.throws(() => parse([stream], limits), refusal);
  assert.throws(() => parse(Array.from(stream), limits), refusal, "byte by byte");
}

describe("maxDepth", () => {
  const deeper = /nested deeper than 3/;

  it("accepts arrays nested to this depth", () => {
    assert.deepEqual(parse(["*1\r\n*1\r\n*1\r\n:1\r\n"], { maxDepth: 3 }), [[[[1]]]]);
    assert.deepEqual(parse(["*1\r\n*1\r\n*0\r\n"], { maxDepth: 3 }), [[[[]]]]);
    assert.deepEqual(parse(["*1\r\n*1\r\n*1\r\n*-1\r\n"], { maxDepth: 3 }), [[[[null]]]]);
  });

  it("rejects one level more, even if that array is empty", () => {
    refuses("*1\r\n*1\r\n*1\r\n*1\r\n", { maxDepth: 3 }, deeper);
    refuses("*1\r\n*1\r\n*1\r\n*0\r\n", { maxDepth: 3 }, deeper);
  });

  it("counts open arrays only", () => {
    assert.deepEqual(parse(["*2\r\n*1\r\n:1\r\n*1\r\n:2\r\n*1\r\n:3\r\n"], { maxDepth: 2 }), [
      [[1], [2]],
      [3],
    ]);
  });

  it("is 32 by default", () => {
    assert.equal(parse([`${"*1\r\n".repeat(32)}:1\r\n`]).length, 1);
    refuses("*1\r\n".repeat(33), {}, /nested deeper than 32/);
    refuses("*1\r\n".repeat(100_000), {}, /nested deeper than 32/);
  });

  it("may be so large that recursion would overflow the stack", () => {
    let [reply] = parse([`${"*1\r\n".repeat(100_000)}:7\r\n`], { maxDepth: 100_000 });
    let depth = 0;
    while (Array.isArray(reply)) {
      reply = reply[0];
      depth++;
    }
    assert.equal(depth, 100_000);
    assert.equal(reply, 7);
  });
});

describe("maxElements", () => {
  const more = /elements, at most 4/;

  it("accepts replies with this many elements", () => {
    assert.deepEqual(parse(["*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n"], { maxElements: 4 }), [[1, 2, 3, 4]]);
    assert.deepEqual(parse(["*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n"], { maxElements: 4 }), [[[1, 2], 3]]);
  });

  it("rejects one element more as soon as it is announced", () => {
    refuses("*5\r\n", { maxElements: 4 }, more);
    refuses("*2\r\n*3\r\n", { maxElements: 4 }, more);
    refuses("*3\r\n*1\r\n:1\r\n*1\r\n", { maxElements: 4 }, more);
  });

  it("applies to each reply separately", () => {
    assert.equal(parse(["*2\r\n:1\r\n:2\r\n".repeat(10)], { maxElements: 2 }).length, 10);
  });

  it("is 1,048,576 by default", () => {
    assert.deepEqual(parse(["*1048576\r\n"]), []);
    refuses("*1048577\r\n", {}, /at most 1048576/);
    refuses("*4294967296\r\n", {}, /at most 1048576/);
  });
});

describe("maxBulkLength", () => {
  it("accepts bulk strings of this length", () => {
    assert.deepEqual(parse(["$5\r\nhello\r\n"], { maxBulkLength: 5 }), [Buffer.from("hello")]);
    assert.deepEqual(parse(["$0\r\n\r\n"], { maxBulkLength: 0 }), [Buffer.alloc(0)]);
  });

  it("rejects one byte more as soon as it is announced", () => {
    refuses("$6\r\n", { maxBulkLength: 5 }, /6 bytes, at most 5/);
    refuses("*1\r\n$6\r\n", { maxBulkLength: 5 }, /6 bytes, at most 5/);
  });

  it("is 512 MB by default", () => {
    assert.deepEqual(parse(["$536870912\r\n"]), []);
    refuses("$536870913\r\n", {}, /at most 536870912/);
    refuses("$9223372036854775807\r\n", {}, /at most 536870912/);
  });
});

describe("maxLineLength", () => {
  const longer = /longer than 8 bytes/;

  it("accepts lines with this many bytes before the LF", () => {
    assert.deepEqual(parse(["+abcdef\r\n+abcdef\r\n"], { maxLineLength: 8 }), ["abcdef", "abcdef"]);
  });

  it("rejects one byte more, whether or not the line ends", () => {
    refuses("+abcdefg\r\n", { maxLineLength: 8 }, longer);
    refuses("+abcdefgh", { maxLineLength: 8 }, longer);
    refuses(":000000001", { maxLineLength: 8 }, longer);
  });

  it("does not limit bodies", () => {
    assert.deepEqual(parse(["$12\r\nhello, world\r\n"], { maxLineLength: 8 }), [Buffer.from("hello, world")]);
  });

  it("is 64 KiB by default", () => {
    const text = "x".repeat(65_534);
    assert.deepEqual(parse([`+${text}\r\n`]), [text]);
    refuses(`+${text}x\r\n`, {}, /longer than 65536/);
  });

  it("stops a line that never ends", () => {
    const parser = new Parser({ onReply: () => assert.fail("there is no reply") });
    const piece = Buffer.alloc(1000, "x");
    assert.throws(() => {
      parser.write(Buffer.from("+"));
      for (let sent = 0; sent < 100; sent++) parser.write(piece);
    }, /longer than 65536/);
  });
});

describe("maxReplyLength", () => {
  const longer = /longer than 20 bytes/;
  const limits = { maxReplyLength: 20 };

  it("accepts replies of this length, whatever they contain", () => {
    const stream = "*2\r\n:1\r\n$6\r\nabcdef\r\n";
    assert.equal(stream.length, 20);
    for (const chunks of [[stream + stream], Array.from(stream + stream)]) {
      const reply = [1, Buffer.from("abcdef")];
      assert.deepEqual(parse(chunks, limits), [reply, reply]);
    }
  });

  it("rejects one byte more", () => {
    refuses("*2\r\n:1\r\n+abcdefghij\r\n", limits, longer);
    refuses("+abcdefghijklmnopqr\r\n", limits, longer);
  });

  it("applies to a line even with much data behind it", () => {
    const behind = ":1\r\n".repeat(100);
    assert.equal(parse([`+abcdefghijklmnopq\r\n${behind}`], limits)[0], "abcdefghijklmnopq");
    refuses(`+abcdefghijklmnopqr\r\n${behind}`, limits, longer);
  });

  it("rejects a body as soon as it is announced", () => {
    refuses("*2\r\n:1\r\n$7\r\n", limits, longer);
    refuses("$1000\r\n", limits, longer);
  });

  it("rejects an array that becomes too long", () => {
    refuses(`*100\r\n${":1\r\n".repeat(4)}`, limits, longer);
  });

  it("is 513 MiB by default", () => {
    refuses("*3\r\n:1\r\n$537919488\r\n", { maxBulkLength: 2 ** 31 }, /longer than 537919488/);
  });
});

describe("a combination of limits", () => {
  for (const length of [
    2_147_483_582, 2_147_483_583, 2_147_483_633, 2_147_483_646, 2_147_483_647, 9_999_999_999,
  ])
    it(`rejects a bulk string of ${length} bytes without maxBulkLength`, () => {
      refuses(
        `$${length}\r\nab\n`,
        { maxBulkLength: Number.POSITIVE_INFINITY },
        /longer than 537919488|cannot have/,
      );
    });

  it("applies to integers, however many arrive at once", () => {
    for (const count of [1, 15, 16, 17, 100]) {
      refuses(":1\r\n".repeat(count), { maxLineLength: 2 }, /a line is longer than 2 bytes/);
      refuses(":1\r\n".repeat(count), { maxReplyLength: 3 }, /a reply is longer than 3 bytes/);
    }
  });
});

describe("an announced length", () => {
  const announcements: [string, string][] = [
    ["an array", "*1048576\r\n"],
    ["a bulk string", "$536870912\r\n"],
    ["a bulk string in an array", "*1048576\r\n$536870912\r\nx"],
  ];

  for (const [what, announcement] of announcements) {
    it(`of ${what} does not allocate memory before the bytes arrive`, () => {
      const replies: Reply[] = [];
      const parsers = Array.from(
        { length: 10 },
        () => new Parser({ onReply: (reply) => replies.push(reply) }),
      );
      const before = process.memoryUsage();
      for (const parser of parsers) parser.write(Buffer.from(announcement));
      const after = process.memoryUsage();
      // Ten preallocated arrays of this length would take 80 MiB, and ten such bodies 5 GiB.
      assert.ok(after.heapUsed - before.heapUsed < 32 * 2 ** 20, "heap");
      assert.ok(after.arrayBuffers - before.arrayBuffers < 32 * 2 ** 20, "buffers");
      assert.deepEqual(replies, []);
    });
  }
});
