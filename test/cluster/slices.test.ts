import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { slices } from "../../src/cluster/slices.ts";

describe("slices of a wait", () => {
  it("are of ten seconds, and the last of what is left", () => {
    assert.deepEqual([...slices(0)], []);
    assert.deepEqual([...slices(1)], [1]);
    assert.deepEqual([...slices(10_000)], [10_000]);
    assert.deepEqual([...slices(10_001)], [10_000, 1]);
    assert.deepEqual([...slices(25_000)], [10_000, 10_000, 5_000]);
  });

  it("of one without end have no end", () => {
    const endless = slices(Number.POSITIVE_INFINITY);
    for (let at = 0; at < 1_000; at++) assert.deepEqual(endless.next(), { done: false, value: 10_000 });
  });
});
