import { Disque, type Job } from "../../src/index.ts";
import { answerFor, receive } from "./consumer.ts";
import { failureOf, type Recorder } from "./history.ts";
import { QUEUE, RETRY } from "./producer.ts";
import type { Stage } from "./stage.ts";

/** Milliseconds for which each node must have been empty: three retry times. */
const EMPTY = 3 * RETRY * 1_000;
/** Milliseconds between two times that all nodes are asked. */
const PERIOD = 100;
/** Milliseconds, far beyond what it takes. */
const DEADLINE = 120_000;

interface Tap {
  readonly disque: Disque;
  readonly name: string;
  readonly record: Recorder;
}

/**
 * Fetches and acknowledges what jobs there are at each node, until none had any for three retry times and none knows a job
 * that is queued or may be queued again. Throws when that does not come to an end.
 */
export async function drain(stage: Stage, record: Recorder): Promise<void> {
  const taps = stage.addresses.map((address, node) => ({
    disque: new Disque(address, { discover: false }),
    name: `drain-${node}`,
    record,
  }));
  try {
    const deadline = performance.now() + DEADLINE;
    let left: readonly string[] = [];
    let full = stage.now();
    while (performance.now() < deadline) {
      const dry = await Promise.all(taps.map(isDry));
      if (dry.includes(false)) full = stage.now();
      else if (stage.now() - full >= EMPTY) {
        left = (await Promise.all(taps.map(remaining))).flat();
        if (left.length === 0) return;
      }
      await stage.pass(PERIOD);
    }
    throw new Error(`the queues did not drain, as the history shows; known at last: ${left.join(", ")}`);
  } finally {
    for (const { disque } of taps) disque.destroy();
  }
}

/** Whether the node answered and had nothing. */
async function isDry(tap: Tap): Promise<boolean> {
  const { disque, name: by, record } = tap;
  let jobs: Job[];
  record({ event: "fetching", by });
  try {
    jobs = await disque.getJob(QUEUE, { nohang: true, count: 100 });
    record({ event: "fetched", by, jobs: jobs.length });
  } catch (error) {
    record({ event: "not fetched", by, error: failureOf(error) });
    return false;
  }
  for (const job of jobs) receive(tap, job);
  await Promise.all(jobs.map((job) => answerFor(tap, job, "ackJob")));
  return jobs.length === 0;
}

/** The jobs that the node may queue some day. */
async function remaining({ disque, name }: Tap): Promise<string[]> {
  const found: string[] = [];
  for await (const job of disque.scanJobs({ state: ["wait-repl", "active", "queued"], reply: "all" }))
    found.push(`${name}: ${job.id} ${job.state}`);
  return found;
}
