// A job that is delayed, and then repeats: `node examples/repeating.js`.
//
// Disque has no timetable, and needs none: the handler adds the next job, delayed, before its own is acknowledged. Should
// it fail in between, its job comes again; the next one may be there twice then, so each bears the time it is for.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const HOUR = 3600;
const REPORTS = 4;

const server = await TestServer.start();
const disque = new Disque(server.address);
/** The times that were reported on. A real program would keep them where its reports are. */
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

// The server's clock is moved, so that this takes no hours.
while (reported.size < REPORTS) {
  server.advance(HOUR * 1000);
  await new Promise((resolve) => worker.once("done", resolve));
}

await worker.stop();
await disque.close();
await server.stop();
