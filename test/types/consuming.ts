// Workers and loops: their options, properties and events. `client.ts` tests how they are created.

import type {
  Backoff,
  CountedJob,
  Disque,
  Job,
  JobContext,
  JobHandler,
  JobsOptions,
  Poison,
  StopOptions,
  Worker,
  WorkerEvents,
  WorkOptions,
} from "disque";
import { type Equal, type Expect, expectType, type Options, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const worker: Worker;
declare const job: CountedJob;

export type ShapesAre = [
  Expect<
    Equal<
      JobsOptions,
      Options<{
        count: number;
        signal: AbortSignal;
        withCounters: boolean;
        onUndelivered: (job: Job) => void;
      }>
    >
  >,
  Expect<
    Equal<
      WorkOptions,
      Options<{
        concurrency: number;
        fastAck: boolean;
        heartbeat: boolean;
        backoff: Backoff | false;
        maxHeld: number;
        poison: Poison;
      }>
    >
  >,
  Expect<Equal<Backoff, (job: CountedJob, error: unknown) => number | Promise<number>>>,
  Expect<Equal<StopOptions, Options<{ timeout: number }>>>,
  Expect<Equal<Poison, { readonly after: number; readonly handler: JobHandler }>>,
  Expect<Equal<JobContext, { readonly signal: AbortSignal }>>,
  Expect<Equal<JobHandler, (job: CountedJob, context: JobContext) => unknown>>,
  Expect<
    Equal<
      WorkerEvents,
      {
        started: [job: CountedJob];
        done: [job: CountedJob, milliseconds: number];
        failed: [job: CountedJob, error: unknown, milliseconds: number];
        unsettled: [job: CountedJob, error: unknown];
        backoffError: [job: CountedJob, error: unknown];
        retrying: [error: unknown, attempt: number, milliseconds: number];
        stopped: [error: unknown];
      }
    >
  >,
];

export const working: TestsOf<Omit<Worker, keyof import("node:events").EventEmitter>> = {
  running() {
    expectType(worker.running).is<number>();
    // @ts-expect-error it is readonly
    worker.running = 5;
  },

  held() {
    expectType(worker.held).is<number>();
    // @ts-expect-error it is readonly
    worker.held = 5;
  },

  concurrency() {
    expectType(worker.concurrency).is<number>();
    worker.concurrency = 0;
    // @ts-expect-error a number
    worker.concurrency = "5";
  },

  finished() {
    expectType(worker.finished).is<Promise<void>>();
  },

  stop() {
    expectType(worker.stop()).is<Promise<void>>();
    worker.stop({ timeout: 5 });
    // @ts-expect-error a number instead of options
    worker.stop(5);
    // @ts-expect-error a misspelt option
    worker.stop({ timeOut: 5 });
  },

  async [Symbol.asyncDispose]() {
    await using own = disque.work("q", () => {});
    expectType(own[Symbol.asyncDispose]()).is<Promise<void>>();
  },
};

export function events(): void {
  worker.on("started", (job) => expectType(job).is<CountedJob>());
  worker.on("done", (job, milliseconds) => {
    expectType(job).is<CountedJob>();
    expectType(milliseconds).is<number>();
  });
  worker.on("failed", (job, error, milliseconds) => {
    expectType(job).is<CountedJob>();
    expectType(error).is<unknown>();
    expectType(milliseconds).is<number>();
  });
  worker.on("unsettled", (job, error) => {
    expectType(job).is<CountedJob>();
    expectType(error).is<unknown>();
  });
  worker.on("retrying", (error, attempt, milliseconds) => {
    expectType(error).is<unknown>();
    expectType(attempt).is<number>();
    expectType(milliseconds).is<number>();
  });
  worker.on("stopped", (error) => expectType(error).is<unknown>());
  // @ts-expect-error the type of an error is unknown
  worker.on("stopped", (error: Error) => error.message);
  // @ts-expect-error not the argument of this event
  worker.emit("done", job);
}

export async function loops(): Promise<void> {
  for await (const job of disque.jobs("q")) expectType(job).is<Job>();
  for await (const job of disque.jobs("q", { withCounters: true })) expectType(job).is<CountedJob>();
  for await (const queue of disque.queues()) expectType(queue).is<string>();
  for await (const id of disque.scanJobs()) expectType(id).is<string>();
  // @ts-expect-error not an array
  for (const job of disque.jobs("q")) void job;
}

export function handlers(): void {
  const poison: Poison = { after: 3, handler: (job) => disque.addJob("dead", job.body) };
  disque.work("q", () => {}, { poison, backoff: (job, _error) => 2 ** job.nacks });
  // @ts-expect-error `after` is missing
  disque.work("q", () => {}, { poison: { handler: () => {} } });
  // @ts-expect-error `handler` is missing
  disque.work("q", () => {}, { poison: { after: 3 } });
  disque.work("q", () => {}, { backoff: async () => 5 });
  disque.work("q", () => {}, { backoff: false });
  // @ts-expect-error a number instead of a function
  disque.work("q", () => {}, { backoff: 5_000 });
}
