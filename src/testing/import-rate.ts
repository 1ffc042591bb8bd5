/** queue.c, IMPORT_RATE_WINDOW: the rate is 0 after this many milliseconds without an imported job. */
const RATE_WINDOW = 5000;
/** The shortest time over which a rate is measured, in milliseconds. */
const MIN_ELAPSED = 50;

/** The rate at which a queue imports jobs from other nodes, computed from counts per second: queue.c, getQueueImportRate. */
export class ImportRate {
  #since: number;
  #count = 0;
  #previousSince: number;
  #previousCount = 0;

  constructor(now: number) {
    this.#since = now;
    this.#previousSince = now;
  }

  count(now: number): void {
    if (now - this.#since > 1000) {
      this.#previousSince = this.#since;
      this.#previousCount = this.#count;
      this.#since = now;
      this.#count = 0;
    }
    this.#count++;
  }

  /** The rate in jobs per second. */
  at(now: number): number {
    if (now - this.#since > RATE_WINDOW) return 0;
    const elapsed = Math.max(now - this.#previousSince, MIN_ELAPSED);
    return Math.ceil(((this.#previousCount + this.#count) * 1000) / elapsed);
  }
}
