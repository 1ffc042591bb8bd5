import { CountedJob, isAtLeastOnce, type Job } from "../../commands/job.ts";
import { ClosedError } from "../../resp/index.ts";
import { now, sleep } from "../../resp/timers.ts";
import { Execution } from "./execution.ts";
import {
  type Cancellable,
  type ExecutionContext,
  type PreparedCall,
  type Target,
  waitingFor,
} from "./prepared-call.ts";

/**
 * Maximum milliseconds that one GETJOB waits. Because of this limit, the reply to an aborted call arrives soon: within 1.5 s,
 * since with 50 clients or more, the server may end a wait 1.2 s late (server.c, clientsCron).
 */
const MAX_WAIT = 300;
/** Milliseconds to pause after a node has ended a GETJOB early and without a job. */
const EARLY_PAUSE = 100;

/** The calls that wait for jobs. */
export class Waits {
  /** The GETJOBs in flight. */
  readonly active: Set<Cancellable> = new Set();
  readonly #context: ExecutionContext;

  constructor(context: ExecutionContext) {
    this.#context = context;
  }

  /**
   * Waits for jobs with a sequence of GETJOBs: on the pinned node, or on the primary node first and then on each good node in
   * turn. Meanwhile the call can be given a job that another call of this client no longer needs.
   */
  async wait<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    pinned?: Target,
  ): Promise<Value> {
    const deadline = now() + call.blocks;
    for (let turn = 0; ; turn++) {
      const left = deadline - now();
      const milliseconds = Math.max(1, Math.ceil(Math.min(left, MAX_WAIT)));
      const target = pinned ?? { node: this.#context.cluster.waitingNode(turn), isPinned: false };
      const startedAt = now();
      const value = await this.#waitOnce(waitingFor(call, milliseconds), target);
      const isEmpty = call.definition.fetches?.jobsOf(value, "").length === 0;
      if (!isEmpty || now() >= deadline) return value;
      // Without this pause, a server that ends each wait immediately would be polled in a busy loop.
      if (now() - startedAt < milliseconds / 2) await sleep(EARLY_PAUSE, call.signal);
    }
  }

  async #waitOnce<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    target: Target,
  ): Promise<Value> {
    const { definition, args } = call;
    const execution = new Execution(this.#context, call, target);
    const queues = [definition.queue?.(...args) ?? []].flat();
    const { fetches } = definition;
    const unregister =
      fetches &&
      this.#context.lateJobs.register({
        queues,
        withCounters: fetches.wantsCounters(...args),
        give: (job) => execution.settleEarly(fetches.valueOf(job)),
      });
    this.active.add(execution);
    try {
      if (this.#context.isClosing()) throw new ClosedError("the client was closed");
      return await execution.start();
    } finally {
      this.active.delete(execution);
      unregister?.();
    }
  }
}

/** A call of this client that waits for jobs of these queues. It can be given a job that another call no longer needs. */
export interface WaitingCall {
  readonly queues: readonly string[];
  readonly withCounters: boolean;
  /** Offers the call a job. Returns false if the call is already settled and does not take the job. */
  give(job: Job): boolean;
}

export interface LateJobsOptions {
  /** Puts jobs back into their queues. */
  readonly enqueue: (jobs: readonly Job[]) => Promise<unknown>;
  /** Called with a job that has RETRY 0 and that no call waits for. It cannot be put back, and no node delivers it again. */
  readonly onOrphan: (job: Job) => void;
}

/** Maximum number of jobs in one ENQUEUE: the server serves no other client while it runs a command. */
const MAX_ENQUEUE = 1_000;

/**
 * Deals with jobs that were fetched but are no longer wanted, for instance because the call was aborted or its loop ended. Each
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

  /** Deals with jobs that are no longer wanted. Resolves when this is done; never rejects. `settled` waits for this too. */
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
