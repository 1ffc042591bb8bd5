/** Room for so many items at first; it is a power of two, then and later. */
const ROOM = 16;
/** From so much room on, all of it is given up when it is empty. */
const LARGE = 4096;

/** First in, first out, in constant time: a ring. An array's own `shift` moves everything that is behind. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = roomFor(ROOM);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The item that `shift` would give. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[this.#placeOf(this.#length)] = item;
    this.#length++;
  }

  shift(): Item | undefined {
    const item = this.first;
    if (this.#length === 0) return undefined;
    this.#items[this.#head] = undefined;
    this.#head = this.#placeOf(1);
    this.#length--;
    if (this.#length === 0 && this.#items.length >= LARGE) {
      this.#items = roomFor(ROOM);
      this.#head = 0;
    }
    return item;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let index = 0; index < this.#length; index++) {
      const item = this.#items[this.#placeOf(index)];
      if (item !== undefined) yield item;
    }
  }

  #placeOf(index: number): number {
    return (this.#head + index) & (this.#items.length - 1);
  }

  #grow(): void {
    const items = roomFor<Item>(2 * this.#length);
    let index = 0;
    for (const item of this) items[index++] = item;
    this.#items = items;
    this.#head = 0;
  }
}

function roomFor<Item>(count: number): (Item | undefined)[] {
  return new Array<Item | undefined>(count).fill(undefined);
}
