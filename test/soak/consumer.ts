// Consumers that end and restart all the time: calls are aborted, loops broken, workers stopped.

import { setTimeout as sleep } from "node:timers/promises";
import { ClosedError, type Disque, DisqueError, type Job } from "../../src/index.ts";
import { nameIn } from "./bodies.ts";
import { failureOf, type Recorder, type Settling, type Stopped } from "./history.ts";
import { pause } from "./pause.ts";
import { lifetime } from "./plan.ts";

export interface ConsumerOptions {
  readonly disque: Disque;
  readonly name: string;
  readonly queue: string;
  readonly record: Recorder;
  readonly random: () => number;
  /** How to settle the next job. */
  readonly settling: (random: () => number) => Settling | "forget";
}

/** Consumes until the signal is aborted. */
export type Consume = (options: ConsumerOptions, signal: AbortSignal) => Promise<void>;

/** Milliseconds before a consumer continues after an error. */
const PAUSE = 50;

/** Acknowledges most jobs, gives some back, and forgets some, like a worker that crashes. */
export function carelessly(random: () => number): Settling | "forget" {
  const lot = random();
  return lot < 0.04 ? "forget" : lot < 0.08 ? "nackJob" : lot < 0.2 ? "fastAck" : "ackJob";
}

export function carefully(random: () => number): Settling {
  return random() < 0.1 ? "fastAck" : "ackJob";
}

/** Fetches jobs with `getJob`, and aborts calls. */
export async function fetchJobs(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { disque, queue, random } = options;
  await repeat(options, "call", signal, async (end) => {
    const count = 1 + Math.floor(random() * 10);
    while (!end.aborted) {
      const jobs = await disque
        .getJob(queue, { count, timeout: 2_000, nohang: random() < 0.1, signal: end })
        .catch((error: unknown): Job[] => {
          if (error !== end.reason) throw error;
          return [];
        });
      // All of these jobs have arrived, whether or not the first one is settled.
      for (const job of jobs) receive(options, job);
      for (const job of jobs) await settle(options, job);
    }
  });
}

/** Fetches jobs with `jobs()`. Ends each loop in one of the possible ways. */
export async function loopOverJobs(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { disque, queue, random } = options;
  await repeat(options, "loop", signal, async (end) => {
    const way = random();
    const undelivered = (job: Job): void => orphaned(options, job);
    const loop = disque.jobs(queue, {
      count: 1 + Math.floor(random() * 5),
      ...(way < 0.3 && { signal: end }),
      ...(random() < 0.2 && { onUndelivered: undelivered }),
    });
    // `return()` ends a pending `next()`. Some loops get time to break when their next job arrives.
    const returned = aborted(end)
      .then(() => sleep(way < 0.8 ? 0 : 100))
      .then(() => loop.return());
    for await (const job of loop) {
      receive(options, job);
      await settle(options, job);
      if (end.aborted) break;
    }
    if (end.aborted) await returned;
  });
}

/** Processes jobs with `work()`, and stops workers. */
export async function workOnJobs(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { disque, queue, random, record, settling } = options;
  await repeat(options, "worker", signal, async (end) => {
    const handler = async (job: Job): Promise<void> => {
      receive(options, job);
      if (random() < 0.3) await sleep(random() * 20);
      const how = settling(random);
      // A worker cannot forget a job.
      if (how === "nackJob" || how === "forget") throw new Error("given back");
    };
    const concurrency = 1 + Math.floor(random() * 5);
    const worker = disque.work(queue, handler, { concurrency, backoff: () => Math.floor(random() * 500) });
    worker.on("unsettled", ({ id }, error) => {
      record({ event: "not settled", how: "ackJob", id, error: failureOf(error) });
    });
    worker.on("done", ({ id }) => record({ event: "settled", how: "ackJob", id, count: 1 }));
    // Without a listener there would be warnings.
    worker.on("retrying", () => {});
    await aborted(end);
    await worker.stop({ timeout: 5_000 });
  });
}

/** Closes clients on which calls, loops and workers wait for jobs. `connect` makes a client. */
export async function closeClients(
  options: Omit<ConsumerOptions, "disque">,
  connect: () => Disque,
  signal: AbortSignal,
): Promise<void> {
  const { queue, record, name } = options;
  await repeat(options, "client", signal, async (end) => {
    const disque = connect();
    const own = { ...options, disque };
    disque.on("orphan", (job) => orphaned(own, job));
    const worker = disque.work(queue, async (job) => receive(own, job), { concurrency: 2 });
    worker.on("unsettled", ({ id }, error) => {
      record({ event: "not settled", how: "ackJob", id, error: failureOf(error) });
    });
    const untilClosed = async (consume: () => Promise<void>): Promise<void> => {
      record({ event: "fetching", by: name });
      await consume().catch((error: unknown) => {
        if (!(error instanceof ClosedError)) throw error;
      });
    };
    const consuming = Promise.all([
      untilClosed(async () => {
        for await (const job of disque.jobs(queue, { count: 2 })) receive(own, job);
      }),
      untilClosed(async () => {
        for (;;) for (const job of await disque.getJob(queue)) receive(own, job);
      }),
    ]);
    await aborted(end);
    await Promise.all([disque.close(), consuming, worker.finished]);
  });
}

/** Starts consuming again and again, each time until its own signal is aborted. */
async function repeat(
  { name: by, queue, record, random }: Omit<ConsumerOptions, "disque">,
  what: Stopped,
  signal: AbortSignal,
  consume: (end: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const end = new AbortController();
    let endedAt = Number.POSITIVE_INFINITY;
    const stop = (): void => {
      endedAt = performance.now();
      end.abort();
    };
    const timer = setTimeout(stop, lifetime(random));
    signal.addEventListener("abort", stop, { once: true });
    record({ event: "fetching", by });
    try {
      await consume(end.signal);
      const milliseconds = Math.max(0, Math.round(performance.now() - endedAt));
      record({ event: "stopped", by, queue, what, milliseconds });
    } catch (error) {
      record({ event: "not fetched", by, error: failureOf(error) });
      await pause(PAUSE, signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

export function receive({ name: by, record }: Pick<ConsumerOptions, "name" | "record">, job: Job): void {
  record({ event: "received", by, body: nameIn(job.body), id: job.id });
}

/** A job with RETRY 0 that arrived too late for its call: its listener is responsible for it from then on. */
export function orphaned({ name: by, record }: Pick<ConsumerOptions, "name" | "record">, job: Job): void {
  record({ event: "orphan", by, body: nameIn(job.body), id: job.id });
}

async function settle(options: ConsumerOptions, job: Job): Promise<void> {
  const how = options.settling(options.random);
  if (how !== "forget") await answerFor(options, job, how);
}

export async function answerFor(
  { disque, name: by, record }: Pick<ConsumerOptions, "disque" | "name" | "record">,
  job: Job,
  how: Settling,
): Promise<void> {
  const { id } = job;
  record({ event: "settling", by, how, id });
  try {
    record({ event: "settled", how, id, count: await disque[how](job) });
  } catch (error) {
    if (!(error instanceof DisqueError)) throw error;
    record({ event: "not settled", how, id, error: failureOf(error) });
  }
}
