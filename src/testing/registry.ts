interface Entry<T> {
  readonly serial: number;
  readonly key: string;
  readonly value: T;
  gone: boolean;
}

/** The result of one QSCAN or JSCAN call. */
export interface Page<T> {
  /** The cursor for the next call; 0 when the scan is complete. */
  readonly cursor: number;
  readonly found: T[];
}

/**
 * A map that can also be scanned with a cursor, in insertion order. A complete scan returns every value that was present
 * throughout, even if others are added or deleted meanwhile, as dict.c, dictScan guarantees.
 */
export class Registry<T> {
  readonly #byKey = new Map<string, Entry<T>>();
  #entries: Entry<T>[] = [];
  /** The last serial number. Cursors are serial numbers, which start at 1: cursor 0 means the beginning. */
  #lastSerial = 0;

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key)?.value;
  }

  /** Adds a value. The key must not be present yet. */
  add(key: string, value: T): void {
    const entry: Entry<T> = { serial: ++this.#lastSerial, key, value, gone: false };
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
   * Scans from `cursor` until `count` values match, or ten times as many were looked at, which bounds the work as in
   * queue.c, qscanCommand. With a negative count, or `all`, scans to the end.
   */
  scan(cursor: bigint, count: number, all: boolean, matches: (value: T) => boolean): Page<T> {
    const endless = all || count < 0;
    const found: T[] = [];
    let steps = count * 10;
    let at = this.#position(cursor);
    for (; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry === undefined || entry.gone) continue;
      if (matches(entry.value)) found.push(entry.value);
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
