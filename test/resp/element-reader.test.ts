import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ElementReader, Parser, type Reply } from "../../src/resp/index.ts";

/** Reads elements that are an array of one bulk string of one byte, as that byte's code. */
class ByteReader implements ElementReader<{ byte: number }> {
  end = 0;
  read(
    bytes: Uint8Array,
    start: number,
    limit: number,
    elements: Reply<{ byte: number }>[],
    from: number,
    count: number,
    longest: number,
  ): number {
    let filled = from;
    let at = start;
    while (filled < count && at + 11 <= limit && 11 <= longest) {
      const header = Buffer.from(bytes.subarray(at, at + 8)).toString("latin1");
      if (header !== "*1\r\n$1\r\n") break;
      elements[filled++] = { byte: bytes[at + 8] ?? 0 };
      at += 11;
    }
    this.end = at;
    return filled;
  }
}

function read(stream: string, size: number): Reply<{ byte: number }>[] {
  const replies: Reply<{ byte: number }>[] = [];
  const parser = new Parser({
    onReply: (reply) => replies.push(reply),
    elementReader: () => new ByteReader(),
  });
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += size) parser.write(bytes.subarray(at, at + size));
  return replies;
}

describe("a reader of elements", () => {
  it("reads those that it knows, and the parser the others", () => {
    const stream = "*3\r\n*1\r\n$1\r\na\r\n:7\r\n*1\r\n$1\r\nb\r\n*1\r\n*1\r\n$1\r\nc\r\n+OK\r\n";
    assert.deepEqual(read(stream, stream.length), [[{ byte: 97 }, 7, { byte: 98 }], [{ byte: 99 }], "OK"]);
  });

  it("need not say where it stopped when it read nothing", () => {
    const replies: Reply<string>[] = [];
    const idle: ElementReader<string> = { end: 77, read: (_bytes, _start, _limit, _elements, from) => from };
    const parser = new Parser({ onReply: (reply) => replies.push(reply), elementReader: () => idle });
    parser.write(Buffer.from("*2\r\n:1\r\n:2\r\n:3\r\n"));
    assert.deepEqual(replies, [[1, 2], 3]);
  });

  it("is asked only for the elements of the outermost array", () => {
    const stream = "*1\r\n*2\r\n*1\r\n$1\r\na\r\n:1\r\n";
    assert.deepEqual(read(stream, stream.length), [[[[Buffer.from("a")], 1]]]);
  });

  it("need not see an element that is cut: the parser reads that one", () => {
    const stream = "*2\r\n*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n:1\r\n";
    for (let size = 1; size < stream.length; size++) {
      const [array, one, ...more] = read(stream, size);
      assert.ok(Array.isArray(array));
      const seen = array.map((item) =>
        Array.isArray(item) ? String(item[0]) : Object.values(item ?? {})[0],
      );
      assert.deepEqual(
        seen.map((item) => (item === "a" ? 97 : item === "b" ? 98 : item)),
        [97, 98],
        `in pieces of ${size}`,
      );
      assert.deepEqual([one, more], [1, []]);
    }
  });
});
