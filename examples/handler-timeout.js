// A time limit for each handler: `node examples/handler-timeout.js`.
//
// A handler that takes too long fails, and its job is retried later. The handler's signal is aborted, so that the handler can
// stop.

import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

/** How long a handler may take, in milliseconds. */
const LIMIT = 100;

const server = await TestServer.start();
const disque = new Disque(server.address);

/**
 * Wraps a handler with a time limit.
 *
 * @param {import("disque").JobHandler} handler
 * @returns {import("disque").JobHandler}
 */
function limited(handler) {
  return async (job, context) => {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT)]);
    const late = new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    // Because of the race, a handler that ignores its signal also fails in time.
    return Promise.race([handler(job, { signal }), late]);
  };
}

const worker = disque.work(
  "pages",
  limited(async (job, { signal }) => {
    // The second attempt is fast.
    await sleep(job.text() === "slow" && job.nacks === 0 ? 60_000 : 1, undefined, { signal });
  }),
  { concurrency: 2, backoff: () => 50 },
);
worker.on("failed", (job) => console.log(`${job.text()} page: took too long`));
let done = 0;
const finished = new Promise((resolve) => {
  worker.on("done", (job) => {
    console.log(`${job.text()} page: fetched`);
    if (++done === 2) resolve(done);
  });
});

for (const page of ["fast", "slow"]) await disque.addJob("pages", page, { retry: 60 });
await finished;

await worker.stop();
await disque.close();
await server.stop();
