// Memory: the growth of heap and buffers after garbage collection.

import { setTimeout as delay } from "node:timers/promises";
import { Disque } from "../../dist/index.js";
import { addAll, forEachClient } from "../clients.js";
import { used } from "../measure.js";
import { withResolver } from "../servers.js";

/** @typedef {import("../row.js").Row} Row */
/** @typedef {import("../row.js").Setting} Setting */

const BODY = "0123456789".repeat(10);

function row(id, work, unit, contenders, rest) {
  const figures = { memory: { unit } };
  return { id: `memory/${id}`, work, figures, nodes: 1, fresh: true, rounds: 3, contenders, ...rest };
}

async function connected({ ports: [port] }) {
  const disque = new Disque(`127.0.0.1:${port}`, { maxPending: 1_000_000 });
  await disque.connect();
  return disque;
}

/**
 * Measures the memory of jobs that a program keeps.
 *
 * @param every the program keeps one job in this many
 */
function keeping(every) {
  return forEachClient((client, { scale }) => async () => {
    const count = 100_000 * scale;
    await addAll(client, BODY, count + 1_000, 1_024);
    // Warm up: what the client allocates for its first jobs must not be attributed to individual jobs.
    for (let at = 0; at < 10; at++) await client.get(100);
    const before = await used();
    const kept = [];
    for (let got = 0; got < count; ) {
      for (const job of await client.get(100)) if (got++ % every === 0) kept.push(job);
    }
    const grown = (await used()) - before;
    return { memory: grown / kept.length };
  });
}

/** @type {Row[]} */
export const memoryRows = [
  row(
    "calls",
    "growth over a million calls of `addJob`, after the first 100,000",
    "KiB",
    forEachClient(
      (client, { scale }) =>
        async () => {
          await addAll(client, BODY, 100_000 * scale, 1_024);
          const before = await used();
          await addAll(client, BODY, 900_000 * scale, 1_024);
          return { memory: ((await used()) - before) / 1_024 };
        },
      ["disque"],
    ),
    { rounds: 1, bars: [{ figure: "memory", most: 1_024 }] },
  ),
  row("held", "100,000 jobs of 100 bytes that are kept", "bytes a job", keeping(1)),
  row(
    "kept",
    "100,000 jobs of 100 bytes, of which one of 1,000 is kept",
    "bytes for each that is kept",
    keeping(1_000),
  ),
  row(
    "waiting",
    "500 workers that wait for jobs, each of its own queue",
    "KiB a worker",
    {
      disque: async (setting) => {
        const disque = await connected(setting);
        return async () => {
          // Warm up: compiled code, and tables that grow by doubling, must not be attributed to individual workers.
          const first = Array.from({ length: 250 }, (_, at) => disque.work(`first-${at}`, () => {}));
          await delay(2_000);
          const before = await used();
          const workers = Array.from({ length: 500 }, (_, at) => disque.work(`queue-${at}`, () => {}));
          await delay(2_000);
          const memory = ((await used()) - before) / workers.length / 1_024;
          void first;
          return { memory };
        };
      },
    },
    { bars: [{ figure: "memory", most: 15 }] },
  ),
  row(
    "working",
    "10,000 jobs whose handlers run",
    "bytes a job, with its body of 100",
    {
      disque: async (setting) => {
        const disque = await connected(setting);
        return async () => {
          const count = 10_000;
          await Promise.all(Array.from({ length: count }, () => disque.addJob("work", BODY, { retry: 300 })));
          const before = await used();
          const { promise, resolve } = withResolver();
          let started = 0;
          disque.work(
            "work",
            () => {
              if (++started === count) resolve();
              return new Promise(() => {});
            },
            { concurrency: count },
          );
          await promise;
          await delay(1_000);
          return { memory: ((await used()) - before) / count };
        };
      },
    },
    { bars: [{ figure: "memory", most: 1_000 + BODY.length }] },
  ),
];
