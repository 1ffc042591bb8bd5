// A worker that sends a limited number of requests per second: `node examples/rate-limit.js`.
//
// Each handler waits for its turn before it sends a request. A waiting handler counts towards `concurrency`, so that the worker
// fetches no more jobs than it can process soon, and heartbeats keep the handler's job from being delivered elsewhere.

import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

const JOBS = 10;
/** Milliseconds between two requests, for 50 requests per second. */
const INTERVAL = 20;

const server = await TestServer.start();
const disque = new Disque(server.address);

let next = 0;

/** Resolves when the next request may be sent. With several processes, keep the time in a shared store. */
async function turn() {
  const now = performance.now();
  next = Math.max(now, next + INTERVAL);
  await sleep(next - now);
}

/** @type {number[]} */
const times = [];
const worker = disque.work(
  "requests",
  async () => {
    await turn();
    times.push(performance.now());
  },
  { concurrency: 5 },
);
const finished = new Promise((resolve) => {
  worker.on("done", () => times.length === JOBS && resolve(times));
});

const start = performance.now();
for (let number = 0; number < JOBS; number++) await disque.addJob("requests", `request ${number}`);
await finished;

const rate = Math.round(((JOBS - 1) * 1000) / ((times.at(-1) ?? start) - start));
console.log(`${times.length} requests, ${rate <= 50 ? "at most 50 a second" : `${rate} a second`}`);

await worker.stop();
await disque.close();
await server.stop();
