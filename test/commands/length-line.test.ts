import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LengthLine } from "../../src/commands/length-line.ts";

function wordsOf(text: string): DataView {
  const bytes = Buffer.from(text, "latin1");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function endOf(line: LengthLine, text: string, limit: number = text.length): number {
  return line.endAt(wordsOf(text), 0, limit);
}

describe("the line with a length", () => {
  const lengths = [
    0, 1, 9, 10, 99, 100, 109, 190, 1_234, 1_934, 12_345, 19_345, 123_456, 129_456, 999_999_999,
  ];

  it("is read, whatever was read before", () => {
    for (const before of lengths) {
      for (const length of lengths) {
        const line = new LengthLine();
        endOf(line, `$${before}\r\n`);
        const text = `$${length}\r\n`;
        assert.deepEqual(
          [endOf(line, text), line.length],
          [text.length, length],
          `${length} after ${before}`,
        );
        assert.deepEqual([endOf(line, text), line.length], [text.length, length], `${length} twice`);
      }
    }
  });

  it("is not read beyond the limit, nor where the bytes end", () => {
    for (const length of lengths) {
      const line = new LengthLine();
      const text = `$${length}\r\n`;
      for (let times = 0; times < 2; times++) {
        for (let limit = 1; limit < text.length; limit++) {
          assert.equal(endOf(line, text, limit), 0, `${limit} bytes of ${text}`);
          assert.equal(endOf(line, text.slice(0, limit)), 0, `only ${limit} bytes of ${text}`);
        }
        assert.equal(endOf(line, text), text.length);
      }
    }
  });

  it("is nothing else", () => {
    const others = [
      "$\r\n",
      "$-1\r\n",
      "$01\r\n",
      "$00\r\n",
      "$1 \r\n",
      "$1\n\r",
      "$1234567890\r\n",
      "*1\r\n",
      ":1\r\n",
      "\0\0\0\0",
      "\0\0\0\x0056\r\n",
      "\0\0\0\0!56\r\n",
    ];
    for (const before of ["", "$1\r\n", "$100\r\n", "$123456\r\n"]) {
      const line = new LengthLine();
      if (before !== "") endOf(line, before);
      for (const other of others) assert.equal(endOf(line, `${other}      `), 0, other);
    }
  });
});
