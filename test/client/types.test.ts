// What the compiler knows: a line that stops compiling, or that begins to after `@ts-expect-error`, fails the build.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type {
  CountedJob,
  Disque,
  Job,
  JobIdPage,
  JobInfo,
  JobInfoPage,
  JobState,
  PauseState,
  PlainReply,
  Reply,
} from "../../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The types of a call that is never made. */
function is<Expected>(): <Value>(_call: () => Promise<Value>, _same: Same<Value, Expected>) => void {
  return () => {};
}

declare const disque: Disque;
declare const job: Job;
declare const info: JobInfo;
declare const signal: AbortSignal;
declare const maybe: boolean;

export function results(): void {
  is<Job[]>()(() => disque.getJob("q"), true);
  is<Job[]>()(() => disque.getJob(["q"], { count: 5, withCounters: false }), true);
  is<CountedJob[]>()(() => disque.getJob("q", { withCounters: true, count: 5 }), true);
  is<Job[]>()(() => disque.getJob("q", { withCounters: maybe }), true);
  is<JobIdPage>()(() => disque.jscan("0"), true);
  is<JobIdPage>()(() => disque.jscan("0", { reply: "id" }), true);
  is<JobInfoPage>()(() => disque.jscan("0", { reply: "all", queue: "q" }), true);
  is<JobIdPage | JobInfoPage>()(() => disque.jscan("0", { reply: maybe ? "id" : "all" }), true);
  is<JobInfo | null>()(() => disque.show(job), true);
  is<PauseState>()(() => disque.pause("q", "state"), true);
  is<PlainReply>()(() => disque.call("PING"), true);
  is<PlainReply>()(() => disque.call("PING", "a", 5, 5n, new Uint8Array(), { signal }), true);
  is<Reply>()(() => disque.call("PING", "a", { buffers: true }), true);
  is<IteratorResult<string, void>>()(() => disque.queues().next(), true);
  is<IteratorResult<string, void>>()(() => disque.scanJobs().next(), true);
  is<IteratorResult<JobInfo, void>>()(() => disque.scanJobs({ reply: "all" }).next(), true);
}

export function accepted(): void {
  void disque.ackJob(job);
  void disque.ackJob(job, "id", info, { id: "id" });
  void disque.ackJob([job, "id"], { signal, commandTimeout: 5 });
  void disque.ackJob();
  void disque.addJob("q", Buffer.from(""), { retry: undefined, signal: undefined });
  const queues: readonly string[] = ["q"];
  void disque.getJob(queues);
  const state: readonly JobState[] = ["acked"];
  void disque.jscan("0", { state });
  const parsed: { to: string } = job.json<{ to: string }>();
  const unknown: unknown = job.json();
  void [parsed, unknown];
}

export function refused(): void {
  // @ts-expect-error a misspelt option
  void disque.addJob("q", "body", { retries: 5 });
  // @ts-expect-error a misspelt option
  void disque.getJob("q", { withcounters: true });
  // @ts-expect-error a misspelt option
  void disque.jscan("0", { states: ["acked"] });
  // @ts-expect-error a misspelt option
  void disque.qscan("0", { minLen: 1 });
  // @ts-expect-error a misspelt option
  void disque.pause("q", "in", { broadcast: true });
  // @ts-expect-error a misspelt option
  void disque.call("PING", { buffer: true });
  // @ts-expect-error a misspelt option
  void disque.ackJob([job], { timeout: 5 });
  // @ts-expect-error a state that there is not
  void disque.jscan("0", { state: ["waiting"] });
  // @ts-expect-error a state that there is not
  void disque.pause("q", "paused");
  // @ts-expect-error a section that there is not
  void disque.info("cluster");
  // @ts-expect-error options behind jobs that are not in an array
  void disque.ackJob(job, { signal });
  // @ts-expect-error jobs and an array of them
  void disque.ackJob(job, [job]);
  // @ts-expect-error a number for a body
  void disque.addJob("q", 5);
  // @ts-expect-error a number for a cursor
  void disque.qscan(0);
  // @ts-expect-error no options of which at least one is needed
  void disque.clientKill();
  // @ts-expect-error a job without counters has none
  void job.nacks;
  // @ts-expect-error what a job says cannot be changed
  job.queue = "other";
}

describe("types", () => {
  it("are checked by the compiler", () => {
    assert.deepEqual(
      [results, accepted, refused].map((checks) => typeof checks),
      Array(3).fill("function"),
    );
  });
});
