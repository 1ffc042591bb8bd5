import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarm, Clock } from "../../src/testing/clock.ts";

function setup(): { clock: Clock; rung: string[]; set(name: string, ms: number): Alarm } {
  const clock = new Clock();
  const rung: string[] = [];
  const start = clock.now();
  return {
    clock,
    rung,
    set(name, ms) {
      const alarm = new Alarm(() => rung.push(name));
      clock.set(alarm, start + ms);
      return alarm;
    },
  };
}

test("alarms fire in order of time, and alarms for the same time in the order they were set", () => {
  const { clock, rung, set } = setup();
  set("late", 90_000);
  set("early", 50_000);
  set("also early", 50_000);
  clock.advance(40_000);
  assert.deepEqual(rung, []);
  clock.advance(60_000);
  assert.deepEqual(rung, ["early", "also early", "late"]);
});

test("an alarm fires at its own time, and may set another one that is due during the same advance", () => {
  const clock = new Clock();
  const start = clock.now();
  const times: number[] = [];
  const second = new Alarm(() => times.push(clock.now() - start));
  const first = new Alarm(() => {
    times.push(clock.now() - start);
    clock.set(second, clock.now() + 10_000);
  });
  clock.set(first, start + 10_000);
  clock.advance(30_000);
  assert.deepEqual(times, [10_000, 20_000]);
  assert.ok(clock.now() >= start + 30_000);
});

test("an alarm that was moved or cleared does not fire at its old time", () => {
  const { clock, rung, set } = setup();
  const moved = set("moved", 10_000);
  const cleared = set("cleared", 10_000);
  clock.set(moved, moved.due + 10_000);
  clock.clear(cleared);
  clock.clear(cleared);
  clock.advance(15_000);
  assert.deepEqual(rung, []);
  clock.advance(10_000);
  assert.deepEqual(rung, ["moved"]);
  assert.equal(moved.due, 0);
});

test("alarms fire by themselves when their time comes", async () => {
  const clock = new Clock();
  const start = clock.now();
  await new Promise<void>((resolve) => clock.set(new Alarm(resolve), start + 2));
  assert.ok(clock.now() >= start + 2);
});

test("listeners are called for every alarm and every advance until they are removed", () => {
  const { clock, set } = setup();
  let heard = 0;
  const listener = (): void => {
    heard++;
  };
  clock.subscribe(listener);
  set("a", 10_000);
  set("b", 20_000);
  clock.advance(20_000);
  assert.equal(heard, 3);
  clock.unsubscribe(listener);
  set("c", 25_000);
  clock.advance(10_000);
  assert.equal(heard, 3);
});

test("time cannot go backwards", () => {
  assert.throws(() => new Clock().advance(-1), RangeError);
  assert.throws(() => new Clock().advance(Number.NaN), RangeError);
});
