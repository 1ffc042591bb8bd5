import { Disque, type Job } from "../../src/index.ts";
import { nameIn } from "./bodies.ts";
import { answerFor, receive } from "./consumer.ts";
import { failureOf, type Recorder } from "./history.ts";
import { ONCE_QUEUE, QUEUE, RETRY } from "./producer.ts";
import type { Stage } from "./stage.ts";

/** Milliseconds for which each node must have been empty: three retry times. */
const EMPTY = 3 * RETRY * 1_000;
/** Milliseconds for which the calm nodes must have been empty: longer than a job is delayed or takes to move between nodes. */
const CALM_EMPTY = 2_000;
/** Milliseconds between two rounds of GETJOBs. */
const PERIOD = 100;
/** Milliseconds, far beyond what it takes. */
const DEADLINE = 120_000;

interface Tap {
  readonly disque: Disque;
  readonly name: string;
  readonly record: Recorder;
}

/**
 * Fetches and acknowledges the jobs of each node, until all nodes were empty for three retry times and none knows a job that is
 * queued or may be queued again. Throws when that takes too long.
 */
export async function drain(stage: Stage, record: Recorder): Promise<void> {
  const taps = tapsOf(stage.addresses, "drain", record);
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
    throw new Error(`the queues did not drain; left at the end: ${left.join(", ")}`);
  } finally {
    for (const { disque } of taps) disque.destroy();
  }
}

/** Records the jobs that the calm nodes have left. */
export async function drainCalm(stage: Stage, record: Recorder): Promise<void> {
  const taps = tapsOf(stage.calm, "drain-calm", record);
  try {
    let full = performance.now();
    while (performance.now() - full < CALM_EMPTY) {
      for (const { disque, name: by } of taps) {
        const jobs = await disque.getJob(ONCE_QUEUE, { nohang: true, count: 1_000 });
        for (const { body, id } of jobs) record({ event: "left", by, body: nameIn(body), id });
        if (jobs.length > 0) full = performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, PERIOD));
    }
  } finally {
    for (const { disque } of taps) disque.destroy();
  }
}

function tapsOf(addresses: readonly string[], name: string, record: Recorder): Tap[] {
  return addresses.map((address, node) => ({
    disque: new Disque(address, { discover: false }),
    name: `${name}-${node}`,
    record,
  }));
}

/** Whether the node answered and had no job. */
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

/** The jobs that the node may still queue. */
async function remaining({ disque, name }: Tap): Promise<string[]> {
  const found: string[] = [];
  for await (const job of disque.scanJobs({ state: ["wait-repl", "active", "queued"], reply: "all" }))
    found.push(`${name}: ${job.id} ${job.state}`);
  return found;
}
