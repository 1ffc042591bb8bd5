import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { describeOnClusters } from "../chaos/clusters.ts";
import { until } from "../client/scripted.ts";
import { addJobs, numbers, sorted } from "./consuming.ts";

type Consume = (
  disque: Disque,
  queue: string,
  signal: AbortSignal,
  had: (text: string) => void,
) => Promise<void>;

/** Both ways to consume: they must survive the same events. */
const WAYS: Readonly<Record<string, Consume>> = {
  async "a loop"(disque, queue, signal, had) {
    for await (const job of disque.jobs(queue, { count: 3, signal })) {
      had(job.text());
      await disque.ackJob(job);
    }
  },
  async "a worker"(disque, queue, signal, had) {
    const worker = disque.work(queue, (job) => had(job.text()), { concurrency: 3 });
    const stopped = new Promise<unknown>((resolve) => worker.once("stopped", resolve));
    signal.addEventListener("abort", () => worker.stop());
    assert.equal(await stopped, undefined);
    await worker.stop();
  },
};

for (const [name, consume] of Object.entries(WAYS)) {
  // Concurrent, because some of these tests take long.
  describe(`${name} continues`, { concurrency: true }, () => {
    describeOnClusters((start) => {
      it("when the node that it fetches from is killed", async () => {
        await using cluster = await start(3);
        await using disque = new Disque(cluster.addresses);
        await using producer = new Disque(cluster.addresses);
        const end = new AbortController();
        const texts = new Set<string>();
        const consumed = consume(disque, "q", end.signal, (text) => texts.add(text));
        await until(() => disque.connectedNode !== undefined);
        const victim = disque.connectedNode?.address ?? "";
        const adding = addJobs(producer, "q", 60, { retry: 1, replicate: 2 });
        await until(() => texts.size > 10);
        await adding;
        await cluster.kill(victim);
        cluster.passRetryTime();
        // Add all again: jobs on other nodes only arrive once those nodes have some to spare, seconds later.
        await addJobs(producer, "q", 80, { retry: 1, replicate: 1 });
        await until(() => texts.size === 80);
        assert.notEqual(disque.connectedNode?.address, victim);
        end.abort();
        await consumed;
        assert.deepEqual(sorted(texts), numbers(80));
      });
    });

    it("when the node that it waits at leaves the cluster", async () => {
      await using cluster = await TestCluster.start(3);
      await using disque = new Disque(cluster.addresses);
      const end = new AbortController();
      const texts: string[] = [];
      const consumed = consume(disque, "q", end.signal, (text) => texts.push(text));
      await using leaving = new Disque(cluster.node(0).address, { discover: false });
      await until(async () => (await leaving.qstat("q"))?.blocked === 1);
      await leaving.cluster.leaving(true);
      await until(async () => (await leaving.qstat("q"))?.blocked === 0);
      await using other = new Disque(cluster.node(1).address, { discover: false });
      await addJobs(other, "q", 5, { replicate: 1 });
      await until(() => texts.length === 5);
      end.abort();
      await consumed;
    });

    it("when its queue is paused and resumed", async () => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      const end = new AbortController();
      const texts: string[] = [];
      await disque.pause("q", "out");
      const consumed = consume(disque, "q", end.signal, (text) => texts.push(text));
      await until(async () => (await disque.qstat("q"))?.blocked === 1);
      await addJobs(disque, "q", 5);
      assert.deepEqual(texts, []);
      await disque.pause("q", "none");
      await until(() => texts.length === 5);
      end.abort();
      await consumed;
    });

    it("when the only node restarts, even after the client's failoverTimeout", async () => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address, { failoverTimeout: 0 });
      const end = new AbortController();
      const texts: string[] = [];
      const consumed = consume(disque, "q", end.signal, (text) => texts.push(text));
      await until(async () => (await disque.qstat("q"))?.blocked === 1);
      await server.faults.kill();
      await assert.rejects(disque.getJob("q"));
      await server.faults.restart();
      await using producer = new Disque(server.address);
      await addJobs(producer, "q", 3);
      await until(() => texts.length === 3);
      end.abort();
      await consumed;
    });

    it("when GETJOB is refused for a while", async () => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address, { failoverTimeout: 0 });
      server.faults.answer("getjob", "MISCONF errors writing to the AOF file", 1);
      await addJobs(disque, "q", 3);
      const end = new AbortController();
      const texts: string[] = [];
      const consumed = consume(disque, "q", end.signal, (text) => texts.push(text));
      await until(() => texts.length === 3);
      end.abort();
      await consumed;
    });
  });
}
