/**
 * Holds back what a stopped process would not do, until it goes on: then it reads what has arrived, and after that
 * does what its timers ask for, in the order of ae.c, aeProcessEvents.
 */
export class Suspension {
  readonly #isStopped: () => boolean;
  #received: (() => void)[] = [];
  #rung: (() => void)[] = [];

  constructor(isStopped: () => boolean) {
    this.#isStopped = isStopped;
  }

  /** Something has arrived. */
  receive(task: () => void): void {
    if (this.#isStopped()) this.#received.push(task);
    else task();
  }

  /** A timer has run down. */
  ring(task: () => void): void {
    if (this.#isStopped()) this.#rung.push(task);
    else task();
  }

  /** To be called when the process goes on. */
  resume(): void {
    const tasks = [...this.#received, ...this.#rung];
    this.clear();
    for (const task of tasks) task();
  }

  clear(): void {
    this.#received = [];
    this.#rung = [];
  }
}
