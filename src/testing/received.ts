interface Waiting {
  readonly name: string;
  readonly count: number;
  readonly resolve: () => void;
}

/** Counts the received commands by name, and lets tests wait for them. */
export class Received {
  readonly #counts = new Map<string, number>();
  #waiting: Waiting[] = [];

  count(name: string): number {
    return this.#counts.get(name.toLowerCase()) ?? 0;
  }

  /** `name` is in lower case. */
  note(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    if (this.#waiting.length === 0) return;
    const reached = this.#waiting.filter((waiting) => this.#isReached(waiting));
    this.#waiting = this.#waiting.filter((waiting) => !reached.includes(waiting));
    for (const { resolve } of reached) resolve();
  }

  /** Resolves when `count` commands with this name have been received since the server was first started. */
  wait(name: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = { name: name.toLowerCase(), count, resolve };
      if (this.#isReached(waiting)) resolve();
      else this.#waiting.push(waiting);
    });
  }

  #isReached({ name, count }: Waiting): boolean {
    return this.count(name) >= count;
  }
}
