/** queue.c, IMPORT_RATE_WINDOW: without a job for so long the rate is 0, in milliseconds. */
const WINDOW = 5000;
/** No rate is measured over less than this. */
const SHORTEST = 50;

/** How many jobs of a queue came from other nodes lately, counted second by second: queue.c, getQueueImportRate. */
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

  /** Jobs a second. */
  at(now: number): number {
    if (now - this.#since > WINDOW) return 0;
    const elapsed = Math.max(now - this.#previousSince, SHORTEST);
    return Math.ceil(((this.#previousCount + this.#count) * 1000) / elapsed);
  }
}
