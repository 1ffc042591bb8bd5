// One address in front of several nodes: each connection may lead to another node than the one before.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { LoadBalancer } from "../support/load-balancer.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";

const NODES = 3;
/** Jobs that are added on each node. */
const JOBS = 10;

for (const [name, skip, start] of [
  ["nodes of disque/testing", false, () => TestCluster.start(NODES)],
  ["real nodes", skipWithoutServer, () => RealCluster.start(NODES)],
] as const)
  describe(`behind a load balancer in front of ${name}`, { skip }, () => {
    it("every call about a job reaches the node that handed it out", async () => {
      await using cluster = await start();
      await using balancer = await LoadBalancer.start(cluster.addresses);
      await using disque = new Disque(balancer.address, { discover: false });
      const nodes = new Set<string>();
      const handled: string[] = [];
      const failures: unknown[] = [];
      const worker = disque.work(
        "q",
        async (job) => {
          nodes.add(job.node);
          assert.ok((await disque.working(job)) > 0);
          assert.equal((await disque.show(job))?.state, "active");
          if (job.nacks === 0) throw new Error("again");
          handled.push(job.id);
        },
        { concurrency: 5, backoff: false },
      );
      worker.on("failed", (_job, error) => error instanceof assert.AssertionError && failures.push(error));
      worker.on("unsettled", (_job, error) => failures.push(error));
      // The worker's connections tell the client one by one which nodes there are.
      await until(() => disque.nodes.length === NODES);
      const added: string[] = [];
      for (const address of cluster.addresses) {
        await using producer = new Disque(address, { discover: false });
        for (let n = 0; n < JOBS; n++)
          added.push(await producer.addJob("q", "body", { replicate: 1, retry: 3_600 }));
      }
      await until(() => failures.length > 0 || handled.length >= added.length);
      await worker.stop();
      assert.deepEqual(failures, []);
      assert.equal(await disque.qlen("q"), 0);
      assert.deepEqual(handled.sort(), added.sort());
      assert.ok(nodes.size > 1, "all jobs came from one node");
    });
  });
