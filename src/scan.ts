interface Page {
  readonly cursor: string;
  readonly node: string;
}

/**
 * All items of a scan, page by page, until the cursor is back where it began. All pages come from the node that gave the
 * first, since a cursor means nothing to another: when it goes away, so does the scan, with a `ConnectionError`.
 */
export async function* scan<SomePage extends Page, Item>(
  fetch: (cursor: string, node: string | undefined) => Promise<SomePage>,
  itemsOf: (page: SomePage) => Iterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  let cursor = "0";
  let node: string | undefined;
  do {
    const page = await fetch(cursor, node);
    yield* itemsOf(page);
    ({ cursor, node } = page);
  } while (cursor !== "0");
}
