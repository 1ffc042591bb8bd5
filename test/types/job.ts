// What a job is.

import { CountedJob, isAtLeastOnce, isJobId, Job, type JobFields } from "disque";
import { expectType, type TestsOf } from "./expect.js";

declare const job: Job;
declare const counted: CountedJob;

const inAnyJob: TestsOf<Job> = {
  id() {
    expectType(job.id).is<string>();
    // @ts-expect-error what a job says cannot be changed
    job.id = "other";
  },

  queue() {
    expectType(job.queue).is<string>();
    // @ts-expect-error what a job says cannot be changed
    job.queue = "other";
  },

  body() {
    expectType(job.body).is<Buffer>();
    // @ts-expect-error bytes are no text
    job.body.startsWith("{");
    // @ts-expect-error what a job says cannot be changed
    job.body = Buffer.from("other");
  },

  node() {
    expectType(job.node).is<string>();
    // @ts-expect-error what a job says cannot be changed
    job.node = "other";
  },

  text() {
    expectType(job.text()).is<string>();
    // @ts-expect-error it is UTF-8 in any case
    job.text("latin1");
  },

  json() {
    expectType(job.json()).is<unknown>();
    expectType(job.json<{ to: string }>()).is<{ to: string }>();
    // @ts-expect-error unknown until it is looked at
    job.json().to;
  },

  toJSON() {
    expectType(job.toJSON()).is<JobFields>();
    expectType(job.toJSON().body).is<Buffer>();
    // @ts-expect-error a job without counters has none
    job.toJSON().nacks;
    expectType(counted.toJSON().nacks).is<number>();
  },
};

export const jobs: TestsOf<CountedJob> = {
  ...inAnyJob,

  nacks() {
    expectType(counted.nacks).is<number>();
    // @ts-expect-error a job without counters has none
    job.nacks;
  },

  additionalDeliveries() {
    expectType(counted.additionalDeliveries).is<number>();
    // @ts-expect-error a job without counters has none
    job.additionalDeliveries;
  },
};

export function making(): void {
  expectType(Job.of("id", "q", Buffer.from("body"), "node")).is<Job>();
  expectType(new CountedJob(job, 0, 0)).is<CountedJob>();
  expectType(isJobId("id")).is<boolean>();
  expectType(isAtLeastOnce("id")).is<boolean>();
  // @ts-expect-error a text for a body
  Job.of("id", "q", "body", "node");
  // @ts-expect-error a job with counters needs them
  new CountedJob(job);
  // @ts-expect-error a job for its id
  isAtLeastOnce(job);
}
