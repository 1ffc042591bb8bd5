import { type Disque, DisqueError, type Job } from "../../src/index.ts";
import { nameIn } from "./bodies.ts";
import { failureOf, type Recorder, type Settling } from "./history.ts";
import { QUEUE } from "./producer.ts";
import { rest } from "./rest.ts";

export interface ConsumerOptions {
  readonly disque: Disque;
  readonly name: string;
  readonly record: Recorder;
  readonly random: () => number;
}

/** Milliseconds that a consumer rests when it got an error. */
const PAUSE = 50;

/** Fetches jobs by `getJob`, of which it gives up some, until the signal is aborted. */
export async function fetchJobs(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { disque, name: by, record, random } = options;
  while (!signal.aborted) {
    const patience = random() < 0.2 ? AbortSignal.timeout(Math.ceil(random() * 300)) : undefined;
    const either = patience === undefined ? signal : AbortSignal.any([signal, patience]);
    record({ event: "fetching", by });
    try {
      const count = 1 + Math.floor(random() * 10);
      const jobs = await disque.getJob(QUEUE, { count, timeout: 1_000, signal: either });
      record({ event: "fetched", by, jobs: jobs.length });
      // All have arrived by now, whatever becomes of the first.
      for (const job of jobs) receive(options, job);
      for (const job of jobs) await settle(options, job);
    } catch (error) {
      if (either.aborted && error === either.reason) continue;
      record({ event: "not fetched", by, error: failureOf(error) });
      await rest(PAUSE, signal);
    }
  }
}

/** Fetches jobs by the loop that the client has for that, until the signal is aborted. */
export async function loopOverJobs(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { disque, name: by, record } = options;
  while (!signal.aborted) {
    record({ event: "fetching", by });
    try {
      for await (const job of disque.jobs(QUEUE, { count: 5, signal })) {
        receive(options, job);
        await settle(options, job);
      }
    } catch (error) {
      // It begins only when a node can be reached.
      record({ event: "not fetched", by, error: failureOf(error) });
      await rest(PAUSE, signal);
    }
  }
}

export function receive({ name: by, record }: Pick<ConsumerOptions, "name" | "record">, job: Job): void {
  record({ event: "received", by, body: nameIn(job.body), id: job.id });
}

/** Acknowledges most jobs, gives some back, and forgets some, as a worker does that crashes. */
async function settle(options: ConsumerOptions, job: Job): Promise<void> {
  const lot = options.random();
  if (lot < 0.04) return;
  await answerFor(options, job, lot < 0.08 ? "nackJob" : lot < 0.2 ? "fastAck" : "ackJob");
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
