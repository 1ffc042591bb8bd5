/** The head of the list, or a link: for each level that it reaches, the next link on that level. */
interface Tower<T> {
  readonly next: (Link<T> | undefined)[];
}

interface Link<T> extends Tower<T> {
  readonly value: T;
  previous: Link<T> | undefined;
}

const MAX_HEIGHT = 16;

/** Values sorted by `compare`, with insertion and deletion in O(log n). Disque keeps its queues in skip lists too. */
export class SkipList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #head: Tower<T> = { next: [] };
  /** For each level, the last tower before the value that was last searched for. */
  readonly #path: Tower<T>[] = [];
  /** The last tower of each level. */
  readonly #ends: Tower<T>[] = [];
  #tail: Link<T> | undefined;
  #height = 1;
  #length = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#length;
  }

  get first(): T | undefined {
    return this.#head.next[0]?.value;
  }

  insert(value: T): void {
    // Most values belong at the end: jobs are mostly queued in the order of their creation.
    if (this.#tail !== undefined && this.#compare(this.#tail.value, value) < 0) this.#seekEnd();
    else this.#seek(value);
    const height = randomHeight();
    for (; this.#height < height; this.#height++) this.#path[this.#height] = this.#head;
    // Allocated at its final length: an array that grows by `push` starts with room for 17 elements.
    const link: Link<T> = { value, next: new Array(height), previous: undefined };
    for (let level = 0; level < height; level++) {
      const before = this.#path[level] ?? this.#head;
      link.next[level] = before.next[level];
      before.next[level] = link;
      if (link.next[level] === undefined) this.#ends[level] = link;
    }
    const after = link.next[0];
    link.previous = after === undefined ? this.#tail : after.previous;
    if (after === undefined) this.#tail = link;
    else after.previous = link;
    this.#length++;
  }

  delete(value: T): boolean {
    this.#seek(value);
    const link = this.#path[0]?.next[0];
    if (link === undefined || this.#compare(link.value, value) !== 0) return false;
    this.#unlink(link);
    return true;
  }

  shift(): T | undefined {
    const link = this.#head.next[0];
    if (link === undefined) return undefined;
    this.#path.fill(this.#head);
    this.#unlink(link);
    return link.value;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let link = this.#head.next[0]; link !== undefined; link = link.next[0]) yield link.value;
  }

  *backwards(): IterableIterator<T> {
    for (let link = this.#tail; link !== undefined; link = link.previous) yield link.value;
  }

  #seek(value: T): void {
    let tower: Tower<T> = this.#head;
    for (let level = this.#height - 1; level >= 0; level--) {
      let next = tower.next[level];
      while (next !== undefined && this.#compare(next.value, value) < 0) {
        tower = next;
        next = tower.next[level];
      }
      this.#path[level] = tower;
    }
  }

  #seekEnd(): void {
    for (let level = 0; level < this.#height; level++) this.#path[level] = this.#ends[level] ?? this.#head;
  }

  #unlink(link: Link<T>): void {
    for (let level = 0; level < link.next.length; level++) {
      const before = this.#path[level];
      if (before === undefined) continue;
      before.next[level] = link.next[level];
      if (link.next[level] === undefined) this.#ends[level] = before;
    }
    const after = link.next[0];
    if (after === undefined) this.#tail = link.previous;
    else after.previous = link.previous;
    this.#length--;
  }
}

/** One tower in four reaches the next level. */
function randomHeight(): number {
  let height = 1;
  while (height < MAX_HEIGHT && Math.random() < 0.25) height++;
  return height;
}
