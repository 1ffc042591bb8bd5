import assert from "node:assert/strict";
import { test } from "node:test";
import { type Page, type Registered, Registry } from "../../src/testing/registry.ts";

interface Item extends Registered {
  readonly number: number;
}

function item(number: number): Item {
  return { number, serial: 0, deleted: false };
}

function filled(count: number): Registry<Item> {
  const registry = new Registry<Item>();
  for (let number = 0; number < count; number++) registry.add(`key ${number}`, item(number));
  return registry;
}

function numbers(items: Iterable<Item>): number[] {
  return Array.from(items, ({ number }) => number);
}

function walk(
  registry: Registry<Item>,
  count: number,
  between: (page: Page<Item>) => void = () => {},
): number[] {
  const found: number[] = [];
  let cursor = 0;
  do {
    const page = registry.scan(BigInt(cursor), count, false, () => true);
    found.push(...numbers(page.found));
    cursor = page.cursor;
    between(page);
  } while (cursor !== 0);
  return found;
}

test("a scan returns everything once, in pages of the given size", () => {
  const registry = filled(95);
  const sizes: number[] = [];
  const found = walk(registry, 10, (page) => sizes.push(page.found.length));
  assert.deepEqual(
    found,
    Array.from({ length: 95 }, (_, at) => at),
  );
  assert.deepEqual(sizes, [10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
});

test("a scan returns every item that stays, whatever is added and removed meanwhile", () => {
  const registry = filled(1000);
  let gone = 0;
  const found = walk(registry, 50, () => {
    for (let end = gone + 90; gone < end && gone < 900; gone++)
      if (gone % 2 === 0) registry.delete(`key ${gone}`);
    registry.add(`new ${gone}`, item(-1));
  });
  const seen = new Set(found);
  for (let value = 1; value < 1000; value += 2) assert.ok(seen.has(value), `${value} was missed`);
});

test("a filter does not increase the work of a page, but the scan still finds everything", () => {
  const registry = filled(1000);
  const page = registry.scan(0n, 1, false, ({ number }) => number === 500);
  assert.deepEqual(page.found, []);
  assert.notEqual(page.cursor, 0);
  const all = registry.scan(0n, 1, true, ({ number }) => number === 500);
  assert.equal(all.cursor, 0);
  assert.deepEqual(numbers(all.found), [500]);
});

test("a negative count scans to the end, and an unknown cursor finds nothing", () => {
  const registry = filled(10);
  assert.equal(registry.scan(0n, -1, false, () => true).found.length, 10);
  assert.deepEqual(
    registry.scan(2n ** 64n - 1n, 10, false, () => true),
    { cursor: 0, found: [] },
  );
});

test("a deleted item is no longer known", () => {
  const registry = filled(3);
  registry.delete("key 1");
  registry.delete("key 1");
  assert.equal(registry.size, 2);
  assert.equal(registry.get("key 1"), undefined);
  assert.deepEqual(numbers(registry.values()), [0, 2]);
});
