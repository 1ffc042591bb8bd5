import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";

/** Resolves when the client has noticed the loss. */
async function killAll(cluster: TestCluster, disque: Disque): Promise<void> {
  await Promise.all(cluster.nodes.map(({ faults }) => faults.kill()));
  await until(() => disque.connectedNode === undefined);
}

async function restartAll(cluster: TestCluster): Promise<void> {
  await Promise.all(cluster.nodes.map(({ faults }) => faults.restart()));
}

/** Repeats the call until it succeeds. */
async function answered(disque: Disque): Promise<void> {
  for (;;) if ((await disque.ping().catch(() => "")) === "PONG") return;
}

describe("when all nodes are down", () => {
  it("calls wait, and succeed if a node comes back in time", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 60_000 });
    const waiting = disque.getJob("waited for");
    await until(async () => (await disque.qstat("waited for"))?.blocked === 1);
    await killAll(cluster, disque);
    const calls = [disque.ping(), disque.qlen("q"), disque.addJob("q", "body", { replicate: 1 })];
    await cluster.node(2).faults.restart();
    const [pong, length, id] = await Promise.all(calls);
    assert.deepEqual([pong, length], ["PONG", 0]);
    assert.match(String(id), /^D-/);
    assert.equal(disque.connectedNode?.address, cluster.node(2).address);
    await disque.addJob("waited for", "body", { replicate: 1 });
    assert.equal((await waiting)[0]?.text(), "body");
  });

  it("calls reject after failoverTimeout with each node's error, and the client works again later", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 1_000 });
    const waiting = rejection(disque.getJob("q"));
    await until(async () => (await disque.qstat("q"))?.blocked === 1);
    const inFlight = rejection(disque.qlen("q"));
    await killAll(cluster, disque);
    const calls = [disque.ping(), disque.addJob("q", "body"), disque.connect()].map(rejection);
    const errors = await Promise.all([waiting, inFlight, ...calls]);
    for (const error of errors) {
      assert.ok(error instanceof ConnectionError, String(error));
      for (const address of cluster.addresses) {
        assert.ok(error.message.includes(address), error.message);
        assert.ok(
          error.errors.some(({ message }) => message.includes(address)),
          error.message,
        );
      }
    }
    assert.deepEqual(
      disque.nodes.map(({ connected, pending }) => [connected, pending]),
      Array(3).fill([false, 0]),
    );
    await restartAll(cluster);
    await answered(disque);
    await disque.addJob("q", "body", { replicate: 2 });
    assert.equal((await disque.getJob("q"))[0]?.text(), "body");
  });

  it("each node is tried once if failoverTimeout is 0", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 0 });
    await disque.connect();
    await killAll(cluster, disque);
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.errors.length, 3);
    await restartAll(cluster);
    await answered(disque);
  });

  it("calls continue when nodes come back and go away one after the other", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 60_000 });
    await disque.connect();
    await killAll(cluster, disque);
    for (const { faults, address } of cluster.nodes) {
      const call = disque.ping();
      await faults.restart();
      assert.equal(await call, "PONG");
      assert.equal(disque.connectedNode?.address, address);
      await faults.kill();
    }
  });

  it("a node that never answers is reported as well", async () => {
    await using cluster = await TestCluster.start(2);
    for (const { faults } of cluster.nodes) faults.freeze();
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 50 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.errors.length, 2);
    for (const address of cluster.addresses) assert.ok(error.message.includes(address), error.message);
    for (const { faults } of cluster.nodes) faults.thaw();
  });
});
