/** A value of a {@link Registry}. Only the registry sets these properties. A value is added only once. */
export interface Registered {
  /** The value's number in the order in which values were added; 0 before it is added. */
  serial: number;
  /** Whether the value was deleted. */
  deleted: boolean;
}

/** The result of one QSCAN or JSCAN call. */
export interface Page<T> {
  /** The cursor for the next call; 0 when the scan is complete. */
  readonly cursor: number;
  readonly found: T[];
}

/**
 * A map that can also be scanned with a cursor, in insertion order. A complete scan returns every value that was present
 * throughout, even if others are added or deleted during it, as dict.c, dictScan guarantees.
 */
export class Registry<T extends Registered> {
  readonly #byKey = new Map<string, T>();
  /** All values in the order of their serial numbers, including some that were deleted. */
  #values: T[] = [];
  /** The last serial number. Cursors are serial numbers, which start at 1: cursor 0 means the beginning. */
  #lastSerial = 0;

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  /** Adds a value. The key must not be present yet. */
  add(key: string, value: T): void {
    value.serial = ++this.#lastSerial;
    this.#byKey.set(key, value);
    this.#values.push(value);
  }

  delete(key: string): void {
    const value = this.#byKey.get(key);
    if (value === undefined) return;
    value.deleted = true;
    this.#byKey.delete(key);
    if (this.#values.length > 2 * this.#byKey.size + 64) {
      this.#values = this.#values.filter((kept) => !kept.deleted);
    }
  }

  values(): IterableIterator<T> {
    return this.#byKey.values();
  }

  /**
   * Scans from `cursor` until `count` values match, or until ten times as many have been examined, which bounds the work as in
   * queue.c, qscanCommand. With a negative count, or `all`, scans to the end.
   */
  scan(cursor: bigint, count: number, all: boolean, matches: (value: T) => boolean): Page<T> {
    const endless = all || count < 0;
    const found: T[] = [];
    let steps = count * 10;
    let at = this.#position(cursor);
    for (; at < this.#values.length; at++) {
      const value = this.#values[at];
      if (value === undefined || value.deleted) continue;
      if (matches(value)) found.push(value);
      if (!endless && (steps-- <= 0 || found.length >= count)) {
        at++;
        break;
      }
    }
    while (this.#values[at]?.deleted) at++;
    return { cursor: this.#values[at]?.serial ?? 0, found };
  }

  /** The index of the first value whose serial number is not below the cursor. */
  #position(cursor: bigint): number {
    let low = 0;
    let high = this.#values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (BigInt(this.#values[middle]?.serial ?? 0) < cursor) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
