import { TimeoutError } from "../../resp/index.ts";
import { clearTimeout, now, setTimeout } from "../../resp/timers.ts";

export interface CallDeadlineOptions {
  /** When the call last made progress, on the monotonic clock. */
  readonly progressAt: () => number;
  readonly onOverdue: (error: TimeoutError) => void;
}

/** A call's own `commandTimeout`. It ends the call, but not the connection, which other calls share. */
export class CallDeadline {
  readonly #timeout: number;
  readonly #options: CallDeadlineOptions;
  readonly #startedAt: number = now();
  #timer: NodeJS.Timeout | undefined;

  /** Starts the time. `timeout` is in milliseconds without progress. */
  constructor(timeout: number, options: CallDeadlineOptions) {
    this.#timeout = timeout;
    this.#options = options;
    this.#watch(timeout);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #watch(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#check(), milliseconds);
  }

  #check(): void {
    const progressAt = Math.max(this.#startedAt, this.#options.progressAt());
    const left = progressAt + this.#timeout - now();
    // Timers may fire up to a millisecond early.
    if (left > 1) this.#watch(left);
    else this.#options.onOverdue(new TimeoutError(`no reply within ${this.#timeout} ms`));
  }
}
