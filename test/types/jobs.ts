// The commands on jobs.

import type {
  AddJobOptions,
  CallOptions,
  CountedJob,
  Disque,
  GetJobOptions,
  Job,
  JobArguments,
  JobIdPage,
  JobInfo,
  JobInfoPage,
  JobRef,
  JobState,
  Jobs,
  JscanOptions,
  Reply,
} from "disque";
import { type CommandOptions, type Equal, type Expect, expectType, type TestsOf } from "./expect.js";

declare const disque: Disque;
declare const job: Job;
declare const info: JobInfo;
declare const signal: AbortSignal;
declare const maybe: boolean;

export type OptionsAre = [
  Expect<Equal<CallOptions, CommandOptions<unknown>>>,
  Expect<
    Equal<
      AddJobOptions,
      CommandOptions<{
        timeout: number;
        replicate: number;
        delay: number;
        retry: number;
        ttl: number;
        maxlen: number;
        async: boolean;
        resend: boolean;
      }>
    >
  >,
  Expect<
    Equal<
      GetJobOptions,
      CommandOptions<{ count: number; timeout: number; nohang: boolean; withCounters: boolean }>
    >
  >,
  Expect<
    Equal<
      JscanOptions,
      CommandOptions<{
        count: number;
        busyloop: boolean;
        queue: string;
        state: readonly JobState[];
        reply: "id" | "all";
      }>
    >
  >,
  Expect<Equal<JobState, "wait-repl" | "active" | "queued" | "acked">>,
  Expect<Equal<JobRef, string | { readonly id: string }>>,
  Expect<
    Equal<
      JobArguments,
      [...jobs: JobRef[]] | [jobs: readonly JobRef[], options?: CommandOptions<unknown> | undefined]
    >
  >,
  Expect<
    Equal<JobIdPage, { readonly cursor: string; readonly node: string; readonly ids: readonly string[] }>
  >,
  Expect<
    Equal<JobInfoPage, { readonly cursor: string; readonly node: string; readonly jobs: readonly JobInfo[] }>
  >,
  Expect<
    Equal<
      JobInfo,
      {
        readonly id: string;
        readonly queue: string | null;
        readonly state: JobState;
        readonly repl: number;
        readonly ttl: number;
        readonly ctime: bigint;
        readonly delay: number;
        readonly retry: number;
        readonly nacks: number;
        readonly additionalDeliveries: number;
        readonly nodesDelivered: readonly string[];
        readonly nodesConfirmed: readonly string[];
        readonly nextRequeueWithin: number | null;
        readonly nextAwakeWithin: number | null;
        readonly body: Buffer | null;
        readonly others: Readonly<Record<string, Reply>>;
      }
    >
  >,
];

/** Six commands take any number of jobs or ids, or an array of them and options. */
function takesJobs(method: (...jobs: JobArguments) => Promise<number>): void {
  expectType(method(job)).is<Promise<number>>();
  method();
  method(job, "id", info, { id: "id" });
  method([job, "id"]);
  method([job], { signal, commandTimeout: 5 });
  method([job], undefined);
  const jobs: readonly JobRef[] = ["id"];
  method(jobs, {});
  method(...jobs);
  // @ts-expect-error options after jobs that are not in an array
  method(job, { signal });
  // @ts-expect-error jobs, and an array of them
  method(job, [job]);
  // @ts-expect-error a number for an id
  method(5);
  // @ts-expect-error something without an id
  method({ queue: "q" });
  // @ts-expect-error a misspelt option
  method([job], { commandTimeOut: 5 });
  // @ts-expect-error an option that other commands have
  method([job], { timeout: 5 });
}

export const jobs: TestsOf<Jobs> = {
  addJob() {
    expectType(disque.addJob("q", "body")).is<Promise<string>>();
    expectType(disque.addJob("q", new Uint8Array(), { retry: 5 })).is<Promise<string>>();
    disque.addJob("q", Buffer.from("body"), {});
    disque.addJob("q", "body", undefined);
    disque.addJob("q", "body", { retry: undefined, signal: undefined, commandTimeout: undefined });
    disque.addJob("q", "body", { retry: 0, replicate: 1, async: maybe, resend: false, signal });
    // @ts-expect-error no body
    disque.addJob("q");
    // @ts-expect-error a number for a body
    disque.addJob("q", 5);
    // @ts-expect-error an object for a body
    disque.addJob("q", { to: "a@b.c" });
    // @ts-expect-error several queues
    disque.addJob(["q"], "body");
    // @ts-expect-error a misspelt option
    disque.addJob("q", "body", { retries: 5 });
    // @ts-expect-error an option that other commands have
    disque.addJob("q", "body", { count: 5 });
    // @ts-expect-error a text for a number
    disque.addJob("q", "body", { ttl: "5" });
    // @ts-expect-error a number for a flag
    disque.addJob("q", "body", { async: 1 });
    // @ts-expect-error null for nothing
    disque.addJob("q", "body", { maxlen: null });
    // @ts-expect-error no signal
    disque.addJob("q", "body", { signal: new AbortController() });
  },

  getJob() {
    expectType(disque.getJob("q")).is<Promise<Job[]>>();
    expectType(disque.getJob(["q", "r"], { count: 5 })).is<Promise<Job[]>>();
    expectType(disque.getJob("q", { withCounters: true })).is<Promise<CountedJob[]>>();
    expectType(disque.getJob("q", { withCounters: true, count: 5, nohang: true, signal })).is<
      Promise<CountedJob[]>
    >();
    expectType(disque.getJob("q", { withCounters: false })).is<Promise<Job[]>>();
    expectType(disque.getJob("q", { withCounters: undefined })).is<Promise<Job[]>>();
    expectType(disque.getJob("q", { withCounters: maybe })).is<Promise<Job[]>>();
    const queues: readonly string[] = ["q"];
    disque.getJob(queues, { timeout: 5 });
    // @ts-expect-error no queue
    disque.getJob();
    // @ts-expect-error queues that are not in an array
    disque.getJob("q", "r");
    // @ts-expect-error a number for a queue
    disque.getJob([5]);
    // @ts-expect-error a misspelt option
    disque.getJob("q", { withcounters: true });
    // @ts-expect-error a misspelt option next to one that selects the overload
    disque.getJob("q", { withCounters: true, noHang: true });
    // @ts-expect-error a text for a number
    disque.getJob("q", { timeout: "forever" });
  },

  ackJob: () => takesJobs(disque.ackJob),
  fastAck: () => takesJobs(disque.fastAck),
  nackJob: () => takesJobs(disque.nackJob),
  delJob: () => takesJobs(disque.delJob),
  enqueue: () => takesJobs(disque.enqueue),
  dequeue: () => takesJobs(disque.dequeue),

  working() {
    expectType(disque.working(job)).is<Promise<number>>();
    disque.working("id", { signal, commandTimeout: 5 });
    // @ts-expect-error several jobs
    disque.working([job]);
    // @ts-expect-error a misspelt option
    disque.working(job, { commandTimeOut: 5 });
  },

  show() {
    expectType(disque.show(job)).is<Promise<JobInfo | null>>();
    disque.show(info);
    disque.show("id", { signal });
    // @ts-expect-error no job
    disque.show();
    // @ts-expect-error a misspelt option
    disque.show(job, { abort: signal });
  },

  jscan() {
    expectType(disque.jscan("0")).is<Promise<JobIdPage>>();
    expectType(disque.jscan("0", { queue: "q" })).is<Promise<JobIdPage>>();
    expectType(disque.jscan("0", { reply: "id" })).is<Promise<JobIdPage>>();
    expectType(disque.jscan("0", { reply: "all", state: ["queued", "active"] })).is<Promise<JobInfoPage>>();
    expectType(disque.jscan("0", { reply: maybe ? "id" : "all" })).is<Promise<JobIdPage | JobInfoPage>>();
    const state: readonly JobState[] = ["acked"];
    disque.jscan("0", { state, node: "id", busyloop: true, count: 5, signal });
    disque.jscan(0);
    // @ts-expect-error a misspelt option
    disque.jscan("0", { states: ["acked"] });
    // @ts-expect-error an unknown state
    disque.jscan("0", { state: ["waiting"] });
    // @ts-expect-error a state that is not in an array
    disque.jscan("0", { state: "acked" });
    // @ts-expect-error an unknown value of `reply`
    disque.jscan("0", { reply: "ids" });
    // @ts-expect-error an option of qscan
    disque.jscan("0", { minlen: 5 });
  },
};
