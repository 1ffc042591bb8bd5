import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";

/** A cluster of two, a consumer on its first node, and a producer on its second. */
async function stage(
  affinity: boolean,
): Promise<AsyncDisposable & { cluster: TestCluster; consumer: Disque; producer: Disque }> {
  const cluster = await TestCluster.start(2);
  const consumer = new Disque(cluster.addresses, { affinity });
  const producer = new Disque(cluster.node(1).address, { discover: false });
  await consumer.connect();
  return {
    cluster,
    consumer,
    producer,
    async [Symbol.asyncDispose]() {
      await Promise.all([consumer.close(), producer.close()]);
      await cluster.stop();
    },
  };
}

describe("jobs that are born on another node than the consumer waits on", () => {
  /** Consumes that many jobs, of which always fifty are on their way. */
  async function consume(
    { cluster, consumer, producer }: Awaited<ReturnType<typeof stage>>,
    count: number,
    enough: () => boolean,
  ): Promise<number> {
    let consumed = 0;
    let produced = 0;
    while (consumed < count && !enough()) {
      for (; produced < consumed + 50; produced++)
        await producer.addJob("q", String(produced), { replicate: 1 });
      const waiting = consumer.getJob("q", { count: 50 });
      let done = false;
      void waiting.finally(() => {
        done = true;
      });
      // Nodes ask each other for jobs again and again; what passes here is the time between that.
      await until(() => {
        cluster.advance(100);
        return done;
      });
      const jobs = await waiting;
      consumed += jobs.length;
      await consumer.ackJob(jobs);
    }
    return consumed;
  }

  it("draw its waiting there within 1,000 jobs", async () => {
    await using the = await stage(true);
    const [first, second] = [the.cluster.node(0), the.cluster.node(1)];
    const consumed = await consume(the, 1_000, () => second.received("getjob") > 0);
    assert.ok(consumed < 1_000, String(consumed));
    const before = first.received("getjob");
    await consume(the, 500, () => false);
    assert.equal(first.received("getjob"), before);

    const waiting = the.consumer.getJob("other");
    await until(async () => (await the.producer.qstat("other"))?.blocked === 1);
    await the.producer.addJob("other", "body", { replicate: 1 });
    assert.equal((await waiting).length, 1);
    // All else stays where it was.
    await the.consumer.ping();
    assert.deepEqual([first.received("ping"), second.received("ping")], [1, 0]);
  });

  it("leave it where it is with `affinity: false`", async () => {
    await using the = await stage(false);
    await consume(the, 500, () => false);
    assert.equal(the.cluster.node(1).received("getjob"), 0);
  });

  it("have it back when that node is gone", async () => {
    await using the = await stage(true);
    const [first, second] = [the.cluster.node(0), the.cluster.node(1)];
    await consume(the, 1_000, () => second.received("getjob") > 0);
    const waiting = the.consumer.getJob("other");
    await until(async () => (await the.producer.qstat("other"))?.blocked === 1);
    await second.faults.kill();
    await until(async () => (await the.consumer.qstat("other"))?.blocked === 1);
    await the.consumer.addJob("other", "body", { replicate: 1 });
    assert.equal((await waiting).length, 1);
    const before = first.received("getjob");
    await the.consumer.getJob("q", { nohang: true });
    assert.equal(first.received("getjob"), before + 1);
  });
});

it("two nodes that produce evenly leave the consumer where it is", async () => {
  await using the = await stage(true);
  const { cluster, consumer, producer } = the;
  await using other = new Disque(cluster.node(0).address, { discover: false });
  let consumed = 0;
  for (let turn = 0; turn < 50; turn++) {
    for (let n = 0; n < 20; n++) {
      await producer.addJob("q", "body", { replicate: 1 });
      await other.addJob("q", "body", { replicate: 1 });
    }
    cluster.advance(100);
    const jobs = await consumer.getJob("q", { nohang: true, count: 1_000 });
    consumed += jobs.length;
    await consumer.ackJob(jobs);
  }
  assert.ok(consumed >= 1_000);
  assert.equal(cluster.node(1).received("getjob"), 0);
});
