// Aborts calls just as a job is added, and checks that no job is lost.

import assert from "node:assert/strict";
import { Disque, type Job } from "../../src/index.ts";
import { rejection, until } from "./scripted.ts";

/** Calls waiting at once. With 500 or more clients the server checks timeouts less often. */
const AT_ONCE = 50;
/** Milliseconds between ADDJOB and abort: about as long as the server needs to deliver the job. */
const LONGEST_PAUSE = 4;
const REASON = new Error("no longer wanted");

export interface Fate {
  /** The call received its job before it was aborted. */
  fetched: number;
  orphans: number;
  /** The job was put back into its queue, or never left it. */
  queued: number;
  lost: number;
  /** Milliseconds from the last abort until every job was accounted for. */
  settledAfter: number;
}

/** Aborts `count` waiting calls, each on its own queue, while a job with this retry time is added to that queue. */
export async function abortWhileAdding(
  address: string,
  count: number,
  retry: number,
  deadline: number,
): Promise<Fate> {
  await using disque = new Disque(address);
  await using producer = new Disque(address);
  const orphans: Job[] = [];
  disque.on("orphan", (job) => orphans.push(job));
  const added = new Set<string>();
  const found = { fetched: 0, queued: 0 };
  const queues = Array.from({ length: count }, (_, n) => `aborted-${retry}-${n}`);
  await producer.connect();

  async function abortOne(queue: string, controller: AbortController, call: Promise<Job[]>): Promise<void> {
    const outcome = call.catch((error: unknown) => {
      assert.equal(error, REASON);
      return [];
    });
    const pause = Math.random() * LONGEST_PAUSE;
    const adding = producer.addJob(queue, "body", { retry, replicate: 1 });
    const start = performance.now();
    await until(() => performance.now() - start >= pause);
    controller.abort(REASON);
    added.add(await adding);
    for (const { id } of await outcome) if (added.delete(id)) found.fetched++;
  }

  for (let start = 0; start < count; start += AT_ONCE) {
    const waits = queues.slice(start, start + AT_ONCE).map((queue) => {
      const controller = new AbortController();
      return { queue, controller, call: disque.getJob(queue, { signal: controller.signal }) };
    });
    await until(async () => {
      const states = await Promise.all(waits.map(({ queue }) => producer.qstat(queue)));
      return states.every((state) => state?.blocked === 1);
    });
    await Promise.all(waits.map(({ queue, controller, call }) => abortOne(queue, controller, call)));
  }

  const lastAbort = performance.now();
  const isOver = (): boolean => performance.now() - lastAbort > deadline;
  while (added.size > 0 && !isOver()) {
    for (const { id } of orphans) added.delete(id);
    for (let start = 0; start < count && added.size > 0; start += 100) {
      const some = queues.slice(start, start + 100);
      for (const { id } of await producer.getJob(some, { nohang: true, count: 1_000 })) {
        if (added.delete(id)) found.queued++;
      }
    }
  }
  const settledAfter = performance.now() - lastAbort;
  return { ...found, orphans: orphans.length, lost: added.size, settledAfter };
}

/** Aborts calls with `nohang` while each is receiving a job or finding none. */
export async function abortNoHang(address: string, count: number, retry: number): Promise<number> {
  await using disque = new Disque(address);
  const orphans: Job[] = [];
  disque.on("orphan", (job) => orphans.push(job));
  const ids = Array.from({ length: count }, () => disque.addJob("nohang", "body", { retry, replicate: 1 }));
  const missing = new Set(await Promise.all(ids));
  for (let n = 0; n < count; n++) {
    const controller = new AbortController();
    const call = disque.getJob("nohang", { nohang: true, signal: controller.signal });
    const outcome = rejection(call.then(([job]) => Promise.reject(job?.id)));
    if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(REASON);
    missing.delete(String(await outcome));
  }
  await until(async () => {
    for (const { id } of orphans) missing.delete(id);
    for (const { id } of await disque.getJob("nohang", { nohang: true, count })) missing.delete(id);
    return missing.size === 0;
  });
  return orphans.length;
}
