import { isJobId, type Job } from "../commands/job.ts";

interface Waiting {
  readonly job: Job;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts together what is said of several jobs in one turn of the event loop, so that it leaves in one command for each node
 * that they were fetched from: what fails with one node is then not taken to have failed with all.
 */
export class Batch {
  readonly #send: (jobs: readonly Job[]) => Promise<unknown>;
  readonly #waiting: Map<string, Waiting[]> = new Map();

  constructor(send: (jobs: readonly Job[]) => Promise<unknown>) {
    this.#send = send;
  }

  /** Resolves when the command that this job was in has been answered, and rejects as it does. */
  async add(job: Job): Promise<void> {
    // The command would fail for all of them.
    if (!isJobId(job.id)) throw new TypeError(`${JSON.stringify(job.id)} is not the id of a job`);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(job.node);
      if (waiting === undefined) {
        this.#waiting.set(job.node, [{ job, resolve, reject }]);
        setImmediate(() => this.#flush(job.node));
      } else {
        waiting.push({ job, resolve, reject });
      }
    });
  }

  async #flush(node: string): Promise<void> {
    const waiting = this.#waiting.get(node) ?? [];
    this.#waiting.delete(node);
    try {
      await this.#send(waiting.map(({ job }) => job));
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
