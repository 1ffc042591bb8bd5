// A process that works on the jobs of a queue until it is killed: `crashing-worker.js <address> <queue>`.
// Jobs with odd numbers never finish. Prints one line per event.

import { Disque } from "../../src/index.ts";

const [address = "", queue = ""] = process.argv.slice(2);
const disque = new Disque(address);
const worker = disque.work(queue, (job) => Number(job.text()) % 2 === 1 && new Promise(() => {}), {
  concurrency: 8,
});
worker.on("started", (job) => console.log(`started ${job.text()}`));
worker.on("done", (job) => console.log(`done ${job.text()}`));
