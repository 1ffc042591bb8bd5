// Consumers fetch from every good node.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, type Worker } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { describeOnClusters } from "../chaos/clusters.ts";
import { until } from "../client/scripted.ts";
import { addJobs, numbers, sorted, turns } from "./consuming.ts";

/** A client of one node only. */
function only(address: string | undefined): Disque {
  return new Disque(address ?? "", { discover: false });
}

/** Collects the texts of the jobs that a worker handles, and the ids of the nodes they came from. */
function record(worker: Worker): { readonly texts: string[]; readonly nodes: Set<string> } {
  const texts: string[] = [];
  const nodes = new Set<string>();
  worker.on("done", (job) => {
    texts.push(job.text());
    nodes.add(job.node);
  });
  return { texts, nodes };
}

describe("a worker on three nodes", { concurrency: true }, () => {
  describeOnClusters((start) => {
    for (const concurrency of [1, 2, 10]) {
      it(`handles jobs added to any of them, with concurrency ${concurrency}`, async () => {
        await using cluster = await start(3);
        await using disque = new Disque(cluster.addresses);
        await using worker = disque.work("q", () => {}, { concurrency });
        const { texts } = record(worker);
        for (const [index, address] of cluster.addresses.entries()) {
          await using producer = only(address);
          for (let number = 0; number < 3; number++) {
            await producer.addJob("q", String(3 * index + number), { retry: 3600, replicate: 1 });
            await until(() => texts.length === 3 * index + number + 1);
          }
        }
        assert.deepEqual(sorted(texts), numbers(9));
      });
    }

    it("fetches each node's backlog directly and returns no jobs", async () => {
      await using cluster = await start(3);
      for (const [index, address] of cluster.addresses.entries()) {
        await using producer = only(address);
        for (let number = 0; number < 100; number++)
          await producer.addJob("q", String(100 * index + number), { retry: 3600, replicate: 1 });
      }
      await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
      await disque.connect();
      await until(() => disque.nodes.filter(({ good }) => good).length === 3);
      let most = 0;
      const worker = disque.work("q", () => turns(1), { concurrency: 8 });
      worker.on("started", () => {
        most = Math.max(most, worker.running);
      });
      const { texts, nodes } = record(worker);
      await until(() => texts.length === 300);
      await worker.stop();
      assert.deepEqual(sorted(texts), numbers(300));
      assert.equal(nodes.size, 3);
      assert.ok(most <= 8);
    });

    it("continues with the others while one is frozen", async () => {
      await using cluster = await start(3);
      const [, healthy, frozen] = cluster.addresses;
      await using disque = new Disque(cluster.addresses, { commandTimeout: 500, connectTimeout: 500 });
      const worker = disque.work("q", () => {}, { concurrency: 2 });
      const { texts } = record(worker);
      await until(() => disque.nodes.filter(({ connected }) => connected).length === 3);
      cluster.freeze(frozen ?? "");
      await using producer = only(healthy);
      for (let number = 0; number < 20; number++) {
        await producer.addJob("q", String(number), { retry: 3600, replicate: 1 });
        await until(() => texts.length > number);
      }
      cluster.thaw(frozen ?? "");
      await worker.stop();
      assert.deepEqual(sorted(texts), numbers(20));
    });

    for (const concurrency of [1, 8]) {
      const title = "continues with the others soon, long before a reply is overdue, while one is frozen";
      it(`${title}, with concurrency ${concurrency}`, { timeout: 9_000 }, async () => {
        await using cluster = await start(3);
        const producers = cluster.addresses.map((address) => only(address));
        for (const producer of producers) await addJobs(producer, "q", 200, { replicate: 1 });
        await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
        const worker = disque.work("q", () => turns(1), { concurrency });
        let most = 0;
        worker.on("started", () => {
          most = Math.max(most, worker.running);
        });
        const { texts, nodes } = record(worker);
        await until(() => nodes.size === 3);
        const [, , frozen] = cluster.addresses;
        cluster.freeze(frozen ?? "");
        // More than the jobs that were being fetched, worked on or acknowledged.
        const enough = texts.length + 4 * concurrency;
        await until(() => texts.length > enough);
        cluster.thaw(frozen ?? "");
        await until(() => texts.length === 600);
        assert.ok(most <= concurrency);
        await worker.stop();
        for (const producer of producers) await producer.close();
      });
    }
  });

  it("starts using a node that joins and stops using one that is leaving", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    await using worker = disque.work("q", () => {}, { concurrency: 4 });
    const { texts } = record(worker);
    const joined = await cluster.add();
    await until(() => joined.received("getjob") > 0);
    await using producer = only(joined.address);
    await addJobs(producer, "q", 10, { replicate: 1 });
    await until(() => texts.length === 10);
    await producer.cluster.leaving(true);
    await until(async () => (await producer.qstat("q"))?.blocked !== 1);
    await until(() => disque.nodes.some(({ priority }) => priority === 100));
    const asked = joined.received("getjob");
    await using other = only(cluster.addresses[1]);
    for (let number = 10; number < 20; number++) {
      await other.addJob("q", String(number), { replicate: 1 });
      await until(() => texts.length > number);
    }
    assert.ok(joined.received("getjob") <= asked + 1);
  });
});

describe("a loop on three nodes", () => {
  it("yields jobs added to any of them, and returns only those it prefetched", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    const texts: string[] = [];
    for (const [index, address] of cluster.addresses.entries()) {
      await using producer = only(address);
      for (let number = 0; number < 5; number++)
        await producer.addJob("q", String(5 * index + number), { retry: 3600, replicate: 1 });
    }
    for await (const job of disque.jobs("q", { count: 3 })) {
      texts.push(job.text());
      await disque.ackJob(job);
      if (texts.length === 15) break;
    }
    assert.deepEqual(sorted(texts), numbers(15));
    assert.equal(
      cluster.nodes.reduce((sum, node) => sum + node.received("enqueue"), 0),
      0,
    );
  });
});
