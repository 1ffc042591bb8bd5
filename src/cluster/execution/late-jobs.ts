import { CountedJob, isAtLeastOnce, type Job } from "../../commands/job.ts";

/** A call of this client that waits for jobs of these queues, and can be given one that another call no longer needs. */
export interface WaitingCall {
  readonly queues: readonly string[];
  readonly withCounters: boolean;
  /** Offers the call a job. Returns whether the call took it: the call may have been aborted in this turn. */
  give(job: Job): boolean;
}

export interface LateJobsOptions {
  /** Puts jobs back into their queues. */
  readonly enqueue: (jobs: readonly Job[]) => Promise<unknown>;
  /** Called with a job with RETRY 0 that no call waits for. It cannot be put back, so this is the only copy. */
  readonly onOrphan: (job: Job) => void;
}

/** Maximum jobs in one ENQUEUE: the server serves no other client while it runs a command. */
const MAX_ENQUEUE = 1_000;

/**
 * Deals with jobs that were fetched but are no longer wanted: the call was aborted, its loop ended, or its worker stopped. Each
 * job goes to another call of this client that waits for its queue, or else back to its queue. A job that cannot go back is an
 * orphan.
 */
export class LateJobs {
  readonly #options: LateJobsOptions;
  readonly #waiting: Set<WaitingCall> = new Set();
  readonly #expected: Set<Promise<unknown>> = new Set();

  constructor(options: LateJobsOptions) {
    this.#options = options;
  }

  /** Registers a call that can be given jobs. Returns a function that removes it. */
  register(call: WaitingCall): () => void {
    this.#waiting.add(call);
    return () => this.#waiting.delete(call);
  }

  /** Notes that the reply to an abandoned call is expected. `settled` waits for this promise, which must not reject. */
  expect(answer: Promise<unknown>): void {
    this.#expected.add(answer);
    void answer.then(() => this.#expected.delete(answer));
  }

  /** Resolves when all expected replies have arrived and their jobs have been dealt with. */
  async settled(): Promise<void> {
    while (this.#expected.size > 0) await Promise.all(this.#expected);
  }

  /** Never rejects. Resolves when the jobs are dealt with, which `settled` waits for as well. */
  giveBack(jobs: readonly Job[]): Promise<void> {
    const done = this.#giveBack(jobs);
    this.expect(done);
    return done;
  }

  async #giveBack(jobs: readonly Job[]): Promise<void> {
    const unwanted = jobs.filter((job) => !this.#offer(job));
    const returnable = unwanted.filter(({ id }) => isAtLeastOnce(id));
    for (const job of unwanted) if (!isAtLeastOnce(job.id)) this.#options.onOrphan(job);
    for (let start = 0; start < returnable.length; start += MAX_ENQUEUE) {
      // If this fails, the server delivers the jobs again after their retry time.
      await this.#options.enqueue(returnable.slice(start, start + MAX_ENQUEUE)).catch(() => {});
    }
  }

  #offer(job: Job): boolean {
    for (const call of this.#waiting) {
      if (!call.queues.includes(job.queue) || (call.withCounters && !(job instanceof CountedJob))) continue;
      this.#waiting.delete(call);
      if (call.give(job)) return true;
    }
    return false;
  }
}
