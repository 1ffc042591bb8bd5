import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDigits } from "../../src/resp/digits.ts";

function read(text: string, start = 0, length = text.length): { digits: number[]; end: number } {
  const bytes = Buffer.from(`....${text}....`, "latin1").subarray(4, 4 + text.length);
  const digits: number[] = [];
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = readDigits(words, start, length, (digit) => digits.push(digit));
  return { digits, end };
}

describe("integers of one digit that follow each other", () => {
  it("are read until something else comes", () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const text = all.map((digit) => `:${digit}\r\n`).join("");
    assert.deepEqual(read(`${text}+OK\r\n`), { digits: all, end: 40 });
    assert.deepEqual(read(text), { digits: all, end: 40 });
    assert.deepEqual(read(text, 8), { digits: all.slice(2), end: 40 });
  });

  it("are not read beyond the length that is there", () => {
    for (const [length, end] of [
      [0, 0],
      [3, 0],
      [4, 4],
      [7, 4],
      [8, 8],
    ] as const)
      assert.equal(read(":1\r\n:2\r\n", 0, length).end, end);
  });

  it("are told from every other line", () => {
    for (let place = 0; place < 4; place++) {
      for (let byte = 0; byte < 256; byte++) {
        const other = Buffer.from(":7\r\n");
        other[place] = byte;
        const isDigit = place === 1 && byte >= 0x30 && byte <= 0x39;
        const { digits, end } = read(`:1\r\n${other.toString("latin1")}:2\r\n`);
        const expected = isDigit || other.equals(Buffer.from(":7\r\n")) ? 12 : 4;
        assert.equal(end, expected, `byte ${byte} at ${place}`);
        if (isDigit) assert.deepEqual(digits, [1, byte - 0x30, 2]);
      }
    }
  });
});
