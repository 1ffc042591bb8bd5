/**
 * Defers tasks while the process is stopped. When it resumes, tasks for received data run first and tasks of expired
 * timers after them, in the order of ae.c, aeProcessEvents.
 */
export class Suspension {
  readonly #isStopped: () => boolean;
  #receivedTasks: (() => void)[] = [];
  #timerTasks: (() => void)[] = [];

  constructor(isStopped: () => boolean) {
    this.#isStopped = isStopped;
  }

  /** Runs a task for received data, or defers it while the process is stopped. */
  receive(task: () => void): void {
    if (this.#isStopped()) this.#receivedTasks.push(task);
    else task();
  }

  /** Runs the task of an expired timer, or defers it while the process is stopped. */
  ring(task: () => void): void {
    if (this.#isStopped()) this.#timerTasks.push(task);
    else task();
  }

  /** Runs the deferred tasks. Call it when the process resumes. */
  resume(): void {
    const tasks = [...this.#receivedTasks, ...this.#timerTasks];
    this.clear();
    for (const task of tasks) task();
  }

  clear(): void {
    this.#receivedTasks = [];
    this.#timerTasks = [];
  }
}
