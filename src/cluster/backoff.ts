/** Milliseconds: no attempt follows another sooner, and none later than the longest. */
const SHORTEST = 50;
const LONGEST = 5_000;
/**
 * The bound of the first pause, which doubles with each: 300, 600, 1,200, … With 200, of a thousand clients whose node
 * stays away more than a tenth would dial within the same 100 ms even after two seconds.
 */
const FIRST_BOUND = 300;

/**
 * How long to pause between two attempts: a random time below a bound that doubles with each. Thousands of clients that
 * lose the same node so come back spread over time, however it fails.
 */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Milliseconds to pause after another attempt. */
  next(): number {
    const bound = Math.min(LONGEST, FIRST_BOUND * 2 ** Math.min(this.#attempts++, 10));
    return SHORTEST + this.#random() * (bound - SHORTEST);
  }

  /** To be called when things have been well for long enough. */
  reset(): void {
    this.#attempts = 0;
  }
}
