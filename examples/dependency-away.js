// A worker that pauses while a database is unavailable: `node examples/dependency-away.js`.
//
// While `concurrency` is 0, the worker fetches no jobs. They stay in their queue, where other workers can get them, instead of
// being fetched and failing one after the other. Jobs that have already failed are held and retried later.

import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

const JOBS = 20;
const CONCURRENCY = 2;

const server = await TestServer.start();
const disque = new Disque(server.address);

/** Stands in for a database that is unavailable at first. */
const database = {
  away: true,
  /** @param {string} _row */
  async insert(_row) {
    if (database.away) throw new Error("connect ECONNREFUSED");
  },
};

const worker = disque.work("rows", (job) => database.insert(job.text()), {
  concurrency: CONCURRENCY,
  backoff: () => 100,
});

let failed = 0;
worker.on("failed", async () => {
  failed++;
  if (worker.concurrency === 0) return;
  console.log("the database is unavailable: paused");
  worker.concurrency = 0;
  while (database.away) await sleep(20);
  console.log("the database is available again: resumed");
  worker.concurrency = CONCURRENCY;
});
let done = 0;
const finished = new Promise((resolve) => {
  worker.on("done", () => ++done === JOBS && resolve(done));
});

for (let number = 0; number < JOBS; number++) await disque.addJob("rows", `row ${number}`, { retry: 60 });
await sleep(200);
database.away = false;
await finished;
console.log(
  `${done} rows inserted, ${failed <= CONCURRENCY ? "only jobs that had started failed" : `${failed} failed`}`,
);

await worker.stop();
await disque.close();
await server.stop();
