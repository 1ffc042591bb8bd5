import { setImmediate } from "./resp/timers.ts";

interface Page {
  readonly cursor: string;
  readonly node: string;
}

/** The ids of the nodes to scan. */
type Nodes = readonly string[];

/**
 * Yields the items of the scans of several nodes, each key once. Each scan begins and ends on one node, since its cursors belong
 * to that node. When the node goes away, the scan ends with a `ConnectionError`.
 */
export async function* scan<SomePage extends Page, Item>(
  nodes: Nodes,
  fetch: (cursor: string, node: string) => Promise<SomePage>,
  itemsOf: (page: SomePage) => Iterable<Item>,
  keyOf: (item: Item) => string,
): AsyncGenerator<Item, void, undefined> {
  const seen = new Set<string>();
  for (const node of nodes) {
    let cursor = "0";
    do {
      const page = await fetch(cursor, node);
      for (const item of itemsOf(page)) {
        const key = keyOf(item);
        if (seen.has(key)) continue;
        seen.add(key);
        yield item;
      }
      ({ cursor } = page);
      // Empty pages resolve in microtasks only, which would keep the event loop from doing anything else.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (cursor !== "0");
  }
}
