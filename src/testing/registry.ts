interface Entry<T> {
  readonly serial: number;
  readonly key: string;
  readonly value: T;
  gone: boolean;
}

/** What one call of QSCAN or JSCAN found. */
export interface Page<T> {
  /** Where to go on; 0 when all was seen. */
  readonly cursor: number;
  readonly found: T[];
}

/**
 * Things by key that can also be walked with a cursor, in the order of their registration. A walk gives everything
 * that was there from its beginning to its end, whatever comes and goes meanwhile, as dict.c, dictScan promises.
 */
export class Registry<T> {
  readonly #byKey = new Map<string, Entry<T>>();
  #entries: Entry<T>[] = [];
  /** Cursors are serial numbers: the first is 1, since cursor 0 means the beginning. */
  #serial = 0;

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key)?.value;
  }

  /** Adds something under a key that is not there yet. */
  add(key: string, value: T): void {
    const entry: Entry<T> = { serial: ++this.#serial, key, value, gone: false };
    this.#byKey.set(key, entry);
    this.#entries.push(entry);
  }

  delete(key: string): void {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return;
    entry.gone = true;
    this.#byKey.delete(key);
    if (this.#entries.length > 2 * this.#byKey.size + 64) {
      this.#entries = this.#entries.filter((kept) => !kept.gone);
    }
  }

  *values(): IterableIterator<T> {
    for (const entry of this.#byKey.values()) yield entry.value;
  }

  /**
   * Walks on from `cursor` until `count` values were wanted, or ten times as many steps were made, which bounds the
   * work as queue.c, qscanCommand does. A negative count, or `all`, walks to the end.
   */
  scan(cursor: bigint, count: number, all: boolean, wanted: (value: T) => boolean): Page<T> {
    const endless = all || count < 0;
    const found: T[] = [];
    let steps = count * 10;
    let at = this.#position(cursor);
    for (; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry === undefined || entry.gone) continue;
      if (wanted(entry.value)) found.push(entry.value);
      if (!endless && (steps-- <= 0 || found.length >= count)) {
        at++;
        break;
      }
    }
    while (this.#entries[at]?.gone) at++;
    return { cursor: this.#entries[at]?.serial ?? 0, found };
  }

  /** The first entry whose serial number is not below the cursor. */
  #position(cursor: bigint): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (BigInt(this.#entries[middle]?.serial ?? 0) < cursor) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
