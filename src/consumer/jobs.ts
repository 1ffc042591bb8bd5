import * as check from "../commands/arguments.ts";
import type { OptionNames } from "../commands/definition.ts";
import { isAtLeastOnce, type Job } from "../commands/job.ts";
import { ClosedError } from "../resp/index.ts";
import { allowManyListeners } from "../resp/signals.ts";
import { queueMicrotask } from "../resp/timers.ts";
import { type Consumer, type FetchCall, Fetcher, type JobSource } from "./fetcher.ts";

/** The options of `jobs`. */
export interface JobsOptions {
  /**
   * How many jobs to fetch at a time. With more than one, prefetched jobs wait in this process while their retry time runs,
   * since the retry time starts when a job is queued. Default 1: no prefetching.
   */
  readonly count?: number | undefined;
  /** Ends the loop, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Return each job with its counters. Default false. */
  readonly withCounters?: boolean | undefined;
  /**
   * Called with each job with `retry: 0` that was fetched but not handed out when the loop ended: it cannot be queued again. By
   * default, such a job goes to another call of this client that waits for its queue, or else to the event `orphan`.
   */
  readonly onUndelivered?: ((job: Job) => void) | undefined;
}

const OPTIONS: OptionNames<JobsOptions> = {
  count: true,
  signal: true,
  withCounters: true,
  onUndelivered: true,
};

/** A pending `next()`, which waits for a job. */
interface Pending<SomeJob> {
  readonly resolve: (result: IteratorResult<SomeJob, void>) => void;
  readonly reject: (error: unknown) => void;
}

/** Fetches jobs from the queues of a loop. */
type Fetch<SomeJob extends Job> = (call: FetchCall) => Promise<readonly SomeJob[]>;

/** Iterates over the jobs of some queues until the loop is left or the signal is aborted. */
export function consume(
  source: JobSource,
  queues: string | readonly string[],
  options: JobsOptions,
): AsyncGenerator<Job, void, undefined> {
  try {
    check.queueNames("queues", queues);
    check.knownOptions("jobs", options, OPTIONS);
    const { withCounters = false } = options;
    check.flag("withCounters", withCounters);
    return new JobIterator(
      source,
      (call) => source.client.getJob(queues, { ...call, withCounters }),
      options,
    );
  } catch (error) {
    return failing(error);
  }
}

// biome-ignore lint/correctness/useYield: the first `next()` rejects.
async function* failing(error: unknown): AsyncGenerator<never, void, undefined> {
  throw error;
}

class JobIterator<SomeJob extends Job> implements AsyncGenerator<SomeJob, void, undefined> {
  readonly #source: JobSource;
  readonly #count: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onUndelivered: ((job: Job) => void) | undefined;
  readonly #fetcher: Fetcher<SomeJob>;
  /** Fetched jobs that have not been handed out yet, in reverse order, so that `pop` returns the first one. */
  #prefetched: SomeJob[] = [];
  readonly #pending: Pending<SomeJob>[] = [];
  /** Set by the first `next()`: the client must not retain a loop that never begins. */
  #removeCloseListener: (() => void) | undefined;
  /** The error that ended fetching. The next call of `next` rejects with it. */
  #failure: { readonly error: unknown } | undefined;
  #ending: Promise<void> | undefined;

  constructor(source: JobSource, fetch: Fetch<SomeJob>, { count = 1, signal, onUndelivered }: JobsOptions) {
    check.integer("count", count, 1);
    if (signal !== undefined) check.signal("signal", signal);
    if (onUndelivered !== undefined) check.callback("onUndelivered", onUndelivered);
    this.#source = source;
    this.#count = count;
    this.#signal = signal;
    this.#onUndelivered = onUndelivered;
    this.#fetcher = new Fetcher(source, this.#consumer(fetch));
    if (source.isClosed()) this.#failure = { error: new ClosedError("the client is closed") };
    else if (signal?.aborted) void this.#end();
    else if (signal !== undefined) {
      allowManyListeners(signal);
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<SomeJob, void>> {
    const job = this.#prefetched.pop();
    if (job !== undefined) return { done: false, value: job };
    if (this.#ending === undefined && this.#failure !== undefined) {
      void this.#end();
      throw this.#failure.error;
    }
    if (this.#ending !== undefined) {
      await this.#ending;
      return { done: true, value: undefined };
    }
    // `close` does not wait for the body of the loop, and once `close` has resolved, no job can be given back.
    this.#removeCloseListener ??= this.#source.onClose(() => void this.#giveBackPrefetched());
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      // Fetch immediately, so that the command shares one write with an acknowledgement from the body of the loop.
      this.#fetcher.turn();
    });
  }

  /** Ends the iteration and each pending `next()`. Resolves when the jobs that were not handed out have been given back. */
  async return(): Promise<IteratorReturnResult<void>> {
    await this.#end();
    return { done: true, value: undefined };
  }

  /** Like `return`, but rejects with `error`. */
  async throw(error: unknown): Promise<IteratorReturnResult<void>> {
    await this.#end();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  #consumer(fetch: Fetch<SomeJob>): Consumer<SomeJob> {
    return {
      fetch,
      // Fetch nothing while there are jobs to hand out, so that the next jobs are fetched together.
      freeSlots: () => (this.#pending.length === 0 || this.#prefetched.length > 0 ? 0 : this.#count),
      flush: () => {},
      take: (jobs) => this.#take(jobs),
      giveBack: (jobs) => this.#giveBack(jobs),
      retrying: () => false,
      ended: (error) => this.#fail(error),
    };
  }

  #take(jobs: readonly SomeJob[]): void {
    const reversed = jobs.toReversed();
    this.#prefetched = this.#prefetched.length === 0 ? reversed : reversed.concat(this.#prefetched);
    while (this.#pending.length > 0) {
      const value = this.#prefetched.pop();
      if (value === undefined) return;
      this.#pending.shift()?.resolve({ done: false, value });
    }
  }

  async #giveBack(jobs: readonly SomeJob[]): Promise<void> {
    const onUndelivered = this.#onUndelivered;
    if (onUndelivered === undefined) return this.#source.giveBack(jobs);
    for (const job of jobs) {
      // Each callback runs in a microtask of its own, so that a callback that throws does not prevent the others.
      if (!isAtLeastOnce(job.id)) queueMicrotask(() => onUndelivered(job));
    }
    await this.#source.giveBack(jobs.filter(({ id }) => isAtLeastOnce(id)));
  }

  #fail(error: unknown): void {
    const first = this.#pending.shift();
    if (first === undefined) {
      this.#failure = { error };
    } else {
      void this.#end();
      first.reject(error);
    }
  }

  readonly #onAbort = (): void => {
    void this.#end();
  };

  #end(): Promise<void> {
    this.#ending ??= this.#stop();
    return this.#ending;
  }

  async #giveBackPrefetched(): Promise<void> {
    const undelivered = this.#prefetched.splice(0).reverse();
    if (undelivered.length > 0) await this.#giveBack(undelivered);
  }

  async #stop(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#removeCloseListener?.();
    const stopped = this.#fetcher.stop();
    await this.#giveBackPrefetched();
    await stopped;
    for (const { resolve } of this.#pending.splice(0)) resolve({ done: true, value: undefined });
  }
}
