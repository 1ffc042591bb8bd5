import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AddJobOptions, Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";

/** Adds this many jobs at a time, and counts the connections to the first node used for them. */
async function connectionsFor(
  cluster: TestCluster,
  disque: Disque,
  jobs: number,
  options: AddJobOptions,
): Promise<number> {
  const ids = await Promise.all(Array.from({ length: jobs }, () => disque.addJob("q", "body", options)));
  assert.equal(new Set(ids).size, jobs);
  return cluster.node(0).clients - 1;
}

describe("connections for adding replicated jobs", { concurrency: true }, () => {
  it("are opened as load requires, up to 16", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    assert.equal(await connectionsFor(cluster, disque, 1, {}), 1);
    assert.equal(await connectionsFor(cluster, disque, 20, {}), 10);
    assert.equal(await connectionsFor(cluster, disque, 1_024, {}), 16);
    assert.deepEqual([cluster.node(1).clients, cluster.node(2).clients], [0, 0]);
  });

  it("are limited by `addConnections`", async () => {
    await using cluster = await TestCluster.start(3);
    for (const most of [1, 3]) {
      await using disque = new Disque(cluster.addresses, { addConnections: most });
      assert.equal(await connectionsFor(cluster, disque, 200, { replicate: 2 }), most);
      await disque.close();
      await until(() => cluster.node(0).clients === 0);
    }
  });

  it("are not opened for jobs that need not be replicated synchronously", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    for (const options of [{ replicate: 1 }, { async: true }, { retry: 0, replicate: 1 }])
      assert.equal(await connectionsFor(cluster, disque, 200, options), 0);
  });

  it("are not opened to a node that is alone", async () => {
    await using cluster = await TestCluster.start(1);
    await using disque = new Disque(cluster.addresses);
    assert.equal(await connectionsFor(cluster, disque, 200, {}), 0);
  });

  it("are closed after ten idle seconds", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    assert.equal(await connectionsFor(cluster, disque, 200, {}), 16);
    await until(() => cluster.node(0).clients === 1);
    assert.match(await disque.addJob("q", "body"), /^D-/);
    assert.equal(cluster.node(0).clients, 2);
  });
});

describe("a node that is no longer the current one", () => {
  it("is disconnected", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await disque.connect();
    await using other = new Disque(second.address, { discover: false });
    const id = await other.addJob("q", "body", { replicate: 1 });
    await other.close();
    assert.notEqual(await disque.show(id), null);
    assert.equal(second.clients, 1);
    await until(() => second.clients === 0);
    assert.equal(first.clients, 1);
  });
});

describe("other connections are not blocked", () => {
  it("by a getJob that waits forever", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    const waiting = Array.from({ length: 10 }, () => disque.getJob("empty"));
    await until(async () => (await disque.qstat("empty"))?.blocked === 10);
    const id = await disque.addJob("q", "body");
    const [job] = await disque.getJob("q");
    assert.equal(job?.id, id);
    assert.equal(await disque.ackJob(id), 1);
    await Promise.all(waiting.map(() => disque.addJob("empty", "body")));
    for (const jobs of await Promise.all(waiting)) assert.equal(jobs.length, 1);
  });

  it("by a replica that hangs", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    const id = await disque.addJob("q", "body");
    cluster.node(1).faults.freeze();
    cluster.node(2).faults.freeze();
    let added = 0;
    const adding = Array.from({ length: 100 }, () =>
      disque.addJob("q", "body", { replicate: 3, timeout: Number.POSITIVE_INFINITY }).then(() => added++),
    );
    await until(() => cluster.node(0).received("addjob") > 16);
    const [job] = await disque.getJob("q", { nohang: true });
    assert.equal(job?.id, id);
    assert.equal(await disque.fastAck(id), 1);
    assert.equal(await disque.qlen("q"), 0);
    assert.deepEqual(await disque.getJob("other", { timeout: 1 }), []);
    assert.match(await disque.addJob("other", "body", { replicate: 1 }), /^D-/);
    assert.equal(added, 0);
    cluster.node(1).faults.thaw();
    cluster.node(2).faults.thaw();
    cluster.advance(1_000);
    await Promise.all(adding);
    assert.equal(added, 100);
  });
});
