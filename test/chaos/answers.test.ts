import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque, ReplyError } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection } from "../client/scripted.ts";

const LOADING = "LOADING Disque is loading the dataset in memory";
const OOM = "OOM command not allowed when used memory > 'maxmemory'.";
const NOREPL_LEAVING =
  "NOREPL Not enough reachable nodes for the requested replication level, since I'm leaving the cluster";

/** How many commands of this name each node has received. */
function received(cluster: TestCluster, name: string): number[] {
  return cluster.nodes.map((node) => node.received(name));
}

describe("a wrong password", () => {
  it("is reported once every node has refused it", async () => {
    await using cluster = await TestCluster.start(3, { password: "secret" });
    await using disque = new Disque(cluster.addresses, { password: "wrong" });
    const calls = [disque.connect(), disque.ping(), disque.getJob("q"), disque.addJob("q", "body")];
    for (const error of await Promise.all(calls.map(rejection)))
      assert.ok(error instanceof ReplyError && error.command === "AUTH", String(error));
    assert.deepEqual(received(cluster, "auth"), [1, 1, 1]);
  });

  it("is not sent again, however often the client is used", async () => {
    await using cluster = await TestCluster.start(3, { password: "secret" });
    await using disque = new Disque(cluster.addresses, { password: "wrong" });
    for (let attempt = 0; attempt < 3; attempt++) {
      const calls = Array.from({ length: 100 }, () => rejection(disque.ping()));
      for (const error of await Promise.all(calls)) assert.ok(error instanceof ReplyError, String(error));
    }
    assert.deepEqual(received(cluster, "auth"), [1, 1, 1]);
  });

  it("for some of the nodes makes the client use the others", async () => {
    await using cluster = await TestCluster.start(3, { password: "secret" });
    const [first, second, third] = cluster.addresses;
    await using disque = new Disque([
      `disque://:wrong@${first}`,
      `disque://:old@${second}`,
      `disque://:secret@${third}`,
    ]);
    const calls = [disque.ping(), disque.addJob("q", "body", { replicate: 1 })];
    await Promise.all(calls);
    assert.equal((await disque.getJob("q")).length, 1);
    assert.equal(disque.connectedNode?.address, third);
    assert.deepEqual(received(cluster, "auth").slice(0, 2), [1, 1]);
  });

  it("for one node does not affect calls to the others", async () => {
    await using cluster = await TestCluster.start(2, { password: "secret" });
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using other = new Disque(second.address, { password: "secret", discover: false });
    const id = await other.addJob("q", "body", { replicate: 1 });
    await using disque = new Disque([
      `disque://:secret@${first.address}`,
      `disque://:wrong@${second.address}`,
    ]);
    await disque.connect();
    // A refused password is not a reply to SHOW.
    const error = await rejection(disque.show(id));
    assert.ok(error instanceof ConnectionError && !error.sent, String(error));
    assert.match(error.message, /invalid password/);
    assert.equal(await disque.ping(), "PONG");
  });
});

describe("a node that is loading", () => {
  it("is skipped when a client connects, without an error", async () => {
    await using cluster = await TestCluster.start(3);
    cluster.node(0).faults.answer("hello", LOADING);
    await using disque = new Disque(cluster.addresses);
    assert.equal(await disque.ping(), "PONG");
    assert.equal(disque.connectedNode?.address, cluster.node(1).address);
  });

  it("is left without an error, and tried last for a while", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    cluster.node(0).faults.answer("qlen", LOADING);
    const lengths = await Promise.all(Array.from({ length: 20 }, () => disque.qlen("q")));
    assert.deepEqual(lengths, Array(20).fill(0));
    await disque.ping();
    assert.equal(disque.connectedNode?.address, cluster.node(1).address);
  });

  it("is waited for if all nodes are loading", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    for (const { faults } of cluster.nodes) faults.answer("hello", LOADING, 1);
    assert.equal(await disque.ping(), "PONG");
    for (const { faults } of cluster.nodes) faults.answer("qlen", LOADING, 1);
    assert.equal(await disque.qlen("q"), 0);
  });

  it("is reported with the others if all are loading for too long", async () => {
    await using cluster = await TestCluster.start(3);
    for (const { faults } of cluster.nodes) faults.answer("hello", LOADING);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 200 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError, String(error));
    assert.equal(error.errors.length, 3);
    for (const each of error.errors) assert.ok(each instanceof ReplyError && each.code === "LOADING");
  });
});

describe("a node without memory for a job", () => {
  it("refuses the job, which goes to the next node, and remains the current node", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    cluster.node(0).faults.answer("addjob", OOM);
    for (const options of [{ replicate: 1 }, { replicate: 2 }, { replicate: 1, retry: 0 }]) {
      const id = await disque.addJob("q", "body", options);
      assert.equal(id.slice(2, 10), cluster.node(1).id.slice(0, 8));
    }
    assert.deepEqual(received(cluster, "addjob"), [3, 3, 0]);
    await disque.ping();
    assert.equal(disque.connectedNode?.address, cluster.node(0).address);
  });

  it("causes an error if no node has memory", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    for (const { faults } of cluster.nodes) faults.answer("addjob", OOM);
    const error = await rejection(disque.addJob("q", "body"));
    assert.ok(error instanceof ReplyError, String(error));
    assert.deepEqual([error.code, error.command], ["OOM", "ADDJOB"]);
    assert.deepEqual(received(cluster, "addjob"), [1, 1, 1]);
    for (const { faults } of cluster.nodes) faults.answer("addjob", null);
    assert.match(await disque.addJob("q", "body"), /^D-/);
  });

  it("causes an error at once if it is the only node", async () => {
    await using cluster = await TestCluster.start(1);
    await using disque = new Disque(cluster.addresses);
    cluster.node(0).faults.answer("addjob", OOM);
    assert.match(String(await rejection(disque.addJob("q", "body"))), /ReplyError: OOM/);
    assert.deepEqual(received(cluster, "addjob"), [1]);
  });
});

describe("an error about a job that only one node has", () => {
  it("is passed to the caller if that node has no memory for it", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    const id = await disque.addJob("q", "body", { replicate: 1 });
    for (const name of ["enqueue", "nack"]) cluster.node(0).faults.answer(name, OOM);
    for (const call of [() => disque.enqueue(id), () => disque.nackJob(id)]) {
      const error = await rejection(call());
      assert.ok(error instanceof ReplyError && error.code === "OOM", String(error));
    }
    assert.deepEqual(received(cluster, "enqueue"), [1, 0]);
    assert.deepEqual(received(cluster, "nack"), [1, 0]);
  });
});

describe("a job with `retry: 0` that may have been added", () => {
  it("is not added elsewhere when its node starts to leave", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    cluster
      .node(0)
      .faults.answer("addjob", "LEAVING this node is leaving the cluster. Try another one please");
    const once = await rejection(disque.addJob("q", "body", { retry: 0, replicate: 1 }));
    assert.ok(once instanceof ReplyError && once.code === "LEAVING", String(once));
    assert.deepEqual(received(cluster, "addjob"), [1, 0]);
    assert.match(await disque.addJob("q", "body", { replicate: 1 }), /^D-/);
    assert.deepEqual(received(cluster, "addjob"), [1, 1]);
  });
});

describe("NOREPL", () => {
  it("from a leaving node makes the client ask another node", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    cluster.node(0).faults.answer("addjob", NOREPL_LEAVING);
    const id = await disque.addJob("q", "body", { replicate: 2 });
    assert.equal(id.slice(2, 10), cluster.node(1).id.slice(0, 8));
    await disque.ping();
    assert.equal(disque.connectedNode?.address, cluster.node(1).address);
  });

  it("for any other reason is passed to the caller", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    const error = await rejection(disque.addJob("q", "body", { replicate: 4 }));
    assert.ok(error instanceof ReplyError && error.code === "NOREPL", String(error));
    assert.deepEqual(received(cluster, "addjob"), [1, 0, 0]);
  });
});

it("a caller's own error is not retried at another node", async () => {
  await using cluster = await TestCluster.start(3);
  await using disque = new Disque(cluster.addresses);
  await disque.pause("q", "in");
  assert.match(String(await rejection(disque.addJob("q", "body"))), /ReplyError: PAUSED/);
  assert.match(String(await rejection(disque.call("NOSUCH"))), /ReplyError: ERR unknown command/);
  assert.deepEqual(received(cluster, "addjob"), [1, 0, 0]);
});
