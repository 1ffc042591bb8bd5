import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backoff } from "../../src/cluster/backoff.ts";
import { seededRandom } from "../support/random.ts";

/** What each pause may be at most, in milliseconds. */
const BOUNDS = [300, 600, 1_200, 2_400, 4_800, 5_000, 5_000, 5_000, 5_000];

function waits(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.next());
}

describe("the pause after an attempt", () => {
  it("is 50 ms at least, and below a bound that doubles up to 5 s", () => {
    assert.deepEqual(waits(new Backoff(() => 0), 9), Array(9).fill(50));
    const highest = waits(new Backoff(() => 1 - Number.EPSILON), 9);
    assert.deepEqual(highest.map(Math.ceil), BOUNDS);
    assert.ok(highest.every((wait) => wait <= 5_000));
  });

  it("stays within its bounds for ever", () => {
    const random = seededRandom(1);
    const backoff = new Backoff(random);
    waits(backoff, 9);
    for (const wait of waits(backoff, 10_000)) assert.ok(wait >= 50 && wait < 5_000, String(wait));
  });

  it("is spread evenly between its bounds, so that many clients do not come together", () => {
    const random = seededRandom(2);
    for (const attempt of [0, 1, 5]) {
      const bound = BOUNDS[attempt] ?? 0;
      const buckets: number[] = Array(10).fill(0);
      for (let client = 0; client < 10_000; client++) {
        const wait = waits(new Backoff(random), attempt + 1).at(-1) ?? 0;
        const bucket = Math.floor(((wait - 50) / (bound - 50)) * 10);
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      }
      // Five standard deviations of a binomial with n = 10,000 and p = 0.1.
      for (const count of buckets) assert.ok(Math.abs(count - 1_000) < 150, String(buckets));
    }
  });

  it("begins anew after a reset", () => {
    const backoff = new Backoff(() => 0.5);
    const before = waits(backoff, 6);
    backoff.reset();
    assert.deepEqual(waits(backoff, 6), before);
  });

  it("is random without being told how", () => {
    const backoff = new Backoff();
    waits(backoff, 7);
    assert.ok(new Set(waits(backoff, 10)).size > 1);
  });
});
