// Jobs.

import { CountedJob, isAtLeastOnce, isJobId, Job, type JobFields } from "disque";
import { expectType, type TestsOf } from "./expect.js";

declare const job: Job;
declare const counted: CountedJob;

const inAnyJob: TestsOf<Job> = {
  id() {
    expectType(job.id).is<string>();
    // @ts-expect-error it is readonly
    job.id = "other";
  },

  queue() {
    expectType(job.queue).is<string>();
    // @ts-expect-error it is readonly
    job.queue = "other";
  },

  body() {
    expectType(job.body).is<Buffer>();
    // @ts-expect-error bytes, not a string
    job.body.startsWith("{");
    // @ts-expect-error it is readonly
    job.body = Buffer.from("other");
  },

  node() {
    expectType(job.node).is<string>();
    // @ts-expect-error it is readonly
    job.node = "other";
  },

  text() {
    expectType(job.text()).is<string>();
    // @ts-expect-error an encoding: it is always UTF-8
    job.text("latin1");
  },

  json() {
    expectType(job.json()).is<unknown>();
    expectType(job.json<{ to: string }>()).is<{ to: string }>();
    // @ts-expect-error unknown until it is validated
    job.json().to;
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
  const fields: JobFields = { id: "id", queue: "q", body: Buffer.from("body"), node: "node" };
  expectType(new Job(fields)).is<Job>();
  expectType(new CountedJob({ ...fields, nacks: 0, additionalDeliveries: 0 })).is<CountedJob>();
  expectType(new CountedJob({ ...job, nacks: 0, additionalDeliveries: 0 })).is<CountedJob>();
  expectType(isJobId("id")).is<boolean>();
  expectType(isAtLeastOnce("id")).is<boolean>();
  // @ts-expect-error a string for a body
  new Job({ ...fields, body: "body" });
  // @ts-expect-error no node
  new Job({ id: "id", queue: "q", body: Buffer.from("body") });
  // @ts-expect-error a job with counters needs them
  new CountedJob(job);
  // @ts-expect-error a job for its id
  isAtLeastOnce(job);
}
