import { AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import * as check from "../commands/arguments.ts";
import { type CountedJob, isAtLeastOnce } from "../commands/job.ts";
import { ClosedError, TimeoutError } from "../resp/index.ts";
import { clearTimeout, now, queueMicrotask, setTimeout } from "../resp/timers.ts";
import { Fetcher, type JobSource } from "./fetcher.ts";
import { Heartbeats } from "./heartbeats.ts";
import {
  type JobHandler,
  type StopOptions,
  settingsOf,
  stopTimeout,
  type WorkerEvents,
  type WorkOptions,
  type WorkSettings,
} from "./options.ts";
import { isThenable, Run, RunContext } from "./run.ts";
import { Settlements } from "./settlements.ts";

/** Milliseconds until a failed job is given back if `backoff` itself fails. */
const FAILED_BACKOFF = 1_000;
/** Milliseconds after the timeout of `stop` until `stop` resolves: a second, less a margin for a busy process. */
const GRACE = 900;
/** While more than this many jobs wait to be settled, none are fetched. */
const MAX_UNSETTLED = 10_000;

/** Fetches jobs and passes them to a handler, until it is stopped. Created by `disque.work`. */
export class Worker extends EventEmitter<WorkerEvents> {
  /**
   * Resolves when the worker was stopped or its client was closed, and all work is done. Rejects when the worker ends by
   * itself, with the reason: a password that all nodes refuse, or a command that the server lacks. As with any promise, a
   * rejection that is not handled crashes the process; a listener for `stopped` counts as handling it.
   */
  readonly finished: Promise<void>;
  readonly #source: JobSource;
  readonly #handler: JobHandler;
  readonly #settings: WorkSettings;
  readonly #fetcher: Fetcher<CountedJob>;
  readonly #acknowledgements: Settlements<Run>;
  readonly #rejections: Settlements<Run>;
  readonly #heartbeats: Heartbeats<Run>;
  /** The async context in which `work` was called. Handlers run in it. */
  readonly #context: AsyncResource = new AsyncResource("DISQUE");
  readonly #runs: Set<Run> = new Set();
  #concurrency: number;
  #running = 0;
  #held = 0;
  #failure: { readonly error: unknown } | undefined;
  #stopping: Promise<void> | undefined;
  #fetching = true;
  /** Called when all work is done after the worker was stopped. */
  #onIdle: (() => void) | undefined;
  readonly #removeCloseListener: () => void;
  /** When handlers that are still running are given up, on the monotonic clock. From then on, no job is started. */
  #limitAt = Number.POSITIVE_INFINITY;
  #limitTimer: NodeJS.Timeout | undefined;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(
    source: JobSource,
    queues: string | readonly string[],
    handler: JobHandler,
    options: WorkOptions = {},
  ) {
    super();
    check.queueNames("queues", queues);
    check.callback("handler", handler);
    this.#settings = settingsOf(options);
    if (source.isClosed()) throw new ClosedError("the client is closed");
    this.#source = source;
    this.#handler = handler;
    this.#concurrency = this.#settings.concurrency;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const onFailed = (runs: readonly Run[], error: unknown): void => {
      for (const { job } of runs) this.#emitLater("unsettled", job, error);
      this.#changed();
    };
    this.#acknowledgements = new Settlements({
      send: (jobs) => (this.#settings.fastAck ? source.client.fastAck(jobs) : source.client.ackJob(jobs)),
      onSettled: (runs) => this.#acknowledged(runs),
      onFailed,
    });
    this.#rejections = new Settlements({
      send: (jobs) => source.client.nackJob(jobs),
      onSettled: () => this.#changed(),
      onFailed,
    });
    this.#heartbeats = new Heartbeats(
      this.#runs,
      (job, signal) => source.client.working(job, { signal }),
      (run, reason) => run.loseJob(reason),
    );
    this.#fetcher = new Fetcher(source, {
      fetch: (call) => source.client.getJob(queues, { ...call, withCounters: true }),
      freeSlots: () => this.#freeSlots(),
      flush: () => this.#flush(),
      take: (jobs) => this.#take(jobs),
      giveBack: (jobs) => this.#takeLate(jobs),
      retrying: (error, attempt, milliseconds) => this.#emitLater("retrying", error, attempt, milliseconds),
      ended: (error) => this.#end(error),
    });
    // A worker that fetches nothing, for instance because it is paused, would not notice that its client is closed.
    this.#removeCloseListener = source.onClose(() => this.#end(new ClosedError("the client is closed")));
    this.#fetcher.schedule();
  }

  /**
   * How many handlers may run at a time. It may be set while the worker runs. Running handlers are not affected, and 0 pauses
   * the worker.
   */
  get concurrency(): number {
    return this.#concurrency;
  }

  set concurrency(value: number) {
    this.#concurrency = check.integer("concurrency", value, 0);
    this.#context.runInAsyncScope(() => this.#fetcher.schedule());
  }

  /** The number of handlers that are running. */
  get running(): number {
    return this.#running;
  }

  /** The number of failed jobs that are held until they are given back. */
  get held(): number {
    return this.#held;
  }

  /**
   * Fetches no more jobs, waits for the running handlers, and acknowledges their jobs. After `timeout`, aborts the signals of
   * handlers that are still running and gives their jobs back. Resolves within a second after that, whatever the network does;
   * `unsettled` reports jobs whose outcome is not known by then. An idle worker may take up to 1.5 s: cutting off a call that
   * waits for a job could lose the job.
   *
   * `stop` may be called again; the shortest timeout applies. It waits for running handlers, so a handler must not await the
   * `stop` of its own worker: call it without `await`, then return.
   */
  async stop(options: StopOptions = {}): Promise<void> {
    const timeout = stopTimeout(options);
    this.#stopping ??= this.#stop();
    if (timeout !== undefined) this.#limit(timeout);
    await this.#stopping;
  }

  /** `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #freeSlots(): number {
    if (this.#unsettled > MAX_UNSETTLED) return 0;
    const takenByHeld = Math.min(this.#held, Math.max(0, this.#held + 1 - this.#settings.maxHeld));
    return this.#concurrency - this.#running - takenByHeld;
  }

  #take(jobs: readonly CountedJob[]): void {
    const surplus: CountedJob[] = [];
    for (const job of jobs) {
      // `concurrency` may have been lowered since the fetch. A job that cannot be queued again is started anyway.
      if (this.#running < this.#concurrency || !isAtLeastOnce(job.id)) this.#start(job);
      else surplus.push(job);
    }
    if (surplus.length > 0) void this.#source.giveBack(surplus);
  }

  /** Gives back jobs that arrive while the worker stops. Jobs that would be lost are started, unless it is too late for that. */
  #takeLate(jobs: readonly CountedJob[]): Promise<void> {
    if (now() >= this.#limitAt) return this.#source.giveBack(jobs);
    for (const job of jobs) if (!isAtLeastOnce(job.id)) this.#start(job);
    return this.#source.giveBack(jobs.filter(({ id }) => isAtLeastOnce(id)));
  }

  #start(job: CountedJob): void {
    const run = new Run(job);
    this.#runs.add(run);
    this.#running++;
    // A job that is delivered at most once needs no heartbeats.
    if (this.#settings.heartbeat && isAtLeastOnce(job.id)) this.#heartbeats.join(run, run.begunAt);
    this.#emitLater("started", job);
    let result: unknown;
    try {
      result = this.#handlerFor(job)(job, new RunContext(run));
    } catch (error) {
      this.#failed(run, error);
      return;
    }
    if (!isThenable(result)) this.#succeeded(run);
    else
      Promise.resolve(result).then(
        () => this.#succeeded(run),
        (error: unknown) => this.#failed(run, error),
      );
  }

  #handlerFor({ nacks, additionalDeliveries }: CountedJob): JobHandler {
    const { poison } = this.#settings;
    const isPoison = poison !== undefined && nacks + additionalDeliveries > poison.after;
    return isPoison ? poison.handler : this.#handler;
  }

  #succeeded(run: Run): void {
    if (run.state !== "running") return;
    if (this.listenerCount("done") > 0) run.handlerDuration = now() - run.begunAt;
    this.#leave(run, this.#acknowledgements);
  }

  #failed(run: Run, error: unknown): void {
    if (run.state !== "running") return;
    this.#emitLater("failed", run.job, error, now() - run.begunAt);
    const { backoff } = this.#settings;
    if (!isAtLeastOnce(run.job.id)) this.#leave(run, undefined);
    else if (backoff === false || this.#stopping !== undefined) this.#leave(run, this.#rejections);
    else void this.#hold(run, async () => backoff(run.job, error));
  }

  /** Holds a failed job until it is given back. A held job does not count towards `concurrency` unless `maxHeld` is reached. */
  async #hold(run: Run, backoff: () => Promise<number>): Promise<void> {
    let milliseconds: number;
    try {
      milliseconds = await backoff();
      if (typeof milliseconds !== "number" || Number.isNaN(milliseconds))
        throw new TypeError(`backoff must return a number, not ${String(milliseconds)}`);
    } catch (error) {
      milliseconds = FAILED_BACKOFF;
      this.#emitLater("backoffError", run.job, error);
    }
    if (run.state !== "running") return;
    if (milliseconds <= 0 || this.#stopping !== undefined) {
      this.#leave(run, this.#rejections);
      return;
    }
    run.state = "held";
    this.#running--;
    this.#held++;
    run.holdTimer = setTimeout(() => this.#leave(run, this.#rejections), milliseconds);
    this.#fetcher.schedule();
  }

  /** Ends a run. If `settlements` is given, the job is settled through it. */
  #leave(run: Run, settlements: Settlements<Run> | undefined): void {
    if (run.state === "over") return;
    if (run.state === "held") this.#held--;
    else this.#running--;
    this.#heartbeats.leave(run);
    run.end();
    this.#runs.delete(run);
    settlements?.add(run);
    this.#changed();
  }

  /** Gives up a run: the worker no longer waits for its handler. */
  #giveUp(run: Run): void {
    this.#leave(run, isAtLeastOnce(run.job.id) ? this.#rejections : undefined);
    run.loseJob(new ClosedError("the worker was stopped"));
  }

  #flush(): void {
    this.#acknowledgements.flush();
    this.#rejections.flush();
  }

  #acknowledged(runs: readonly Run[]): void {
    if (this.listenerCount("done") > 0)
      for (const { job, handlerDuration } of runs) this.#emitLater("done", job, handlerDuration);
    this.#changed();
  }

  #changed(): void {
    this.#fetcher.schedule();
    if (this.#onIdle === undefined || this.#fetching || this.#runs.size > 0) return;
    if (this.#unsettled === 0) this.#onIdle();
  }

  /** The number of jobs whose settlement the server has not confirmed yet. */
  get #unsettled(): number {
    return this.#acknowledgements.pending + this.#rejections.pending;
  }

  /** Called when an error has ended fetching, and when the client closes. */
  #end(error: unknown): void {
    if (!(error instanceof ClosedError)) this.#failure = { error };
    this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    for (const run of this.#runs) if (run.state === "held") this.#giveUp(run);
    // Settlements that are due are still sent, although no more jobs are fetched.
    this.#fetcher.schedule();
    void this.#fetcher.stop().then(() => {
      this.#fetching = false;
      this.#changed();
    });
    await idle;
    clearTimeout(this.#limitTimer);
    this.#heartbeats.end();
    this.#finish();
  }

  /** Gives the handlers this many more milliseconds, unless they have fewer left already. */
  #limit(milliseconds: number): void {
    const limitAt = now() + milliseconds;
    if (limitAt >= this.#limitAt) return;
    this.#limitAt = limitAt;
    clearTimeout(this.#limitTimer);
    this.#limitTimer = setTimeout(() => {
      for (const run of this.#runs) this.#giveUp(run);
      this.#limitTimer = setTimeout(() => this.#cutShort(), GRACE);
    }, milliseconds);
  }

  /** Called when work is still unfinished after the grace period. */
  #cutShort(): void {
    const reason = new TimeoutError("the worker was stopped before the server answered");
    this.#acknowledgements.giveUp(reason);
    this.#rejections.giveUp(reason);
    this.#onIdle?.();
  }

  #finish(): void {
    this.#limitAt = Number.NEGATIVE_INFINITY;
    this.#removeCloseListener();
    const error = this.#failure?.error;
    if (this.#failure === undefined) this.#resolve();
    else {
      if (this.listenerCount("stopped") > 0) this.finished.catch(() => {});
      this.#reject(error);
    }
    this.#emitLater("stopped", error);
  }

  /**
   * Emits an event in a microtask of its own, so that a listener that throws does not disturb the worker. Returns whether there
   * is a listener.
   */
  #emitLater<Name extends keyof WorkerEvents>(name: Name, ...args: WorkerEvents[Name]): boolean {
    if (this.listenerCount(name) === 0) return false;
    queueMicrotask(() => this.emit<keyof WorkerEvents>(name, ...args));
    return true;
  }
}
