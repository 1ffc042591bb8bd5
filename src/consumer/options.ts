import * as check from "../commands/arguments.ts";
import type { OptionNames } from "../commands/definition.ts";
import type { CountedJob } from "../commands/job.ts";
import { defaultBackoff } from "./plan.ts";

/** The second argument of a handler. */
export interface JobContext {
  /**
   * Aborted when the job is no longer yours: with the server's `ReplyError` (TOOLATE, NOJOB) when it may have been delivered
   * elsewhere, or with a `ClosedError` when the worker was stopped and the timeout of `stop` has passed.
   */
  readonly signal: AbortSignal;
}

/** Works on a job. The job is acknowledged when the handler resolves, and given back when the handler throws or rejects. */
export type JobHandler = (job: CountedJob, context: JobContext) => unknown;

/**
 * Returns how many milliseconds to hold a failed job before it is given back. If the function throws, rejects or does not
 * return a number, the job is held for a second and the event `backoffError` is emitted.
 */
export type Backoff = (job: CountedJob, error: unknown) => number | Promise<number>;

/** The options of `work`, which throws a `TypeError` for an unknown option. */
export interface WorkOptions {
  /** How many handlers may run at a time. No more jobs are fetched than can start. Default 1. */
  readonly concurrency?: number | undefined;
  /** Acknowledge with FASTACK: less work for the cluster, more duplicates when nodes fail. Default false. */
  readonly fastAck?: boolean | undefined;
  /** Send heartbeats (WORKING) while a handler runs, so that the job is not delivered elsewhere. Default true. */
  readonly heartbeat?: boolean | undefined;
  /**
   * How long to hold a failed job before it is given back. The worker holds the job in this process and keeps sending
   * heartbeats for it, but the job does not count towards `concurrency`. If the process ends, the job is delivered again after
   * its retry time. Without heartbeats, or once half of the job's time to live has passed, it may be delivered again sooner.
   * `false` gives failed jobs back immediately. Default: exponential backoff with jitter, from 1 to 60 seconds, depending on
   * `nacks`.
   */
  readonly backoff?: Backoff | false | undefined;
  /**
   * Held jobs count towards `concurrency` from this number on: with 3, the third and all later ones. This bounds how many jobs a
   * worker holds. Default 1,000.
   */
  readonly maxHeld?: number | undefined;
  /** What to do with jobs that fail again and again. Default: they are retried until their time to live has passed. */
  readonly poison?: Poison | undefined;
}

/** What to do with jobs that fail again and again. */
export interface Poison {
  /**
   * How many times a job may come back (`nacks + additionalDeliveries`) before this handler gets it. This includes the times
   * when the job was prefetched for too long and came back without reaching a handler.
   */
  readonly after: number;
  /**
   * Called with such a job instead of the worker's handler, for instance to add it to another queue. When it resolves, the job
   * is acknowledged.
   */
  readonly handler: JobHandler;
}

/** The options of a worker's `stop`. */
export interface StopOptions {
  /** How long handlers may take to finish, in milliseconds. Default: no limit. */
  readonly timeout?: number | undefined;
}

/** The events of a worker. Listening is optional. */
export interface WorkerEvents {
  /** A handler was called with a job. */
  started: [job: CountedJob];
  /** A handler resolved after this many milliseconds, and its job was acknowledged. */
  done: [job: CountedJob, milliseconds: number];
  /** A handler threw or rejected after this many milliseconds. */
  failed: [job: CountedJob, error: unknown, milliseconds: number];
  /** It is not certain that a job was acknowledged or given back. If not, it is delivered again after its retry time. */
  unsettled: [job: CountedJob, error: unknown];
  /** `backoff` threw, rejected or did not return a number. The job is held for a second. */
  backoffError: [job: CountedJob, error: unknown];
  /** Fetching jobs from a node has failed `attempt` times in a row. The next attempt follows after this many milliseconds. */
  retrying: [error: unknown, attempt: number, milliseconds: number];
  /**
   * The worker has ended, after the last `done` or `failed`. `error` is the error that ended it, or `undefined` if it was
   * stopped or its client was closed.
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

/** The options of a worker, checked and with the defaults filled in. */
export interface WorkSettings {
  readonly concurrency: number;
  readonly fastAck: boolean;
  readonly heartbeat: boolean;
  readonly backoff: Backoff | false;
  readonly maxHeld: number;
  readonly poison: Poison | undefined;
}

/** Throws a `TypeError` or `RangeError` that names the invalid option. */
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

/** Throws a `TypeError` or `RangeError` when the options of `stop` are invalid. */
export function stopTimeout(options: StopOptions): number | undefined {
  check.knownOptions("stop", options, { timeout: true });
  const { timeout } = options;
  return timeout === undefined ? undefined : check.timeLimit("timeout", timeout);
}
