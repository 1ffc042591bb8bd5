// Adds jobs with RETRY 0 to real servers without a pause while calls, loops, workers and clients are stopped every 20 to 80 ms.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { checkAtMostOnce } from "../soak/at-most-once.ts";
import { nameIn } from "../soak/bodies.ts";
import {
  type ConsumerOptions,
  carefully,
  closeClients,
  fetchJobs,
  loopOverJobs,
  orphaned,
  workOnJobs,
} from "../soak/consumer.ts";
import type { Entry, Recorder } from "../soak/history.ts";
import { atMostOnce, ONCE_QUEUE, produce } from "../soak/producer.ts";
import { isLong } from "../support/long.ts";
import { seededRandom } from "../support/random.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";

const SECONDS = isLong ? 12 : 3;
/** Milliseconds. Only checked in the long version. */
const LONGEST_STOP = 2_000;
const CLIENTS = 2;
/** Milliseconds for which the queues must be empty at the end. */
const EMPTY = 1_500;

/** High, so that a busy machine does not make the nodes drop their links, and jobs with them. */
const NODE_TIMEOUT = ["--cluster-node-timeout", "15000"];

describe("stops while jobs with RETRY 0 are added without a pause", { skip: skipWithoutServer }, () => {
  it("lose no job and deliver none twice: one server", async (t) => {
    await using server = await RealServer.start();
    t.diagnostic(await streamAndStop([server.address]));
  });

  it("lose no job and deliver none twice: three nodes", async (t) => {
    await using cluster = await RealCluster.start(3, NODE_TIMEOUT);
    t.diagnostic(await streamAndStop(cluster.addresses));
  });
});

/** Returns the figures. */
async function streamAndStop(addresses: readonly string[]): Promise<string> {
  const history: Entry[] = [];
  const record: Recorder = (event) => history.push({ at: 0, ...event });
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), SECONDS * 1_000);
  const connect = (): Disque => new Disque(addresses, { shuffle: true, commandTimeout: 20_000 });
  {
    await using producer = connect();
    const clients: Disque[] = [];
    const running: Promise<void>[] = [
      produce(
        {
          disque: producer,
          name: "producer",
          queue: ONCE_QUEUE,
          jobOptions: atMostOnce,
          parallel: 2,
          pause: 0,
          record,
          random: seededRandom(1),
        },
        end.signal,
      ),
    ];
    for (let client = 0; client < CLIENTS; client++) {
      const disque = connect();
      clients.push(disque);
      const common = { queue: ONCE_QUEUE, record, settling: carefully };
      disque.on("orphan", (job) => orphaned({ name: `client-${client}`, record }, job));
      for (const [index, consume] of [fetchJobs, loopOverJobs, workOnJobs].entries()) {
        const name = `${consume.name}-${client}`;
        const options: ConsumerOptions = {
          ...common,
          disque,
          name,
          random: seededRandom(10 * client + index),
        };
        running.push(consume(options, end.signal));
      }
      const closing = { ...common, name: `closing-${client}`, random: seededRandom(100 + client) };
      running.push(closeClients(closing, connect, end.signal));
    }
    await Promise.all(running).finally(() => clearTimeout(timer));
    await Promise.all(clients.map((disque) => disque.close()));
  }
  await recordRest(addresses, record);
  const verdict = await checkAtMostOnce(history);
  const figures = JSON.stringify(verdict);
  assert.deepEqual([verdict.lost, verdict.twice, verdict.denied], [[], [], []], figures);
  assert.ok(verdict.received > 0 && verdict.orphans > 0 && verdict.stops > 20 * SECONDS, figures);
  if (isLong) assert.ok(verdict.longestStop <= LONGEST_STOP, figures);
  return figures;
}

/** Records the jobs left in the queues of the nodes. */
async function recordRest(addresses: readonly string[], record: Recorder): Promise<void> {
  let full = performance.now();
  while (performance.now() - full < EMPTY) {
    for (const address of addresses) {
      await using disque = new Disque(address, { discover: false });
      const jobs = await disque.getJob(ONCE_QUEUE, { nohang: true, count: 1_000 });
      for (const job of jobs) record({ event: "left", by: address, body: nameIn(job.body), id: job.id });
      if (jobs.length > 0) full = performance.now();
    }
  }
}
