import assert from "node:assert/strict";
import { it } from "node:test";
import { shuffled } from "../../src/cluster/shuffled.ts";
import { seededRandom } from "../support/random.ts";

it("shuffled items are the same ones, in each order as often as in any other", (test) => {
  test.mock.method(Math, "random", seededRandom(1));
  const counts = new Map<string, number>();
  const items = ["a", "b", "c"];
  for (let n = 0; n < 6_000; n++) {
    const order = shuffled(items).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.deepEqual(items, ["a", "b", "c"]);
  assert.deepEqual([...counts.keys()].sort(), ["abc", "acb", "bac", "bca", "cab", "cba"]);
  for (const count of counts.values()) assert.ok(Math.abs(count - 1_000) < 150, String(count));
});
