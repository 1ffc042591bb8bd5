import { setMaxListeners } from "node:events";
import * as check from "../commands/arguments.ts";
import { isAtLeastOnce, type Job } from "../commands/job.ts";
import { fetchJobs, type JobSource } from "./source.ts";

/** The options of `jobs`. */
export interface JobsOptions {
  /**
   * How many jobs to fetch at a time. With more than one, those that the loop has not come to yet wait here, and their
   * retry time runs: it counts from when a job was queued. Default 1: none is fetched ahead.
   */
  readonly count?: number | undefined;
  /** Ends the loop, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Give each job its counters. Default false. */
  readonly withCounters?: boolean | undefined;
  /**
   * Takes each job added with `retry: 0` that was fetched when the loop ended but not handed out: it cannot be queued
   * again. Default: the event `orphan`, to which one goes in any case that was still on its way when the signal was
   * aborted.
   */
  readonly onUndelivered?: ((job: Job) => void) | undefined;
}

/** The jobs of some queues, as they come, until the loop or the signal ends it. */
export async function* consume(
  source: JobSource,
  queues: string | readonly string[],
  options: JobsOptions,
): AsyncGenerator<Job, void, undefined> {
  const { count = 1, signal, withCounters = false } = options;
  // Now, and not only when a node was found that jobs could be asked of.
  check.queueNames("queues", queues);
  check.integer("count", count, 1);
  check.flag("withCounters", withCounters);
  if (signal !== undefined) check.signal("signal", signal);
  if (options.onUndelivered !== undefined) check.callback("onUndelivered", options.onUndelivered);
  const onUndelivered = options.onUndelivered ?? ((job: Job): unknown => source.emit("orphan", job));
  const ahead: Job[] = [];
  const givenBack: Promise<unknown>[] = [];
  const giveBack = (): void => {
    const undelivered = ahead.splice(0);
    const queued = undelivered.filter((job) => isAtLeastOnce(job.id));
    // Where it fails, the retry time brings them again.
    if (queued.length > 0) givenBack.push(source.enqueue(...queued).catch(() => {}));
    for (const job of undelivered) {
      // Each in a turn of its own, so that one that throws takes no other with it.
      if (!isAtLeastOnce(job.id)) queueMicrotask(() => onUndelivered(job));
    }
  };
  if (signal !== undefined) {
    // Many loops may share a signal, and each takes its listener away again: nothing for Node to warn of.
    setMaxListeners(0, signal);
    // At once, however long the body of the loop may take.
    signal.addEventListener("abort", giveBack, { once: true });
  }
  try {
    // A loop that never could have begun says so; what comes later is waited out.
    await source.connect({ signal });
    while (!signal?.aborted) {
      ahead.push(...(await fetchJobs(() => source.getJob(queues, { count, signal, withCounters }), signal)));
      // A call that had to wait brings one job only, even if more have come since.
      if (ahead.length === 1 && count > 1) {
        const more = source.getJob(queues, { count: count - 1, nohang: true, withCounters });
        ahead.push(...(await more.catch(() => [])));
      }
      // Aborted while they were fetched: what came all the same goes back.
      if (signal?.aborted) break;
      for (let job = ahead.shift(); job !== undefined; job = ahead.shift()) yield job;
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  } finally {
    signal?.removeEventListener("abort", giveBack);
    giveBack();
    await Promise.all(givenBack);
  }
}
