import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StringsReader } from "../../src/resp/strings.ts";

/** What is read of `text`, which stands somewhere inside of its memory, and where that ends. */
function read(text: string, count: number, maxLength = 100): { strings: string[] | undefined; end: number } {
  const memory = Buffer.from(`....${text}`);
  const bytes = memory.subarray(4);
  const reader = new StringsReader();
  const strings = reader.read(bytes, bytes.buffer, bytes.byteOffset, 0, bytes.length, count, maxLength);
  return { strings: strings?.map(String), end: reader.end };
}

describe("bulk strings that follow each other", () => {
  it("are read up to the count that was asked for", () => {
    const text = "$3\r\nabc\r\n$0\r\n\r\n$10\r\n0123456789\r\n$1\r\nx\r\n:1\r\n";
    assert.deepEqual(read(text, 3), { strings: ["abc", "", "0123456789"], end: 32 });
    assert.deepEqual(read(text, 0), { strings: [], end: 0 });
  });

  it("are views of the memory that they came in", () => {
    const bytes = Buffer.from("$3\r\nabc\r\n$3\r\ndef\r\n:1\r\n");
    const [first, second] =
      new StringsReader().read(bytes, bytes.buffer, bytes.byteOffset, 0, bytes.length, 2, 100) ??
      assert.fail();
    assert.equal(first?.buffer, bytes.buffer);
    assert.ok(Buffer.isBuffer(second));
    bytes.write("DEF", 13);
    assert.equal(second.toString(), "DEF");
  });

  it("are left alone where one is not whole, wherever it is cut", () => {
    const text = "$3\r\nabc\r\n$12\r\n0123456789ab\r\n";
    for (let length = 0; length < text.length; length++) {
      assert.equal(read(text.slice(0, length), 2).strings, undefined, `${length} bytes`);
    }
    assert.deepEqual(read(text, 2).strings, ["abc", "0123456789ab"]);
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
      assert.equal(read(`$1\r\na\r\n${text}${padding}`, 2).strings, undefined, JSON.stringify(text));
    }
  });
});
