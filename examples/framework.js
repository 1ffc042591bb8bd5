// A tiny job framework on top of `disque.work`: `node examples/framework.js`.
//
// Handlers are registered for queues, and middleware wraps each of them.

import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

/** @typedef {import("disque").CountedJob} Job */
/** @typedef {(job: Job, next: () => Promise<unknown>) => unknown} Middleware */

class Framework {
  #disque;
  /** @type {Middleware[]} */
  #middleware = [];
  /** @type {import("disque").Worker[]} */
  #workers = [];

  /** @param {Disque} disque */
  constructor(disque) {
    this.#disque = disque;
  }

  /** @param {Middleware} middleware */
  use(middleware) {
    this.#middleware.push(middleware);
    return this;
  }

  /**
   * @param {string} queue
   * @param {(job: Job) => unknown} handler
   * @param {import("disque").WorkOptions} [options]
   */
  on(queue, handler, options) {
    /** @type {(job: Job, at?: number) => Promise<unknown>} */
    const run = async (job, at = 0) => {
      const middleware = this.#middleware[at];
      return middleware === undefined ? handler(job) : middleware(job, () => run(job, at + 1));
    };
    this.#workers.push(this.#disque.work(queue, (job) => run(job), options));
    return this;
  }

  async stop() {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

const server = await TestServer.start();
const disque = new Disque(server.address);
let handled = 0;

const app = new Framework(disque)
  .use(async (job, next) => {
    console.log(`${job.queue}: ${await next()}`);
    handled++;
  })
  .use((job, next) => (job.nacks > 2 ? `given up on ${job.text()}` : next()))
  .on("greetings", (job) => `hello ${job.text()}`, { concurrency: 10 })
  .on("sums", (job) => sum(job.json()));

await disque.addJob("greetings", "world");
await disque.addJob("sums", "[1, 2, 3]");
await disque.addJob("sums", "nonsense");

while (handled < 3) await sleep(10);
await app.stop();
await disque.close();
await server.stop();

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
