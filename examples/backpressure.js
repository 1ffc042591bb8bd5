// A producer that slows down when its workers cannot keep up: `node examples/backpressure.js`.
//
// With `maxlen`, the server refuses a job when that many jobs are queued. The producer then waits, longer after each refusal.

import { setTimeout as sleep } from "node:timers/promises";
import { Disque, ReplyError } from "disque";
import { TestServer } from "disque/testing";

const JOBS = 30;
const MAX_QUEUED = 5;

const server = await TestServer.start();
const disque = new Disque(server.address);

let done = 0;
let refused = 0;
let longest = 0;

/**
 * Adds a job as soon as the queue has room for it.
 *
 * @param {string} body
 */
async function addWhenThereIsRoom(body) {
  for (let pause = 5; ; pause = Math.min(2 * pause, 100)) {
    try {
      return await disque.addJob("images", body, { maxlen: MAX_QUEUED, retry: 60 });
    } catch (error) {
      if (!(error instanceof ReplyError && error.code === "MAXLEN")) throw error;
      refused++;
      await sleep(pause);
    }
  }
}

const worker = disque.work("images", () => sleep(100), { concurrency: 2 });
const finished = new Promise((resolve) => {
  worker.on("done", () => ++done === JOBS && resolve(done));
});

for (let number = 0; number < JOBS; number++) {
  await addWhenThereIsRoom(`image ${number}`);
  longest = Math.max(longest, await disque.qlen("images"));
}
await finished;

console.log(`${done} jobs done, and never more than ${longest} queued`);
console.log(refused > 0 ? "the producer had to wait for its workers" : "the producer never had to wait");

await worker.stop();
await disque.close();
await server.stop();
