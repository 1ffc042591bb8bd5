import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Reply } from "../../src/resp/index.ts";
import { StringsReader } from "../../src/resp/strings.ts";

/** What is read of `text`, which stands somewhere inside of its memory. */
function read(text: string, count: number, longest = 100): Read {
  const bytes = Buffer.from(`....${text}`).subarray(4);
  const reader = new StringsReader();
  const arrays: Reply[] = [];
  const places = reader.read(bytes, 0, bytes.length, arrays, 0, count, longest);
  assert.equal(places, arrays.length);
  return { arrays: arrays.map(asTexts), end: reader.end, strings: reader.strings };
}

interface Read {
  readonly arrays: readonly (readonly string[])[];
  readonly end: number;
  readonly strings: number;
}

function asTexts(array: Reply): string[] {
  assert.ok(Array.isArray(array));
  return array.map(String);
}

describe("arrays of bulk strings that follow each other", () => {
  it("are read up to the count that was asked for", () => {
    const text = "*2\r\n$3\r\nabc\r\n$0\r\n\r\n*1\r\n$10\r\n0123456789\r\n*1\r\n$1\r\nx\r\n:1\r\n";
    assert.deepEqual(read(text, 2), { arrays: [["abc", ""], ["0123456789"]], end: 40, strings: 3 });
    assert.deepEqual(read(text, 0), { arrays: [], end: 0, strings: 0 });
  });

  it("are read behind what is there already, whatever bytes came before", () => {
    const reader = new StringsReader();
    const arrays: Reply[] = [];
    for (const [place, letter] of ["a", "b"].entries()) {
      const bytes = Buffer.from(`*1\r\n$1\r\n${letter}\r\n${" ".repeat(9)}`);
      assert.equal(reader.read(bytes, 0, bytes.length, arrays, place, 2, 100), place + 1);
    }
    assert.deepEqual(arrays.map(asTexts), [["a"], ["b"]]);
  });

  it("hold views of the memory that they came in", () => {
    const bytes = Buffer.from("....*2\r\n$3\r\nabc\r\n$3\r\ndef\r\n:1\r\n").subarray(4);
    const [array] = ((arrays: Reply[]) => {
      new StringsReader().read(bytes, 0, bytes.length, arrays, 0, 1, 100);
      return arrays;
    })([]);
    assert.ok(Array.isArray(array));
    const [first, second] = array;
    assert.ok(Buffer.isBuffer(first) && Buffer.isBuffer(second));
    assert.equal(first.buffer, bytes.buffer);
    bytes.write("DEF", 17);
    assert.equal(second.toString(), "DEF");
  });

  it("are left alone where one is not whole, wherever it is cut", () => {
    const text = "*2\r\n$3\r\nabc\r\n$12\r\n0123456789ab\r\n";
    for (let length = 0; length < text.length; length++) {
      const cut = text + text.slice(0, length);
      const { arrays, end, strings } = read(cut, 2);
      assert.deepEqual([arrays.length, end, strings], [1, text.length, 2], `${length} bytes`);
    }
    assert.deepEqual(read(text, 1).arrays, [["abc", "0123456789ab"]]);
  });

  it("are left alone where one is too long, or no bulk string as a server writes it", () => {
    for (const text of [
      "$101\r\n",
      "$-1\r\n",
      "$01\r\na\r\n",
      "$+1\r\na\r\n",
      "$1 \r\na\r\n",
      "$1\rxa\r\n",
      "$1\n\na\r\n",
      "$1\r\nab\n",
      "$1\r\na\rx",
      "$\r\n\r\n",
      "$4294967297\r\na\r\n",
      ":1\r\n",
      "*1\r\n:1\r\n",
      "+a\r\n",
    ]) {
      const padding = "-".repeat(200);
      const found = read(`*2\r\n$1\r\na\r\n${text}${padding}`, 1);
      assert.deepEqual(found, { arrays: [], end: 0, strings: 0 }, JSON.stringify(text));
    }
  });

  it("are left alone where there are none, or more than a few strings", () => {
    const padding = "$1\r\na\r\n".repeat(20);
    for (const text of [
      "*0\r\n",
      "*-1\r\n",
      "*9\r\n",
      "*10\r\n",
      "*1\rx",
      "*1\n\n",
      "*x\r\n",
      "$1\r\n",
      ":1\r\n",
    ]) {
      assert.equal(read(text + padding, 1).arrays.length, 0, JSON.stringify(text));
    }
    assert.deepEqual(read(`*8\r\n${padding}`, 1).arrays, [Array(8).fill("a")]);
  });
});
