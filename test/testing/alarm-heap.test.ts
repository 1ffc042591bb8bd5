import assert from "node:assert/strict";
import { test } from "node:test";
import { AlarmHeap, type Timed } from "../../src/testing/alarm-heap.ts";

function alarm(due: number, order: number): Timed {
  return { due, order, index: 0, ring() {} };
}

test("the first alarm is the earliest, whatever is added and deleted", () => {
  const heap = new AlarmHeap();
  let armed: Timed[] = [];
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let step = 0; step < 5000; step++) {
    if (random(5) < 3) {
      const added = alarm(1 + random(500), step);
      heap.add(added);
      armed = [...armed, added].sort((a, b) => a.due - b.due || a.order - b.order);
    } else if (armed.length > 0) {
      const [deleted] = armed.splice(random(2) === 0 ? 0 : random(armed.length), 1);
      assert.ok(deleted);
      heap.delete(deleted);
    }
    assert.equal(heap.first, armed[0]);
  }
  for (const next of armed) {
    assert.equal(heap.first, next);
    heap.delete(next);
  }
  assert.equal(heap.first, undefined);
});
