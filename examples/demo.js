// A producer and two workers, live on the terminal: `npm run demo`.
//
// Every fifth job fails at first and is given back with `nackJob`; every seventh is forgotten by its worker, as if that
// had crashed, and comes again when its retry time is over. Ends with status 0 only if every job was processed.
//
// Runs on a Disque in this process, or on real nodes: DISQUE_NODES=127.0.0.1:7711,127.0.0.1:7712 npm run demo

import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "disque";
import { TestServer } from "disque/testing";
import { createLog } from "./demo-log.js";

const JOBS = 30;
const TIME_LIMIT = 19_000;

const nodes = process.env.DISQUE_NODES?.split(",");
const server = nodes === undefined ? await TestServer.start() : undefined;
const disque = new Disque(server?.address ?? nodes);

const queue = `demo-${process.pid}`;
const log = createLog();
const done = new AbortController();
/** @type {Set<number>} */
const processed = new Set();

async function produce() {
  for (let number = 1; number <= JOBS; number++) {
    const id = await disque.addJob(queue, JSON.stringify({ number }), { retry: 1, ttl: 60 });
    log("producer", "added", number, id);
    await sleep(100);
  }
}

/** @param {string} name */
async function work(name) {
  while (!done.signal.aborted) {
    const [job] = await disque.getJob(queue, { withCounters: true, signal: done.signal });
    if (job === undefined) continue;
    /** @type {{ number: number }} */
    const { number } = job.json();
    const attempt = 1 + job.nacks + job.additionalDeliveries;
    log(name, attempt === 1 ? "fetched" : "retried", number, attempt === 1 ? "" : `attempt ${attempt}`);
    await sleep(50 + (number % 4) * 50);
    if (attempt === 1 && number % 5 === 0) {
      log(name, "failed", number, "given back");
      await disque.nackJob(job);
    } else if (attempt === 1 && number % 7 === 0) {
      log(name, "failed", number, "forgotten, as in a crash");
    } else {
      await disque.ackJob(job);
      log(name, "acknowledged", number);
      processed.add(number);
      if (processed.size === JOBS) done.abort();
    }
  }
}

console.log(
  `${nodes === undefined ? "A Disque in this process" : "Disque"} at ${server?.address ?? nodes}\n`,
);
const limit = setTimeout(() => done.abort(), TIME_LIMIT);
const results = await Promise.allSettled([produce(), work("worker 1"), work("worker 2")]);
clearTimeout(limit);

for (const { reason } of results.filter((result) => result.status === "rejected")) {
  // A worker that waits for a job when all is done ends so.
  if (reason !== done.signal.reason) console.error(reason);
}
log.totals();
console.log(`\n${processed.size} of ${JOBS} jobs were processed.`);
process.exitCode = processed.size === JOBS ? 0 : 1;

await disque.close();
await server?.stop();
