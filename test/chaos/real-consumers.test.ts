// Consumers on three real nodes whose jobs are added on another node than the one that they list.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { now } from "../../src/resp/timers.ts";
import { until } from "../client/scripted.ts";
import { isLong } from "../support/long.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";

const JOBS = 10_000;
/** Milliseconds. Only checked in the long version. */
const LONGEST_GAP = 200;

describe("a worker whose jobs are added on another node", { skip: skipWithoutServer }, () => {
  it("handles each of 10,000 jobs without a pause, and gives none back", async (t) => {
    await using cluster = await RealCluster.start(3);
    await using consumer = new Disque(cluster.addresses[0]);
    await using producer = new Disque(cluster.addresses[1]);
    const handled: number[] = [];
    let lastAt = now();
    let longest = 0;
    await using worker = consumer.work(
      "q",
      async (job) => {
        longest = Math.max(longest, now() - lastAt);
        lastAt = now();
        handled.push(Number(job.text()));
      },
      { concurrency: 50 },
    );
    // The first job shows that the worker is connected to all nodes.
    await producer.addJob("q", "-1");
    await until(() => handled.length === 1);
    handled.length = longest = 0;
    lastAt = now();
    await Promise.all(Array.from({ length: JOBS }, (_, at) => producer.addJob("q", String(at))));
    await until(() => handled.length >= JOBS);
    await worker.stop();
    assert.deepEqual(
      handled.sort((a, b) => a - b),
      Array.from({ length: JOBS }, (_, at) => at),
    );
    assert.equal(await enqueues(producer), 0);
    t.diagnostic(`longest time without a job: ${longest.toFixed(0)} ms`);
    if (isLong) assert.ok(longest < LONGEST_GAP, `${longest} ms without a job`);
  });
});

/** How often ENQUEUE was called on any node. */
async function enqueues(disque: Disque): Promise<number> {
  let calls = 0;
  for (const { id } of disque.nodes) {
    const { commandstats } = await disque.info("commandstats", { node: id });
    calls += Number(/calls=(\d+)/.exec(commandstats?.cmdstat_enqueue ?? "calls=0")?.[1]);
  }
  return calls;
}
