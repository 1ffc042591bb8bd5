import * as check from "../commands/arguments.ts";
import type { OptionNames } from "../commands/definition.ts";
import type { CountedJob } from "../commands/job.ts";
import { defaultBackoff } from "./retries.ts";

/** What a handler is given besides its job. */
export interface JobContext {
  /**
   * Aborted when the job is no longer yours: with the server's `ReplyError` when it may be delivered elsewhere by now
   * (TOOLATE, NOJOB), with a `ClosedError` when the worker was stopped and its time is up.
   */
  readonly signal: AbortSignal;
}

/** Works on a job. The job is acknowledged when it resolves, and given back when it throws or rejects. */
export type JobHandler = (job: CountedJob, context: JobContext) => unknown;

/**
 * How many milliseconds to hold a failed job before it is given back. If it throws, rejects or gives no number, the job
 * is held for a second and the event `backoffError` tells.
 */
export type Backoff = (job: CountedJob, error: unknown) => number | Promise<number>;

/** The options of `work`. Unknown ones are refused. */
export interface WorkOptions {
  /** How many handlers run at a time. No more jobs are fetched than can start. Default 1. */
  readonly concurrency?: number | undefined;
  /** Acknowledge with FASTACK: less work for the cluster, more duplicates when nodes fail. Default false. */
  readonly fastAck?: boolean | undefined;
  /** Ask for more time (WORKING) while a handler runs. Default true. */
  readonly heartbeat?: boolean | undefined;
  /**
   * How long to hold a failed job before it is given back. The job is held in this process, with its heartbeat but
   * without taking a place, and keeps its counters; if the process ends, its retry time brings it again. Without a
   * heartbeat, or once half of its life is over, its retry time may bring it sooner. `false`: give it back at once.
   * Default: exponential with jitter, 1 to 60 seconds, by `nacks`.
   */
  readonly backoff?: Backoff | false | undefined;
  /** From that many held jobs on, a further one keeps its place, so that a worker never holds many more. Default 1,000. */
  readonly maxHeld?: number | undefined;
  /** What to do with jobs that fail again and again. Default: they are tried again as long as they live. */
  readonly poison?: Poison | undefined;
}

/** What to do with jobs that fail again and again. */
export interface Poison {
  /**
   * How often a job may have come back (`nacks + additionalDeliveries`) before this handler gets it. A job that was
   * prefetched and given back without having been worked on counts as well.
   */
  readonly after: number;
  /** Takes such a job instead of the worker's handler, to add it to another queue, say. Then it is acknowledged. */
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
  /** `backoff` threw, rejected or gave no number: the job is held for a second. */
  backoffError: [job: CountedJob, error: unknown];
  /** Jobs could not be fetched, so many times in a row; the next attempt follows after so many milliseconds. */
  retrying: [error: unknown, attempt: number, milliseconds: number];
  /**
   * The worker is over, and the last `done` or `failed` was emitted. With the error that ended it, unless it was stopped or
   * its client was closed.
   */
  stopped: [error: unknown];
}

const WORK_OPTIONS: OptionNames<WorkOptions> = {
  concurrency: true,
  fastAck: true,
  heartbeat: true,
  backoff: true,
  maxHeld: true,
  poison: true,
};
const DEFAULT_MAX_HELD = 1_000;

/** The options of a worker, checked, with their defaults. */
export interface WorkSettings {
  readonly concurrency: number;
  readonly fastAck: boolean;
  readonly heartbeat: boolean;
  readonly backoff: Backoff | false;
  readonly maxHeld: number;
  readonly poison: Poison | undefined;
}

/** Throws a `TypeError` or `RangeError` that names a bad option. */
export function settingsOf(options: WorkOptions): WorkSettings {
  check.knownOptions("work", options, WORK_OPTIONS);
  const { concurrency = 1, fastAck = false, heartbeat = true } = options;
  const { backoff = (job) => defaultBackoff(job), maxHeld = DEFAULT_MAX_HELD, poison } = options;
  check.integer("concurrency", concurrency, 1);
  check.flag("fastAck", fastAck);
  check.flag("heartbeat", heartbeat);
  if (backoff !== false) check.callback("backoff", backoff);
  check.integer("maxHeld", maxHeld, 0);
  if (poison !== undefined) {
    check.knownOptions("poison", poison, { after: true, handler: true });
    check.integer("poison.after", poison.after, 0);
    check.callback("poison.handler", poison.handler);
  }
  return { concurrency, fastAck, heartbeat, backoff, maxHeld, poison };
}

/** Throws a `TypeError` or `RangeError` when the options of `stop` are bad. */
export function stopTimeout(options: StopOptions): number | undefined {
  check.knownOptions("stop", options, { timeout: true });
  const { timeout } = options;
  return timeout === undefined ? undefined : check.timeLimit("timeout", timeout);
}
