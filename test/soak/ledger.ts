import type { Event } from "./history.ts";

/** Which jobs the cluster still owes: those on their way into it, and those that it took and nobody has received. */
export class Ledger {
  /** Each with its number, in the order in which they were begun. */
  readonly #owed: Map<string, number> = new Map();
  #begun = 0;
  #waiting: (() => void)[] = [];

  see(event: Event): void {
    if (event.event === "adding") this.#owed.set(event.body, this.#begun++);
    // Whether it is there or not, nobody may count on it.
    else if (event.event === "not added" || event.event === "received") this.#strike(event.body);
  }

  /** How many jobs were tried to add so far. */
  get begun(): number {
    return this.#begun;
  }

  /** Resolves when the cluster owes none of the jobs that were begun before the one of that number, or with `signal`. */
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
