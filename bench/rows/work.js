// Workers, compared with those of job queues on Redis, and the time from adding a job to the start of its handler.

import { setTimeout as delay } from "node:timers/promises";
import BeeQueue from "bee-queue";
import { Queue, Worker } from "bullmq";
import { Disque } from "../../dist/index.js";
import { costOf, quantile } from "../measure.js";
import { withResolver } from "../servers.js";

/** @typedef {import("../row.js").Row} Row */
/** @typedef {import("../row.js").Setting} Setting */

const BODY = "0123456789".repeat(10);

/**
 * A job queue, with only the methods that these rows need.
 *
 * @typedef {object} JobQueue
 * @property {(jobs: { body: string }[]) => Promise<unknown>} add
 * @property {(concurrency: number, handler: (body: () => string) => Promise<void> | void) => Promise<Work>} work
 * @property {() => Promise<number>} [commands] how many commands the server has received so far
 */

/** @typedef {{ start: () => unknown, stop: () => Promise<unknown> }} Work */

/** @type {Record<string, (setting: Setting) => Promise<JobQueue>>} */
const queues = {
  disque: async ({ ports: [port = 0] }) => {
    const disque = new Disque(`127.0.0.1:${port}`);
    await disque.connect();
    return {
      add: (jobs) => Promise.all(jobs.map(({ body }) => disque.addJob("work", body))),
      async work(concurrency, handler) {
        /** @type {import("../../dist/index.js").Worker | undefined} */
        let worker;
        return {
          start: () => {
            worker = disque.work("work", (job) => handler(() => job.text()), { concurrency });
          },
          stop: async () => worker?.stop(),
        };
      },
      async commands() {
        const stats = String(await disque.call("INFO", "commandstats"));
        return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
      },
    };
  },
  BullMQ: async ({ redis }) => {
    const connection = { host: "127.0.0.1", port: redis, maxRetriesPerRequest: null };
    const queue = new Queue("work", { connection });
    const opts = { removeOnComplete: true, removeOnFail: true };
    return {
      add: (jobs) => queue.addBulk(jobs.map((data) => ({ name: "mail", data, opts }))),
      async work(concurrency, handler) {
        const worker = new Worker("work", async (job) => handler(() => job.data.body), {
          connection,
          concurrency,
          autorun: false,
        });
        await worker.waitUntilReady();
        return { start: () => void worker.run(), stop: () => worker.close() };
      },
    };
  },
  "bee-queue": async ({ redis }) => {
    const settings = {
      redis: { host: "127.0.0.1", port: redis },
      removeOnSuccess: true,
      removeOnFailure: true,
      getEvents: false,
      sendEvents: false,
      storeJobs: false,
    };
    const producer = new BeeQueue("work", { ...settings, isWorker: false });
    return {
      add: (jobs) => producer.saveAll(jobs.map((data) => producer.createJob(data))),
      async work(concurrency, handler) {
        const queue = await new BeeQueue("work", settings).ready();
        return {
          start: () => queue.process(concurrency, async (job) => handler(() => job.data.body)),
          stop: () => queue.close(),
        };
      },
    };
  },
};

function each(start) {
  return Object.fromEntries(
    Object.entries(queues).map(([name, connect]) => [
      name,
      async (setting) => start(await connect(setting), setting),
    ]),
  );
}

/** @param duration how long a handler takes, in milliseconds; with 0 it does nothing */
function working(concurrency, count, duration, bars = []) {
  return {
    id: `work/${concurrency}${duration > 0 ? `-${duration}ms` : ""}`,
    work: `a backlog through a worker with concurrency ${concurrency}, ${duration > 0 ? `handlers of ${duration} ms` : "handlers that do nothing"}`,
    figures: {
      rate: { unit: "jobs/s", better: "more" },
      cpu: { unit: "µs a job" },
      commands: { unit: "commands a job" },
    },
    nodes: 1,
    redis: true,
    contenders: each((queue, { scale }) => async () => {
      const total = Math.round(count * scale);
      for (let added = 0; added < total; added += 1_000) {
        await queue.add(Array.from({ length: Math.min(1_000, total - added) }, () => ({ body: BODY })));
      }
      const { promise, resolve } = withResolver();
      let done = 0;
      const { start, stop } = await queue.work(concurrency, async () => {
        if (duration > 0) await delay(duration);
        if (++done === total) resolve();
      });
      const before = await queue.commands?.();
      const cost = await costOf(total, async () => {
        start();
        await promise;
      });
      await stop();
      const after = await queue.commands?.();
      if (before === undefined || after === undefined) return cost;
      return { ...cost, commands: (after - before) / total };
    }),
    bars,
  };
}

function latency(id, work, { concurrency, interval, count }, rest) {
  return {
    id,
    work,
    figures: { p50: { unit: "ms" }, p99: { unit: "ms" }, worst: { unit: "ms" } },
    nodes: 1,
    warmUp: 1,
    contenders: each(
      (queue, { scale }) =>
        () =>
          delays(queue, queue, concurrency, interval, count * scale),
    ),
    ...rest,
  };
}

/** Measures the time from adding a job to the start of its handler, for an idle worker. */
async function delays(producer, consumer, concurrency, interval, count) {
  /** @type {number[]} */
  const times = [];
  const { promise, resolve } = withResolver();
  const { start, stop } = await consumer.work(concurrency, (body) => {
    times.push(performance.now() - Number(body()));
    if (times.length >= count) resolve();
  });
  start();
  await delay(500);
  for (let added = 0; added < count; added++) {
    await producer.add([{ body: `${performance.now()}` }]);
    await delay(interval);
  }
  await promise;
  await stop();
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), worst: quantile(times, 1) };
}

/** Measures the same time across nodes: the producer adds jobs on the second node in the consumer's list, not on the first. */
function acrossNodes(concurrency, interval, count, bars = []) {
  return latency(
    `latency/cluster-${concurrency}${interval > 5_000 ? "-slowest" : interval > 1_000 ? "-slow" : ""}`,
    `from \`addJob\` on one of three nodes to the handler of an idle worker on another, concurrency ${concurrency}, a job every ${interval / 1_000} s`,
    { concurrency, interval, count },
    {
      nodes: 3,
      rounds: 3,
      warmUp: 0,
      contenders: {
        disque: async ({ ports: [first, second, third], scale }) => {
          const producer = await queues.disque?.(/** @type {Setting} */ ({ ports: [second ?? 0] }));
          const disque = new Disque([first, second, third].map((port) => `127.0.0.1:${port}`));
          await disque.connect();
          /** @type {JobQueue} */
          const consumer = {
            add: async () => {},
            async work(slots, handler) {
              const worker = disque.work("work", (job) => handler(() => job.text()), { concurrency: slots });
              return { start: () => {}, stop: () => worker.stop() };
            },
          };
          if (producer === undefined) throw new Error("there is no producer");
          return () => delays(producer, consumer, concurrency, interval, Math.ceil(count * scale));
        },
      },
      bars,
    },
  );
}

const fast = { p50: 3, worst: 30 };
const sharing = { p50: 200, worst: 700 };
const limits = ({ p50, worst }) => [
  { figure: "p50", most: p50 },
  { figure: "worst", most: worst },
];

/** @type {Row[]} */
export const workRows = [
  working(1, 6_000, 0, [
    { figure: "rate", of: "the best peer", least: 1.4 },
    { figure: "cpu", of: "the best peer", most: 0.75 },
    { figure: "commands", most: 2.1 },
  ]),
  working(10, 20_000, 0, [
    { figure: "rate", of: "the best peer", least: 2.5 },
    { figure: "cpu", of: "the best peer", most: 0.35 },
    { figure: "commands", most: 1.2 },
  ]),
  working(100, 40_000, 0, [
    { figure: "rate", of: "the best peer", least: 4 },
    { figure: "cpu", most: 6.5 },
    { figure: "cpu", of: "the best peer", most: 0.22 },
    { figure: "commands", most: 0.1 },
  ]),
  working(1, 1_000, 1),
  working(10, 5_000, 1),
  working(100, 20_000, 1),
  working(1_000, 40_000, 1),
  latency(
    "latency/one-node",
    "from adding a job to the handler of an idle worker, one server, concurrency 10, 100 jobs a second",
    { concurrency: 10, interval: 10, count: 500 },
    { redis: true },
  ),
  acrossNodes(10, 200, 50, limits(fast)),
  acrossNodes(1, 200, 50, limits(sharing)),
  acrossNodes(10, 2_500, 8, limits(fast)),
  acrossNodes(1, 2_500, 8, limits(sharing)),
  acrossNodes(10, 10_000, 4, limits(fast)),
  acrossNodes(1, 10_000, 4, limits(sharing)),
];
