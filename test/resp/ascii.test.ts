import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AsciiReader } from "../../src/resp/ascii.ts";
import { seededRandom } from "../support/random.ts";

const LENGTH = 40;
const STRIDE = 85;
const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, at) => 33 + ((at * 7 + (at >> 8)) % 90)));
const places = Array.from({ length: Math.floor(bytes.length / STRIDE) }, (_, index) => index * STRIDE);

const mixed = (): number[] => {
  const random = seededRandom(7);
  return places
    .map((place) => ({ place, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ place }) => place);
};

const ORDERS: Readonly<Record<string, () => number[]>> = {
  "from front to back": () => places,
  "from back to front": () => [...places].reverse(),
  "in any order": mixed,
};

describe("short strings of some bytes", () => {
  for (const [order, wanted] of Object.entries(ORDERS)) {
    it(`are what the bytes are, asked for ${order}`, () => {
      const reader = new AsciiReader(32_768);
      for (const start of wanted()) {
        const text = reader.slice(bytes, start, start + LENGTH, bytes.length);
        assert.equal(text, bytes.toString("latin1", start, start + LENGTH));
      }
    });
  }

  it("hold little beside them when they are asked for in any order and kept", () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const kept: string[] = [];
    const read = (): void => {
      const reader = new AsciiReader(32_768);
      for (const start of mixed()) kept.push(reader.slice(bytes, start, start + LENGTH, bytes.length));
    };
    read();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 10; round++) read();
    collect();
    const held = (process.memoryUsage().heapUsed - before) / (10 * places.length);
    assert.ok(held < 600, `${held} bytes each`);
    assert.equal(kept.length, 11 * places.length);
  });
});
