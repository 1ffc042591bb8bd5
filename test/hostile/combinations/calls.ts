// Each kind of call of a client.

import { setTimeout as sleep } from "node:timers/promises";
import type { Disque } from "../../../src/index.ts";
import { AT_LEAST_ONCE } from "../../client/scripted.ts";

/** Milliseconds after which loops and workers, which survive most errors, are ended. */
const ENOUGH = 150;

async function loop(disque: Disque): Promise<void> {
  const signal = AbortSignal.timeout(ENOUGH);
  for await (const job of disque.jobs("mail", { signal })) await disque.ackJob(job);
}

async function work(disque: Disque): Promise<void> {
  const worker = disque.work("mail", () => sleep(1));
  await Promise.race([worker.finished, sleep(ENOUGH)]);
  await worker.stop({ timeout: 50 });
  await worker.finished;
}

async function scan(disque: Disque): Promise<void> {
  for await (const _id of disque.scanJobs({ signal: AbortSignal.timeout(ENOUGH) }));
}

export const CALLS: Readonly<Record<string, (disque: Disque) => Promise<unknown>>> = {
  connect: (disque) => disque.connect(),
  hello: (disque) => disque.hello(),
  info: (disque) => disque.info(),
  "ping with a message": (disque) => disque.ping("hello"),
  addJob: (disque) => disque.addJob("mail", "body"),
  "addJob with retry 0": (disque) => disque.addJob("mail", "body", { retry: 0 }),
  "addJob with replicate": (disque) => disque.addJob("mail", "body", { replicate: 2, timeout: 50 }),
  "getJob that waits": (disque) => disque.getJob("mail", { timeout: 30 }),
  "getJob with nohang": (disque) => disque.getJob("mail", { nohang: true, withCounters: true }),
  ackJob: (disque) => disque.ackJob(AT_LEAST_ONCE),
  nackJob: (disque) => disque.nackJob(AT_LEAST_ONCE),
  working: (disque) => disque.working(AT_LEAST_ONCE),
  show: (disque) => disque.show(AT_LEAST_ONCE),
  jscan: (disque) => disque.jscan(0, { reply: "all" }),
  qstat: (disque) => disque.qstat("mail"),
  qpeek: (disque) => disque.qpeek("mail", 3),
  pause: (disque) => disque.pause("mail", "in", { bcast: true }),
  "cluster.nodes": (disque) => disque.cluster.nodes(),
  call: (disque) => disque.call("GETJOB", "TIMEOUT", 20, "FROM", "mail"),
  scanJobs: scan,
  jobs: loop,
  work,
};
