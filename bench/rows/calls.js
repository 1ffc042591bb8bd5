// The cost of single calls of each client, on one real node.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Disque } from "../../dist/index.js";
import { ALL, addAll, forEachClient } from "../clients.js";
import { costOf, quantile } from "../measure.js";

/** @typedef {import("../row.js").Row} Row */
/** @typedef {import("../row.js").Setting} Setting */
/** @typedef {import("../clients.js").Client} Client */

const BODY = "0123456789".repeat(10);
const MEBIBYTE = 2 ** 20;
const COST = /** @type {const} */ ({ cpu: { unit: "µs a job" }, rate: { unit: "jobs/s", better: "more" } });

function adding(inFlight, count, bars = []) {
  return {
    id: `addjob/${inFlight}`,
    work: `\`addJob\` of 100 bytes, ${inFlight.toLocaleString("en")} in flight`,
    figures: COST,
    nodes: 1,
    // V8 keeps compiling during the first 300,000 calls or so, on threads whose processor time is counted too.
    warmUp: 8,
    contenders: forEachClient((client, { scale }) => {
      const total = count * scale;
      return () => costOf(total, () => addAll(client, BODY, total, inFlight));
    }, ALL),
    bars,
  };
}

function draining(size, count, bars = []) {
  return {
    id: `getjob/${size}`,
    work: `\`getJob\` of ${size} and \`ackJob\` of ${size}, one after the other, bodies of 100 bytes`,
    figures: COST,
    nodes: 1,
    warmUp: 8,
    contenders: forEachClient((client, { scale }) => async () => {
      await addAll(client, BODY, count * scale, 1_024);
      return costOf(count * scale, async () => {
        for (let drained = 0; drained < count * scale; ) {
          const jobs = await client.get(size);
          assert.equal(client.body(jobs[0]).length, BODY.length);
          await client.ack(jobs);
          drained += jobs.length;
        }
      });
    }),
    bars,
  };
}

/** @type {Row} */
const latency = {
  id: "addjob/latency",
  work: "`addJob` of 100 bytes, 100 a second, one after the other: time to its result",
  figures: { p50: { unit: "ms" }, p99: { unit: "ms" } },
  nodes: 1,
  warmUp: 1,
  contenders: forEachClient((client, { scale }) => async () => {
    const times = [];
    for (let call = 0; call < 500 * scale; call++) {
      await delay(10);
      const start = performance.now();
      await new Promise((resolve, reject) => client.add(BODY, () => resolve(undefined), reject));
      times.push(performance.now() - start);
    }
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  }),
  bars: [
    { figure: "p50", of: "ioredis", most: 1.1 },
    { figure: "p99", of: "ioredis", most: 1.1 },
  ],
};

/** @param size in MiB */
function largeBody(size, count) {
  return {
    id: `body/${size}m`,
    work: `\`getJob\` of ${size} MiB, one after the other`,
    figures: { cpu: { unit: "µs a job" }, peak: { unit: "× the body" } },
    nodes: 1,
    fill: { count, length: size * MEBIBYTE },
    // Memory that an earlier round has freed would hide how much memory this round needs.
    fresh: true,
    contenders: {
      ...forEachClient(
        (client) => () => fetching(() => client.get(1), size * MEBIBYTE, count, client.body),
        // For each chunk that arrives, thunk-disque copies the whole body, so 64 MiB would take most of a minute.
        size === 1 ? undefined : ["disque", "ioredis", "node-redis"],
      ),
      "disque, with counters": async ({ ports }) => {
        const disque = new Disque(`127.0.0.1:${ports[0]}`);
        await disque.connect();
        const options = /** @type {const} */ ({ count: 1, nohang: true, withCounters: true });
        return () =>
          fetching(
            () => disque.getJob("mail", options),
            size * MEBIBYTE,
            count,
            (job) => job.body,
          );
      },
    },
    bars: ["disque", "disque, with counters"].flatMap((ours) => [
      { figure: "cpu", of: "ioredis", ours, most: 0.7 },
      { figure: "peak", ours, most: 2 },
    ]),
  };
}

async function fetching(get, length, count, body) {
  const resident = () => Number(/^VmRSS:\s*(\d+)/m.exec(status())?.[1]) * 1024;
  const highest = () => Number(/^VmHWM:\s*(\d+)/m.exec(status())?.[1]) * 1024;
  const status = () => readFileSync("/proc/self/status", "utf8");
  const cpu = process.cpuUsage();
  const before = resident();
  let peak = 0;
  for (let got = 0; got < count; got++) {
    // The peak is measured for the first job only: later bodies may arrive before the first body is garbage-collected.
    if (got === 0) writeFileSync("/proc/self/clear_refs", "5");
    const [job] = await get();
    if (got === 0) peak = (highest() - before) / length;
    assert.equal(body(job).length, length);
  }
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / count, peak };
}

/** @type {Row} */
const burst = {
  id: "burst",
  work: "100,000 calls of `addJob` in one turn: time to make them, longest event-loop stall after that, time until all are answered",
  figures: { made: { unit: "ms" }, stall: { unit: "ms" }, answered: { unit: "ms" } },
  nodes: 1,
  warmUp: 1,
  contenders: forEachClient(
    (client, { scale }) =>
      async () => {
        let last = performance.now();
        let longest = 0;
        let running = true;
        const start = last;
        const answered = addAll(client, BODY, 100_000 * scale, 100_000 * scale);
        const made = performance.now() - start;
        last = performance.now();
        const tick = () => {
          const now = performance.now();
          longest = Math.max(longest, now - last);
          last = now;
          if (running) setImmediate(tick);
        };
        setImmediate(tick);
        await answered;
        running = false;
        return { made, stall: longest, answered: performance.now() - start };
      },
    ["disque", "ioredis", "node-redis"],
  ),
};

/** @type {Row[]} */
export const callRows = [
  adding(1, 4_000),
  adding(64, 20_000),
  adding(1_024, 40_000, [
    { figure: "cpu", of: "thunk-disque", most: 0.42 },
    { figure: "cpu", of: "ioredis", most: 0.2 },
  ]),
  draining(1, 4_000),
  draining(100, 40_000, [
    { figure: "cpu", most: 0.8 },
    { figure: "cpu", of: "the best peer", most: 0.8 },
  ]),
  latency,
  largeBody(1, 32),
  largeBody(16, 4),
  largeBody(64, 2),
  burst,
];
