// What one call must not do to others, and what must not happen after a call has ended.

import assert from "node:assert/strict";
import { it } from "node:test";
import { ClosedError, ConnectionError, Disque } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";

/** A cluster whose first node replicates to two frozen ones. */
async function withFrozenReplicas(): Promise<TestCluster> {
  const cluster = await TestCluster.start(3);
  cluster.node(1).faults.freeze();
  cluster.node(2).faults.freeze();
  return cluster;
}

for (const [how, add] of Object.entries({
  addJob: (disque: Disque) => disque.addJob("q", "body", { timeout: 60_000 }),
  call: (disque: Disque) => disque.call("ADDJOB", "q", "body", 60_000),
})) {
  it(`a replica that hangs does not block other calls of a client that knows one node only: ${how}`, async () => {
    await using cluster = await withFrozenReplicas();
    const disque = new Disque(cluster.node(0).address, { discover: false });
    const id = await disque.addJob("q", "first", { replicate: 1 });
    const adding = rejection(add(disque));
    await until(() => cluster.node(0).received("addjob") === 2);
    assert.equal(await disque.ackJob(id), 1);
    disque.destroy();
    await adding;
  });
}

it("calls that are aborted at once do not delay later ones", async () => {
  await using server = await TestServer.start();
  await using disque = new Disque(server.address);
  for (let at = 0; at < 12; at++) {
    const abort = new AbortController();
    const call = rejection(disque.ping(undefined, { signal: abort.signal }));
    abort.abort();
    await call;
  }
  assert.equal(await disque.ping(undefined, { commandTimeout: 1_000 }), "PONG");
});

it("calls with short timeouts do not keep a client from a node that is back", async () => {
  await using server = await TestServer.start();
  await using disque = new Disque(server.address, { failoverTimeout: 200 });
  await disque.ping();
  await server.faults.kill();
  for (let at = 0; at < 5; at++) await assert.rejects(disque.ping(), ConnectionError);
  await server.faults.restart();
  await until(() =>
    disque.ping().then(
      () => true,
      () => false,
    ),
  );
});

it("silent listed nodes do not keep a client from one that answers", async () => {
  await using cluster = await TestCluster.start(3);
  cluster.node(0).faults.freeze();
  cluster.node(1).faults.freeze();
  await using disque = new Disque(cluster.addresses, { connectTimeout: 5_000, failoverTimeout: 3_000 });
  assert.equal(await disque.ping(), "PONG");
  assert.equal(disque.connectedNode?.address, cluster.node(2).address);
});

it("a client destroyed in its topology event adds no job and leaves no connection", async () => {
  await using cluster = await TestCluster.start(3);
  const disque = new Disque(cluster.addresses);
  disque.on("topology", () => disque.destroy());
  assert.ok((await rejection(disque.addJob("q", "body"))) instanceof ClosedError);
  await until(() => cluster.nodes.every((node) => node.clients === 0));
  assert.ok(cluster.nodes.every((node) => node.received("addjob") === 0));
});

it("a command for a job's own node is never sent to another node", async () => {
  await using cluster = await TestCluster.start(2);
  await using disque = new Disque(cluster.addresses);
  const [node, other] = [cluster.node(0), cluster.node(1)];
  await disque.addJob("q", "body", { replicate: 1 });
  const [job] = await disque.getJob("q");
  assert.ok(job);
  node.faults.answer("nack", "OOM command not allowed when used memory > 'maxmemory'.", 1);
  await assert.rejects(disque.nackJob(job), { name: "ReplyError", code: "OOM" });
  node.faults.answer("show", "LOADING Disque is loading the dataset in memory", 1);
  assert.equal((await disque.show(job))?.id, job.id);
  assert.deepEqual([other.received("nack"), other.received("show")], [0, 0]);
});

it("a scan does not continue silently on a restarted node", async () => {
  await using server = await TestServer.start();
  await using disque = new Disque(server.address);
  for (let at = 0; at < 30; at++) await disque.addJob(`queue-${at}`, "body");
  const seen: string[] = [];
  const scan = async (): Promise<void> => {
    for await (const queue of disque.queues({ count: 10 })) {
      if (seen.push(queue) > 1) continue;
      await server.faults.kill();
      await until(() => disque.connectedNode === undefined);
      await server.faults.restart();
    }
  };
  assert.ok((await rejection(scan())) instanceof ConnectionError);
  assert.ok(seen.length < 30);
});

it("a command with so many arguments that the server would hang up is rejected before it is sent", async () => {
  await using server = await TestServer.start();
  await using disque = new Disque(server.address);
  const id = await disque.addJob("q", "body");
  const ids = Array<string>(1_048_576).fill(id);
  assert.ok((await rejection(disque.ackJob(ids))) instanceof RangeError);
  assert.equal(server.received("ackjob"), 0);
  assert.equal(await disque.ackJob(id), 1);
});
