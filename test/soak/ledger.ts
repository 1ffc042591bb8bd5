import type { Event } from "./history.ts";

/** The at-least-once jobs that are still owed: those that are being added, and those that were added but not received. */
export class Ledger {
  /** Each with its number, in the order of their ADDJOBs. */
  readonly #owed: Map<string, number> = new Map();
  #begun = 0;
  #waiting: (() => void)[] = [];

  see(event: Event): void {
    if (event.event === "adding") {
      // No fault is aimed at the nodes of jobs with RETRY 0.
      if (event.retry > 0) this.#owed.set(event.body, this.#begun++);
    }
    // Whether it was added or not, its delivery cannot be demanded.
    else if (event.event === "not added" || event.event === "received") this.#strike(event.body);
  }

  /** The number of ADDJOBs so far. */
  get begun(): number {
    return this.#begun;
  }

  /** Resolves when no job with a lower number is owed any more, or when `signal` is aborted. */
  async settled(number: number, signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake();
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted && this.#oldest < number) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  get #oldest(): number {
    const [oldest = this.#begun] = this.#owed.values();
    return oldest;
  }

  #strike(body: string): void {
    if (this.#owed.delete(body)) this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
