import assert from "node:assert/strict";
import { test } from "node:test";
import { SkipList } from "../../src/testing/skiplist.ts";

test("a skip list behaves like a sorted array", () => {
  const list = new SkipList<number>((a, b) => a - b);
  let array: number[] = [];
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let step = 0; step < 5000; step++) {
    const value = random(1000);
    const choice = random(10);
    if (choice < 5 && !array.includes(value)) {
      list.insert(value);
      array = [...array, value].sort((a, b) => a - b);
    } else if (choice < 8) {
      assert.equal(list.delete(value), array.includes(value));
      array = array.filter((kept) => kept !== value);
    } else if (choice === 8) {
      assert.equal(list.shift(), array.shift());
    }
    assert.equal(list.length, array.length);
    assert.equal(list.first, array[0]);
  }
  assert.deepEqual([...list], array);
  assert.deepEqual([...list.backwards()], array.toReversed());
});

test("an empty skip list returns nothing", () => {
  const list = new SkipList<number>((a, b) => a - b);
  assert.equal(list.first, undefined);
  assert.equal(list.shift(), undefined);
  assert.equal(list.delete(1), false);
  assert.deepEqual([...list.backwards()], []);
});
