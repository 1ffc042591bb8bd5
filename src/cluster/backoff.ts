/** Minimum and maximum delay between two attempts, in milliseconds. */
const MIN_DELAY = 50;
const MAX_DELAY = 5_000;
/**
 * Milliseconds. Upper bound of the first delay; it doubles with each attempt: 300, 600, 1,200, … With 200, more than a tenth of
 * a thousand clients that lost the same node would still dial within the same 100 ms after two seconds.
 */
const FIRST_BOUND = 300;
/** The share by which a jittered time may be longer or shorter. */
const JITTER = 1 / 4;

/**
 * Exponential backoff with full jitter: a random delay below a bound that doubles with each attempt. So thousands of clients
 * that lost the same node do not reconnect at the same time.
 */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The delay before the next attempt, in milliseconds. */
  next(): number {
    const bound = Math.min(MAX_DELAY, FIRST_BOUND * 2 ** Math.min(this.#attempts++, 10));
    return MIN_DELAY + this.#random() * (bound - MIN_DELAY);
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/** Varies a time by up to a quarter, so that clients that started together do not stay in step. */
export function jittered(milliseconds: number, random: () => number = Math.random): number {
  return milliseconds * (1 + JITTER * (2 * random() - 1));
}
