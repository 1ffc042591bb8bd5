/** All items of a scan, page by page, until the cursor is back where it began. */
export async function* scan<Page extends { readonly cursor: string }, Item>(
  fetch: (cursor: string) => Promise<Page>,
  itemsOf: (page: Page) => Iterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  let cursor = "0";
  do {
    const page = await fetch(cursor);
    yield* itemsOf(page);
    cursor = page.cursor;
  } while (cursor !== "0");
}
