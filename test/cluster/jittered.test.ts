import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jittered } from "../../src/cluster/jittered.ts";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { seededRandom } from "../support/random.ts";

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

  it("is spread evenly, so that those who begin together do not go on together", () => {
    const random = seededRandom(1);
    const buckets: number[] = Array(10).fill(0);
    for (let client = 0; client < 10_000; client++) {
      const bucket = Math.floor((jittered(1_000, random) - 750) / 50);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // Five standard deviations of a binomial with n = 10,000 and p = 0.1.
    for (const count of buckets) assert.ok(Math.abs(count - 1_000) < 150, String(buckets));
  });

  it("is random without being told how", () => {
    assert.ok(new Set(Array.from({ length: 10 }, () => jittered(1_000))).size > 1);
  });
});

describe("HELLO", () => {
  for (const [random, milliseconds] of [
    [0, 22_500],
    [0.5, 30_000],
    [0.9, 36_000],
  ] as const) {
    it(`is asked again after ${milliseconds} ms where chance is ${random}`, async (test) => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      test.mock.method(Math, "random", () => random);
      test.mock.timers.enable({ apis: ["setTimeout"] });
      await disque.connect();
      const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      for (let again = 2; again < 4; again++) {
        test.mock.timers.tick(milliseconds - 1);
        for (let n = 0; n < 10; n++) await turn();
        assert.equal(server.received("HELLO"), again - 1);
        test.mock.timers.tick(1);
        await until(() => server.received("HELLO") === again);
        // Its reply is read, and the next is due.
        await disque.ping();
        await turn();
      }
    });
  }
});
