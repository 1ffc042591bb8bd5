import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, Job, ReplyError } from "../../src/index.ts";
import { TestCluster, type TestServer } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";
import { describeOnClusters } from "./clusters.ts";
import { scriptedCluster } from "./scripted-cluster.ts";

/** A job that only the node at `address` has. */
async function jobOn(address: string, queue = "q"): Promise<string> {
  await using disque = new Disque(address, { discover: false });
  return await disque.addJob(queue, "body", { replicate: 1, retry: 3_600 });
}

/** How many commands of this name each node has received. */
function received(nodes: readonly TestServer[], name: string): number[] {
  return nodes.map((node) => node.received(name));
}

describe("given only a job id, a call goes to the node that the job was added on", () => {
  describeOnClusters((start) => {
    it("for every kind of call", async () => {
      await using cluster = await start(3);
      const [, second = ""] = cluster.addresses;
      await using disque = new Disque(cluster.addresses);
      await disque.connect();
      const id = await jobOn(second);
      assert.equal((await disque.show(id))?.id, id);
      assert.equal(await disque.dequeue(id), 1);
      assert.equal(await disque.enqueue(id), 1);
      assert.equal(await disque.working(id), 3_600);
      assert.equal(await disque.delJob(id), 1);
      assert.equal(await disque.show(id), null);
    });

    it("even if it is the client's first call, which must discover the nodes", async () => {
      await using cluster = await start(3);
      const [first = "", second = "", third = ""] = cluster.addresses;
      const ids = [await jobOn(first), await jobOn(second), await jobOn(third)];
      for (const listed of [first, cluster.addresses]) {
        await using disque = new Disque(listed);
        const [, id = ""] = ids;
        assert.equal((await disque.show(id))?.id, id);
      }
      await using disque = new Disque(first);
      assert.equal(await disque.dequeue(...ids), 3);
    });

    it("and a call with several ids is split and its counts are added up", async () => {
      await using cluster = await start(3);
      const ids: string[] = [];
      for (const address of [...cluster.addresses, ...cluster.addresses]) ids.push(await jobOn(address));
      await using disque = new Disque(cluster.addresses);
      await disque.connect();
      assert.equal(await disque.dequeue(ids), 6);
      assert.equal(await disque.enqueue(...ids), 6);
      assert.equal(await disque.fastAck(...ids.slice(0, 3)), 3);
      assert.equal(await disque.delJob(ids), 3);
    });
  });
});

describe("a job that was fetched", () => {
  it("is settled on the node it was fetched from, wherever it was added", async () => {
    await using cluster = await TestCluster.start(2);
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    const waiting = disque.getJob("q", { node: first.id });
    await until(async () => (await disque.qstat("q"))?.blocked === 1);
    const born = await jobOn(second.address);
    // The first node asks the second one for jobs again.
    cluster.advance(5_000);
    const [job] = await waiting;
    assert.ok(job instanceof Job);
    assert.deepEqual([job.id, job.node], [born, first.id]);
    assert.equal(await disque.working(job), 3_600);
    assert.equal((await disque.show(job))?.id, born);
    assert.equal(await disque.nackJob(job), 1);
    assert.equal(await disque.dequeue(job), 1);
    assert.equal(await disque.enqueue(job), 1);
    assert.equal(await disque.ackJob(job), 1);
    for (const name of ["working", "show", "nack", "dequeue", "enqueue"])
      assert.deepEqual(received(cluster.nodes, name), [1, 0], name);
    // With a single copy, the node that imported the job only deletes its own.
    assert.deepEqual(received(cluster.nodes, "ackjob"), [1, 1]);
  });

  it("is settled there even if another node is the current one by then", async () => {
    await using cluster = await TestCluster.start(3);
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    await disque.addJob("q", "body", { replicate: 1 });
    const [job] = await disque.getJob("q");
    assert.ok(job !== undefined);
    await disque.cluster.leaving(true);
    await until(() => disque.connectedNode?.address === second.address);
    assert.equal(await disque.nackJob(job), 1);
    assert.deepEqual(received(cluster.nodes, "nack"), [1, 0, 0]);
    // Any node can run this command, and a leaving node is avoided.
    assert.equal(await disque.ackJob(job), 0);
    assert.deepEqual(received(cluster.nodes, "ackjob"), [0, 1, 0]);
    assert.equal(first.id, job.node);
  });
});

describe("a job's node that is gone", () => {
  it("is not needed for ACKJOB and FASTACK", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    const lost = await jobOn(cluster.node(1).address);
    const alsoLost = await jobOn(cluster.node(1).address);
    const kept = await jobOn(cluster.node(2).address);
    await cluster.node(1).faults.kill();
    assert.equal(await disque.ackJob(lost), 0);
    assert.equal(await disque.fastAck(alsoLost, kept), 1);
    assert.deepEqual(received(cluster.nodes, "ackjob"), [1, 0, 0]);
    assert.deepEqual(received(cluster.nodes, "fastack"), [1, 0, 1]);
  });

  it("is used again once it is back", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    await cluster.node(1).faults.kill();
    await cluster.node(1).faults.restart();
    const id = await jobOn(cluster.node(1).address);
    assert.equal((await disque.show(id))?.id, id);
  });
});

describe("a call that is split by node", () => {
  it("is sent to all nodes before any has answered", async () => {
    await using cluster = await scriptedCluster(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    const counted = disque.enqueue(cluster.nodes.flatMap((node) => [node.jobId(1), node.jobId(2)]));
    await cluster.received(3);
    for (const [index, node] of cluster.nodes.entries()) {
      assert.deepEqual(node.commands, [["ENQUEUE", node.jobId(1), node.jobId(2)]]);
      node.peerOf("ENQUEUE").write(`:${10 ** index}\r\n`);
    }
    assert.equal(await counted, 111);
  });

  it("rejects if one part does", async () => {
    await using cluster = await TestCluster.start(3);
    const ids: string[] = [];
    for (const { address } of cluster.nodes) ids.push(await jobOn(address));
    await using disque = new Disque(cluster.addresses);
    cluster.node(1).faults.answer("dequeue", "ERR not now");
    const error = await rejection(disque.dequeue(ids));
    assert.ok(error instanceof ReplyError, String(error));
    assert.deepEqual([error.message, error.command], ["ERR not now", "DEQUEUE"]);
    assert.deepEqual(received(cluster.nodes, "dequeue"), [1, 1, 1]);
  });

  it("rejects at once, in all its parts, when it is aborted", async () => {
    await using cluster = await scriptedCluster(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    const controller = new AbortController();
    const ids = cluster.nodes.map((node) => node.jobId());
    const outcome = rejection(disque.ackJob(ids, { signal: controller.signal }));
    await cluster.received(3);
    const reason = new Error("no longer wanted");
    controller.abort(reason);
    assert.equal(await outcome, reason);
    for (const node of cluster.nodes) node.peerOf("ACKJOB").write(":1\r\n");
  });
});
