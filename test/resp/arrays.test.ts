import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ArraysReader } from "../../src/resp/arrays.ts";
import { type ElementReader, Parser, ProtocolError, type Reply } from "../../src/resp/index.ts";
import { StringsReader } from "../../src/resp/strings.ts";

interface Read {
  readonly replies: readonly string[];
  readonly end: number;
  /** The array that it began and did not finish. */
  readonly left?: { readonly start: number; readonly filled: number; readonly wanted: number };
}

function read(text: string, longestReply = 1_000, reader: ElementReader<never> = new StringsReader()): Read {
  const bytes = Buffer.from(text);
  const replies: Reply[] = [];
  const arrays = new ArraysReader<never>();
  const onReply = (reply: Reply): unknown => replies.push(reply);
  const end = arrays.read(bytes, 0, bytes.length, () => reader, 100, longestReply, onReply);
  const { items, start, filled, wanted } = arrays;
  const found = { replies: replies.map(asText), end };
  if (items === undefined) return found;
  assert.equal(arrays.reader, reader);
  return { ...found, left: { start, filled, wanted } };
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

  it("are left where one is not whole, as far as it came, wherever it is cut", () => {
    const first = `*2\r\n${JOB}${JOB}`;
    for (let length = 0; length < first.length; length++) {
      const { replies, end, left } = read(first + first.slice(0, length));
      assert.equal(replies.length, 1);
      if (length <= 4) assert.deepEqual([end, left], [first.length, undefined]);
      else {
        const filled = left?.filled ?? 0;
        assert.deepEqual(left, { start: first.length, filled, wanted: 2 });
        assert.equal(end, first.length + 4 + filled * JOB.length);
        // A job that is there with some more is not left.
        assert.ok(filled === 1 || length < 4 + JOB.length + 4, `${length} bytes`);
      }
    }
  });

  it("are left where the reader does not know what they hold", () => {
    const left = { start: 0, filled: 0, wanted: 1 };
    assert.deepEqual(read(`*1\r\n:1\r\n${MORE}`), { replies: [], end: 4, left });
  });

  it("are left alone where they are empty, null or larger", () => {
    for (const text of ["*0\r\n", "*-1\r\n", `*9\r\n${JOB.repeat(9)}`, `*10\r\n${JOB.repeat(10)}`]) {
      assert.deepEqual(read(text + MORE), { replies: [], end: 0 }, JSON.stringify(text));
    }
    assert.equal(read(`*8\r\n${JOB.repeat(8)}${MORE}`).replies.length, 1);
  });

  it("are refused where they are longer than a reply may be", () => {
    const length = 4 + JOB.length;
    assert.throws(() => read(`*1\r\n${JOB}${MORE}`, length - 1), ProtocolError);
    assert.equal(read(`*1\r\n${JOB}${MORE}`, length).replies.length, 1);
  });

  it("are each read by the reader that there is for it, or by none", () => {
    const bytes = Buffer.from(`*1\r\n${JOB}`.repeat(3) + MORE);
    const replies: Reply[] = [];
    const readers = [new StringsReader(), new StringsReader(), undefined];
    const arrays = new ArraysReader<never>();
    const readerOf = (): ElementReader<never> | undefined => readers[replies.length];
    const onReply = (reply: Reply): unknown => replies.push(reply);
    const end = arrays.read(bytes, 0, bytes.length, readerOf, 100, 1_000, onReply);
    assert.deepEqual([replies.length, end], [2, 2 * (4 + JOB.length) + 4]);
    assert.deepEqual([arrays.reader, arrays.filled], [undefined, 0]);
  });
});

describe("a parser with readers of elements", () => {
  /** Reads integers of one digit, and notes who read them. */
  class Digits implements ElementReader<string> {
    end = 0;
    readonly #name: string;

    constructor(name: string) {
      this.#name = name;
    }

    read(
      bytes: Uint8Array,
      start: number,
      limit: number,
      elements: Reply<string>[],
      from: number,
      count: number,
    ): number {
      let filled = from;
      this.end = start;
      while (filled < count && limit - this.end >= 4 && bytes[this.end] === 58) {
        elements[filled++] = `${this.#name}${(bytes[this.end + 1] ?? 0) - 48}`;
        this.end += 4;
      }
      return filled;
    }
  }

  it("asks once for each reply, wherever the stream is cut", () => {
    const stream = Buffer.from("*2\r\n:1\r\n:2\r\n*1\r\n:3\r\n*3\r\n:4\r\n:5\r\n:6\r\n*1\r\n:7\r\n");
    for (let cut = 0; cut <= stream.length; cut++) {
      const names = ["a", "b", "c", "d", "e"];
      const asked: string[] = [];
      const replies: Reply<string>[] = [];
      const parser = new Parser<string>({
        onReply: (reply) => replies.push(reply),
        elementReader: () => {
          const name = names[asked.length] ?? "";
          asked.push(name);
          return new Digits(name);
        },
      });
      parser.write(stream.subarray(0, cut));
      parser.write(stream.subarray(cut));
      assert.deepEqual(asked, ["a", "b", "c", "d"], `cut at ${cut}`);
      for (const [place, reply] of replies.entries()) {
        assert.ok(Array.isArray(reply));
        // An element that was cut is no reader's.
        const others = reply.filter((element) => !String(element).startsWith(names[place] ?? ""));
        assert.ok(others.length <= 1 && others.every((element) => typeof element === "number"));
      }
      assert.deepEqual(String(replies).replace(/[a-e]/g, ""), "1,2,3,4,5,6,7");
    }
  });
});

describe("the limits of a parser", () => {
  const eight = `*8\r\n${"*8\r\n".concat("$1\r\na\r\n".repeat(8)).repeat(8)}`;
  const nine = `*9\r\n${"*8\r\n".concat("$1\r\na\r\n".repeat(8)).repeat(9)}`;

  for (const [what, limits, stream, reason] of [
    ["elements", { maxElements: 71 }, eight, /8 elements, at most 71/],
    ["elements in a larger array", { maxElements: 80 }, nine, /array cannot have 8 elements, at most 80/],
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
