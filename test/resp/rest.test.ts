import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Rest } from "../../src/resp/rest.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

function numbered(length: number, first = 0): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (first + index) % 251));
}

/** All that there is, taken as the parser takes it. */
function take(rest: Rest): Buffer {
  const start = rest.take();
  return rest.bytes.subarray(start, rest.end);
}

describe("the rest of a stream", () => {
  it("is nothing at first", () => {
    const rest = new Rest();
    assert.equal(rest.length, 0);
    assert.equal(rest.room, 0);
    assert.deepEqual(take(rest), Buffer.alloc(0));
  });

  for (const length of [1, 31, 32, 33, 1_000, 16 * KIB, 100 * KIB, 2 * MIB, 2 * MIB + 1, 5 * MIB]) {
    for (const piece of [7, 1_000, 64 * KIB])
      if (length / piece < 20_000) {
        it(`is what came of a value of ${length} bytes in pieces of ${piece}`, () => {
          const value = numbered(length);
          const rest = new Rest();
          rest.keep(value, 0, Math.min(piece, length), length);
          for (let at = piece; at < length; at += piece) {
            rest.add(value, at, Math.min(at + piece, length));
            assert.equal(rest.length, Math.min(at + piece, length));
          }
          assert.equal(rest.needed, length);
          assert.ok(take(rest).equals(value));
          assert.equal(rest.length, 0);
        });
      }
  }

  it("is what came of a line, however long it gets", () => {
    const line = numbered(200_000);
    const rest = new Rest();
    rest.keep(line, 0, 10, 0);
    for (let at = 10; at < line.length; at += 999) rest.add(line, at, Math.min(at + 999, line.length));
    assert.ok(take(rest).equals(line));
  });

  it("begins with the part of a chunk that it is given", () => {
    const rest = new Rest();
    rest.keep(numbered(100), 90, 95, 0);
    rest.add(numbered(100), 50, 51);
    assert.deepEqual([...take(rest)], [90, 91, 92, 93, 94, 50]);
  });

  it("stays where it is when its end is kept", () => {
    const rest = new Rest();
    rest.keep(numbered(20), 0, 20, 0);
    const start = rest.take();
    const { bytes, end } = rest;
    rest.keep(bytes, start + 15, end, 8);
    assert.equal(rest.bytes, bytes);
    assert.equal(rest.end, end);
    rest.add(numbered(3, 20), 0, 3);
    assert.deepEqual(take(rest), numbered(8, 15));
  });

  it("moves with what there is of it when there is no room for it", () => {
    for (const needed of [20 * KIB, 3 * MIB]) {
      const rest = new Rest();
      rest.keep(numbered(16_000), 0, 16_000, 0);
      const start = rest.take();
      rest.keep(rest.bytes, start + 15_990, rest.end, needed);
      assert.equal(rest.length, 10);
      rest.add(numbered(needed - 10, 16_000), 0, needed - 10);
      assert.ok(take(rest).equals(numbered(needed, 15_990)));
    }
  });

  it("is never written over: values that were read are views of it", () => {
    const rest = new Rest();
    const taken: [Buffer, Buffer][] = [];
    for (let round = 0; round < 2_000; round++) {
      const value = numbered(1 + (round % 40), round);
      rest.keep(value, 0, 1, value.length);
      if (value.length > 1) rest.add(value, 1, value.length);
      taken.push([take(rest), value]);
    }
    for (const [bytes, value] of taken) assert.deepEqual(bytes, value);
  });

  it("has room for the next values behind small ones, and lets go of what was made for a large one", () => {
    const rest = new Rest();
    rest.keep(numbered(5), 0, 5, 10);
    rest.take();
    rest.trim();
    assert.ok(rest.room > 10 * KIB);
    rest.keep(numbered(5), 0, 5, 60 * KIB);
    rest.take();
    rest.trim();
    assert.equal(rest.bytes.length, 0);
    assert.equal(rest.room, 0);
  });

  it("keeps memory that is still of use", () => {
    const rest = new Rest();
    rest.keep(numbered(5), 0, 5, 60 * KIB);
    rest.trim();
    rest.add(numbered(5, 5), 0, 5);
    assert.deepEqual(take(rest), numbered(10));
  });

  it("is forgotten when it is cleared", () => {
    for (const needed of [0, 10, 5 * MIB]) {
      const rest = new Rest();
      rest.keep(numbered(5), 0, 5, needed);
      rest.clear();
      assert.equal(rest.length, 0);
      rest.keep(numbered(5), 0, 5, 5);
      assert.deepEqual(take(rest), numbered(5));
    }
  });
});
