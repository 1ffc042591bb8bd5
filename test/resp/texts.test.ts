import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TextsReader } from "../../src/resp/texts.ts";

const LONGEST = 1_000;

/** What is read of `text`, which stands somewhere inside of its memory, and where that ends. */
function read(
  text: string | Buffer,
  reader = new TextsReader(),
  longest = LONGEST,
): { texts: string[]; end: number } {
  const bytes = Buffer.concat([Buffer.from("...."), Buffer.from(text)]).subarray(4);
  return readFrom(bytes, 0, bytes.length, reader, longest);
}

function readFrom(
  bytes: Buffer,
  start: number,
  length: number,
  reader: TextsReader,
  longest = LONGEST,
): { texts: string[]; end: number } {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts: string[] = [];
  const end = reader.read(bytes, words, start, length, longest, (one) => texts.push(one));
  return { texts, end };
}

function line(text: string): string {
  return `+${text}\r\n`;
}

function id(n: number): string {
  return `D-dcb833cf-${String(n).padStart(24, "A")}-05a1`;
}

describe("simple strings that follow each other", () => {
  it("are read until something else comes", () => {
    const ids = Array.from({ length: 500 }, (_, n) => id(n));
    const text = ids.map(line).join("");
    assert.deepEqual(read(`${text}:1\r\n`), { texts: ids, end: text.length });
    assert.deepEqual(read(text), { texts: ids, end: text.length });
    assert.deepEqual(read(":1\r\n"), { texts: [], end: 0 });
  });

  it("may be of any lengths", () => {
    const texts = Array.from({ length: 300 }, (_, n) => "abcdefghij".repeat(30).slice(0, (n * 7) % 61));
    assert.deepEqual(read(texts.map(line).join("")).texts, texts);
    // Many of one length, and then one that is shorter, longer, or begins as they do.
    for (const length of [0, 1, 7, 8, 9, 15, 16, 17, 39, 40, 41, 80, 82, 83, 84]) {
      const others = [id(1), id(2), "x".repeat(length), id(3), id(4)];
      assert.deepEqual(read(others.map(line).join("")).texts, others, `${length} characters`);
    }
  });

  it("are not taken for longer ones that end where the one before did", () => {
    const short = ["OK", "PONG", "OK", "PONG", "OK", "PONG", "1234"];
    assert.equal(short.map(line).join("").length, 43);
    const texts = [id(1), ...short, id(2), ...short];
    assert.deepEqual(read(texts.map(line).join("")).texts, texts);
  });

  it("are left alone from the one on that is not whole, wherever it is cut", () => {
    const text = line(id(1)) + line(id(2));
    for (let length = 0; length < text.length; length++) {
      const { texts, end } = read(text.slice(0, length));
      assert.deepEqual(texts, length < 43 ? [] : [id(1)]);
      assert.equal(end, length < 43 ? 0 : 43);
    }
  });

  it("are not read beyond the length that is there, though the memory goes on", () => {
    const bytes = Buffer.from(line(id(1)) + line(id(2)) + line(id(3)));
    for (let length = 43; length < 86; length++) {
      assert.deepEqual(readFrom(bytes, 0, length, new TextsReader()), { texts: [id(1)], end: 43 });
    }
  });

  it("are right when the memory behind them is written only after they were read", () => {
    const bytes = Buffer.alloc(43 * 100, line(id(0)));
    const reader = new TextsReader();
    const seen: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = Math.min(at + 43 * 3, bytes.length);
      for (let to = at; to < length; to += 43) bytes.write(line(id(to)), to);
      const { texts, end } = readFrom(bytes, at, length, reader);
      seen.push(...texts);
      at = end;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, n) => id(n * 43)),
    );
  });

  it("are right when the reader goes from one chunk to another and back", () => {
    const reader = new TextsReader();
    const one = Buffer.from(line(id(1)) + line(id(2)) + line(id(3)));
    const other = Buffer.from(line(id(4)) + line(id(5)) + line(id(6)));
    assert.deepEqual(readFrom(one, 0, 86, reader).texts, [id(1), id(2)]);
    assert.deepEqual(readFrom(other, 0, 129, reader).texts, [id(4), id(5), id(6)]);
    assert.deepEqual(readFrom(one, 86, 129, reader).texts, [id(3)]);
  });

  it("are right when the same chunk comes twice", () => {
    const ids = Array.from({ length: 300 }, (_, n) => id(n));
    const chunk = Buffer.from(ids.map(line).join(""));
    const reader = new TextsReader();
    for (let times = 0; times < 3; times++) {
      assert.deepEqual(readFrom(chunk, 0, chunk.length, reader).texts, ids);
    }
  });

  it("are left alone where one is no printable ASCII, wherever that is", () => {
    for (const odd of ["\r", "\n", "\0", "\x1f", "\t", "é"]) {
      for (let at = 0; at < 40; at++) {
        const damaged = `${id(2).slice(0, at)}${odd}${id(2).slice(at + 1)}`;
        const { texts, end } = read(line(id(1)) + line(damaged) + line(id(3)));
        assert.deepEqual(texts, [id(1)], `${JSON.stringify(odd)} at ${at}`);
        assert.equal(end, 43);
      }
    }
    const whole = [id(1), " ~".repeat(20), id(2)];
    assert.deepEqual(read(whole.map(line).join("")).texts, whole);
  });

  it("are left alone where one is too long, or does not end with CRLF", () => {
    for (const bad of [line(`${id(2)}x`), `+${id(2)}\n`, `+${id(2)}\rx`, `+${id(2)}xx`]) {
      assert.deepEqual(read(line(id(1)) + bad + line(id(3)), new TextsReader(), 42), {
        texts: [id(1)],
        end: 43,
      });
    }
  });
});
