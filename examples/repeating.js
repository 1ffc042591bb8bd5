// A delayed job that repeats: `node examples/repeating.js`.
//
// Disque has no schedules. Instead, the handler adds the next job, with a delay, before its own job is acknowledged. If the
// handler fails after that, its job is delivered again, and the next job may be added twice. So each job contains the hour that
// it is for.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const HOUR = 3600;
const REPORTS = 4;

const server = await TestServer.start();
const disque = new Disque(server.address);
/** The hours that have a report. A real program would check where it stores its reports. */
const reported = new Set();

/** @param {number} hour */
const schedule = (hour) =>
  disque.addJob("report", JSON.stringify({ hour }), { delay: HOUR, retry: 300, ttl: 48 * HOUR });

const worker = disque.work("report", async (job) => {
  /** @type {{ hour: number }} */
  const { hour } = job.json();
  if (reported.has(hour)) return;
  if (hour < REPORTS) await schedule(hour + 1);
  console.log(`report of hour ${hour}`);
  reported.add(hour);
});

await schedule(1);
console.log(`in the first hour there are ${await disque.qlen("report")} reports to make`);

// Advance the server's clock instead of waiting for hours.
while (reported.size < REPORTS) {
  server.advance(HOUR * 1000);
  await new Promise((resolve) => worker.once("done", resolve));
}

await worker.stop();
await disque.close();
await server.stop();
