import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backoff, jittered } from "../../src/cluster/failures.ts";
import { seededRandom } from "../support/random.ts";

/** Upper bounds of the delays, in milliseconds. */
const BOUNDS = [300, 600, 1_200, 2_400, 4_800, 5_000, 5_000, 5_000, 5_000];

function delays(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.next());
}

describe("backoff", () => {
  it("lasts at least 50 ms, and less than a bound that doubles up to 5 s", () => {
    assert.deepEqual(delays(new Backoff(() => 0), 9), Array(9).fill(50));
    const highest = delays(new Backoff(() => 1 - Number.EPSILON), 9);
    assert.deepEqual(highest.map(Math.ceil), BOUNDS);
    assert.ok(highest.every((delay) => delay <= 5_000));
  });

  it("stays within these bounds after many attempts", () => {
    const random = seededRandom(1);
    const backoff = new Backoff(random);
    delays(backoff, 9);
    for (const delay of delays(backoff, 10_000)) assert.ok(delay >= 50 && delay < 5_000, String(delay));
  });

  it("is uniformly distributed, so that clients do not reconnect together", () => {
    const random = seededRandom(2);
    for (const attempt of [0, 1, 5]) {
      const bound = BOUNDS[attempt] ?? 0;
      const buckets: number[] = Array(10).fill(0);
      for (let client = 0; client < 10_000; client++) {
        const delay = delays(new Backoff(random), attempt + 1).at(-1) ?? 0;
        const bucket = Math.floor(((delay - 50) / (bound - 50)) * 10);
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      }
      // Five standard deviations of a binomial with n = 10,000 and p = 0.1.
      for (const count of buckets) assert.ok(Math.abs(count - 1_000) < 150, String(buckets));
    }
  });

  it("starts over after a reset", () => {
    const backoff = new Backoff(() => 0.5);
    const before = delays(backoff, 6);
    backoff.reset();
    assert.deepEqual(delays(backoff, 6), before);
  });

  it("is random by default", () => {
    const backoff = new Backoff();
    delays(backoff, 7);
    assert.ok(new Set(delays(backoff, 10)).size > 1);
  });
});

describe("a time with jitter", () => {
  it("is up to a quarter shorter or longer", () => {
    assert.equal(
      jittered(1_000, () => 0),
      750,
    );
    assert.equal(
      jittered(1_000, () => 0.5),
      1_000,
    );
    const longest = jittered(1_000, () => 1 - Number.EPSILON);
    assert.ok(longest > 1_249 && longest <= 1_250, String(longest));
  });

  it("is uniformly distributed, so that clients that started together do not stay in step", () => {
    const random = seededRandom(1);
    const buckets: number[] = Array(10).fill(0);
    for (let client = 0; client < 10_000; client++) {
      const bucket = Math.floor((jittered(1_000, random) - 750) / 50);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // Five standard deviations of a binomial with n = 10,000 and p = 0.1.
    for (const count of buckets) assert.ok(Math.abs(count - 1_000) < 150, String(buckets));
  });

  it("is random by default", () => {
    assert.ok(new Set(Array.from({ length: 10 }, () => jittered(1_000))).size > 1);
  });
});
