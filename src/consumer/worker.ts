import { EventEmitter } from "node:events";
import * as check from "../commands/arguments.ts";
import { type CountedJob, isAtLeastOnce } from "../commands/job.ts";
import { ClosedError } from "../resp/index.ts";
import { MAX_DELAY, sleep } from "../resp/timers.ts";
import { Batch } from "./batch.ts";
import { Heartbeat } from "./heartbeat.ts";
import { fetchJobs, type JobSource } from "./source.ts";

/** What a handler is given besides its job. */
export interface JobContext {
  /**
   * Aborted when the work has become pointless: with the server's `ReplyError` when the job may be delivered elsewhere
   * by now (TOOLATE, NOJOB), with a `ClosedError` when the worker was stopped and its time is up.
   */
  readonly signal: AbortSignal;
}

/** Works on a job. The job is acknowledged when it resolves, and given back when it throws or rejects. */
export type JobHandler = (job: CountedJob, context: JobContext) => unknown;

/** The options of `work`. */
export interface WorkOptions {
  /** How many jobs are worked on at a time; no more are fetched. Default 1. */
  readonly concurrency?: number | undefined;
  /** Acknowledge with FASTACK: less work for the cluster, more duplicates when nodes fail. Default false. */
  readonly fastAck?: boolean | undefined;
  /** Ask for more time (WORKING) while a handler runs. Default true. */
  readonly heartbeat?: boolean | undefined;
  /**
   * Milliseconds to wait before a failed job is given back. It is held here meanwhile, with its heartbeat but without
   * taking a place, and stays the same job with the same counters; if this process ends, its retry time brings it
   * again, so it is delivered at least once. Without a heartbeat, or once half of its life is over, its retry time may
   * bring it sooner. Default: none.
   */
  readonly backoff?: ((job: CountedJob, error: unknown) => number) | undefined;
  /** What to do with jobs that fail again and again. Default: they are tried again as long as they live. */
  readonly poison?: Poison | undefined;
}

/** What to do with jobs that fail again and again. */
export interface Poison {
  /**
   * How often a job may have come back (`nacks + additionalDeliveries`) before it is taken for one of these. It counts
   * as well when one that was fetched ahead was put back without having been worked on.
   */
  readonly after: number;
  /** Takes such a job instead of the worker's handler: to add it to another queue, say. Then it is acknowledged. */
  readonly handler: JobHandler;
}

/** The options of a worker's `stop`. */
export interface StopOptions {
  /** Milliseconds that the handlers get to finish. Default: as long as they take. */
  readonly timeout?: number | undefined;
}

/** What a worker emits. Nothing has to be listened to. */
export interface WorkerEvents {
  /** A handler was given a job. */
  started: [job: CountedJob];
  /** A handler resolved, after so many milliseconds, and its job was acknowledged. */
  done: [job: CountedJob, milliseconds: number];
  /** A handler threw or rejected, after so many milliseconds. */
  failed: [job: CountedJob, error: unknown, milliseconds: number];
  /** A job could not be acknowledged or given back: it comes again after its retry time. */
  unsettled: [job: CountedJob, error: unknown];
  /** No more jobs are fetched; with the error that ended it, unless it was stopped. */
  stopped: [error: unknown];
}

const GIVEN_UP: unique symbol = Symbol("given up");

/** A job that is worked on, or held until it is given back. */
class Run {
  readonly abort: AbortController;
  /** Resolves when its handler is waited for no more. */
  readonly givenUp: Promise<typeof GIVEN_UP>;
  /** Whether its handler is done and it only waits to be given back. */
  held = false;
  #resolve: (value: typeof GIVEN_UP) => void = () => {};

  constructor(abort: AbortController) {
    this.abort = abort;
    this.givenUp = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  giveUp(reason: Error): void {
    this.#resolve(GIVEN_UP);
    this.abort.abort(reason);
  }
}

/** Fetches jobs and has them worked on, until it is stopped. Made by `disque.work`. */
export class Worker extends EventEmitter<WorkerEvents> {
  readonly #source: JobSource;
  readonly #queues: string | readonly string[];
  readonly #handler: JobHandler;
  readonly #options: WorkOptions;
  readonly #concurrency: number;
  readonly #acknowledgements: Batch;
  readonly #rejections: Batch;
  readonly #runs: Set<Run> = new Set();
  readonly #fetching: AbortController = new AbortController();
  /** Resolves when no more is fetched. */
  readonly #fetched: Promise<void>;
  /** What is to happen when a run has ended or is only held. */
  #onChange: (() => void) | undefined;
  #stopping: Promise<void> | undefined;
  /** When the handlers are given up, on the monotonic clock, once it is to stop. */
  #limitAt = Number.POSITIVE_INFINITY;
  #limitTimer: NodeJS.Timeout | undefined;

  constructor(
    source: JobSource,
    queues: string | readonly string[],
    handler: JobHandler,
    options: WorkOptions = {},
  ) {
    super();
    const { concurrency = 1, fastAck = false } = options;
    check.queueNames("queues", queues);
    check.callback("handler", handler);
    check.integer("concurrency", concurrency, 1);
    this.#source = source;
    this.#queues = queues;
    this.#handler = handler;
    this.#options = options;
    this.#concurrency = concurrency;
    this.#acknowledgements = new Batch((jobs) =>
      fastAck ? source.fastAck(...jobs) : source.ackJob(...jobs),
    );
    this.#rejections = new Batch((jobs) => source.nackJob(...jobs));
    this.#fetched = this.#fetch();
  }

  /** How many handlers run. */
  get running(): number {
    let running = 0;
    for (const { held } of this.#runs) if (!held) running++;
    return running;
  }

  /**
   * Fetches no more jobs, waits for the handlers that run, and acknowledges their jobs. When the time is up, aborts the
   * signals of those that still run and gives their jobs back. Twice is fine; of several times the first to be up counts.
   */
  async stop({ timeout }: StopOptions = {}): Promise<void> {
    if (timeout !== undefined) check.timeLimit("timeout", timeout);
    this.#stopping ??= this.#stop();
    if (timeout !== undefined) this.#limit(timeout);
    await this.#stopping;
  }

  /** `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #fetch(): Promise<void> {
    const { signal } = this.#fetching;
    let failure: unknown;
    try {
      await this.#source.connect({ signal });
      while (!signal.aborted) {
        const free = this.#concurrency - this.running;
        if (free === 0) await this.#change();
        else await this.#fetchUpTo(free, signal);
      }
    } catch (error) {
      if (!signal.aborted && !(error instanceof ClosedError)) failure = error;
    }
    this.#tell("stopped", failure);
  }

  async #fetchUpTo(count: number, signal: AbortSignal): Promise<void> {
    const fetch = (): Promise<CountedJob[]> =>
      this.#source.getJob(this.#queues, { count, withCounters: true, signal });
    const jobs = await fetchJobs(fetch, signal);
    // What comes in the moment of stopping is not begun, unless that would lose it.
    const back = signal.aborted ? jobs.filter((job) => isAtLeastOnce(job.id)) : [];
    for (const job of jobs) if (!back.includes(job)) void this.#run(job);
    if (back.length > 0) await this.#source.enqueue(...back).catch(() => {});
  }

  /** A job from its start to its acknowledgement. Never rejects. */
  async #run(job: CountedJob): Promise<void> {
    const abort = new AbortController();
    const run = new Run(abort);
    this.#runs.add(run);
    const heartbeat = this.#heartbeat(job, abort);
    const begin = performance.now();
    this.#tell("started", job);
    try {
      const outcome = await Promise.race([this.#handle(job, abort.signal), run.givenUp]);
      heartbeat?.stop();
      if (outcome === GIVEN_UP) await this.#giveBack(job);
      else if (await this.#settle(job, this.#acknowledgements)) {
        this.#tell("done", job, performance.now() - begin);
      }
    } catch (error) {
      this.#tell("failed", job, error, performance.now() - begin);
      await this.#hold(job, run, error);
      heartbeat?.stop();
      await this.#giveBack(job);
    }
    this.#runs.delete(run);
    this.#onChange?.();
  }

  async #handle(job: CountedJob, signal: AbortSignal): Promise<unknown> {
    const { poison } = this.#options;
    const isPoison = poison !== undefined && job.nacks + job.additionalDeliveries > poison.after;
    return (isPoison ? poison.handler : this.#handler)(job, { signal });
  }

  #heartbeat(job: CountedJob, abort: AbortController): Heartbeat | undefined {
    // A job that is delivered at most once needs none.
    if (this.#options.heartbeat === false || !isAtLeastOnce(job.id)) return undefined;
    return new Heartbeat(
      (signal) => this.#source.working(job, { signal }),
      (reason) => abort.abort(reason),
    );
  }

  /** Waits before a failed job is given back, without taking a place; not when no time is left for that. */
  async #hold(job: CountedJob, run: Run, error: unknown): Promise<void> {
    if (!isAtLeastOnce(job.id) || this.#fetching.signal.aborted) return;
    try {
      const milliseconds = this.#options.backoff?.(job, error) ?? 0;
      if (!(milliseconds > 0)) return;
      run.held = true;
      this.#onChange?.();
      await sleep(Math.min(milliseconds, MAX_DELAY), run.abort.signal);
    } catch {
      // It was given up, or cannot be held longer: it is given back now.
    }
  }

  async #giveBack(job: CountedJob): Promise<void> {
    // Of a job that is delivered at most once NACK does nothing.
    if (isAtLeastOnce(job.id)) await this.#settle(job, this.#rejections);
  }

  async #settle(job: CountedJob, batch: Batch): Promise<boolean> {
    try {
      await batch.add(job);
      return true;
    } catch (error) {
      this.#tell("unsettled", job, error);
      return false;
    }
  }

  async #stop(): Promise<void> {
    const reason = new ClosedError("the worker was stopped");
    this.#fetching.abort(reason);
    for (const run of this.#runs) if (run.held) run.giveUp(reason);
    this.#onChange?.();
    await this.#fetched;
    while (this.#runs.size > 0) await this.#change();
    // There is nothing left to limit.
    this.#limitAt = Number.NEGATIVE_INFINITY;
    clearTimeout(this.#limitTimer);
  }

  /** Gives the handlers so many milliseconds more, unless they have fewer already. */
  #limit(milliseconds: number): void {
    const limitAt = performance.now() + milliseconds;
    if (limitAt >= this.#limitAt) return;
    this.#limitAt = limitAt;
    clearTimeout(this.#limitTimer);
    this.#limitTimer = setTimeout(
      () => {
        for (const run of this.#runs) run.giveUp(this.#fetching.signal.reason);
      },
      Math.min(milliseconds, MAX_DELAY),
    );
  }

  /** Resolves when a run has ended or is only held any more, or when the worker is to stop. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }

  /** In a turn of its own, so that a listener that throws breaks nothing here. */
  #tell<Name extends keyof WorkerEvents>(name: Name, ...args: WorkerEvents[Name]): void {
    queueMicrotask(() => this.emit<keyof WorkerEvents>(name, ...args));
  }
}
