import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { ConnectionError, Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";

/** The names and addresses of a client's events, in order. */
function telling(disque: Disque): string[] {
  const told: string[] = [];
  disque.on("connect", ({ address }) => told.push(`connect ${address}`));
  disque.on("disconnect", ({ address }) => told.push(`disconnect ${address}`));
  disque.on("switch", (to, from) => told.push(`switch ${to.address} ${from.address}`));
  return told;
}

describe("a client emits events", () => {
  it("for connections, losses and switches as they happen", async () => {
    await using cluster = await TestCluster.start(3);
    const [first = "", second = "", third = ""] = cluster.addresses;
    const disque = new Disque(cluster.addresses);
    const told = telling(disque);
    await disque.connect();
    await cluster.node(0).faults.kill();
    await disque.ping();
    await cluster.node(1).faults.kill();
    await disque.ping();
    await disque.close();
    assert.deepEqual(told, [
      `connect ${first}`,
      `disconnect ${first}`,
      `connect ${second}`,
      `switch ${second} ${first}`,
      `disconnect ${second}`,
      `connect ${third}`,
      `switch ${third} ${second}`,
    ]);
  });

  it("but no switch when it reconnects to the same node, and no loss when it closes", async () => {
    await using cluster = await TestCluster.start(1);
    for (const end of [(disque: Disque) => disque.close(), (disque: Disque) => disque.destroy()]) {
      const disque = new Disque(cluster.addresses);
      const told = telling(disque);
      await disque.connect();
      cluster.node(0).faults.drop();
      await until(() => told.length === 2);
      await disque.ping();
      const waiting = disque.getJob("q").catch(() => {});
      await until(async () => (await disque.qstat("q"))?.blocked === 1);
      await end(disque);
      await waiting;
      await until(() => cluster.node(0).clients === 0);
      const [address = ""] = cluster.addresses;
      assert.deepEqual(told, [`connect ${address}`, `disconnect ${address}`, `connect ${address}`]);
    }
  });

  it("with the node and the error", async () => {
    await using cluster = await TestCluster.start(2);
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses);
    const connected = once(disque, "connect");
    await disque.addJob("q", "body", { replicate: 1 });
    await disque.getJob("q");
    const [node] = await connected;
    assert.deepEqual(
      [node.id, node.address, node.host, node.port],
      [first.id, first.address, first.host, first.port],
    );

    const lost = once(disque, "disconnect");
    const switched = once(disque, "switch");
    await first.faults.kill();
    const [gone, error] = await lost;
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual([gone.id, gone.connected, gone.jobs], [first.id, false, 1]);
    await disque.ping();
    const [to, from] = await switched;
    assert.deepEqual([to.id, to.connected, from.id, from.connected], [second.id, true, first.id, false]);
  });

  it("when the nodes or their priorities change", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.node(0).address, { refreshInterval: 10 });
    const told: Record<string, number>[] = [];
    disque.on("topology", (nodes) =>
      told.push(Object.fromEntries(nodes.map(({ address, priority }) => [address, priority]))),
    );
    await disque.connect();
    const [first = "", second = ""] = cluster.addresses;
    await until(() => told.length === 1);
    const third = await cluster.add();
    await until(() => told.length === 2);
    await using other = new Disque(third.address, { discover: false });
    await other.cluster.leaving(true);
    await until(() => told.length === 3);
    assert.deepEqual(told, [
      { [first]: 1, [second]: 1 },
      { [first]: 1, [second]: 1, [third.address]: 1 },
      { [first]: 1, [second]: 1, [third.address]: 100 },
    ]);
    const hellos = cluster.node(0).received("hello");
    await until(() => cluster.node(0).received("hello") > hellos + 2);
    assert.equal(told.length, 3);
  });
});

describe("`nodes` and `connectedNode`", () => {
  it("are live", async () => {
    await using cluster = await TestCluster.start(2);
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses);
    const counters = { pending: 0, jobs: 0, calls: 0, connects: 0, losses: 0 };
    const unknown = { id: "", host: first.host, priority: 5, good: false, connected: false, ...counters };
    const { address, port } = first;
    assert.deepEqual(
      disque.nodes,
      cluster.nodes.map(({ address, port }) => ({ ...unknown, address, port })),
    );
    assert.equal(disque.connectedNode, undefined);

    await disque.connect();
    assert.deepEqual(disque.nodes, [
      { ...unknown, id: first.id, address, port, priority: 1, good: true, connected: true, connects: 1 },
      { ...unknown, id: second.id, address: second.address, port: second.port, priority: 1, good: true },
    ]);
    assert.deepEqual(disque.connectedNode, disque.nodes[0]);

    const waiting = disque.getJob("q");
    await until(async () => (await disque.qstat("q"))?.blocked === 1);
    const pings = [disque.ping(), disque.ping()];
    await until(() => disque.nodes[0]?.pending === 3);
    await Promise.all(pings);
    assert.equal(disque.nodes[0]?.pending, 1);
    await disque.addJob("q", "body");
    await waiting;
    assert.deepEqual([disque.nodes[0]?.pending, disque.nodes[0]?.jobs], [0, 1]);
    assert.equal(disque.nodes.length, 2);

    await first.faults.kill();
    await until(() => disque.connectedNode === undefined);
    assert.equal(disque.nodes[0]?.connected, false);
  });

  it("do not contain passwords", async () => {
    const disque = new Disque("disque://:secret@127.0.0.1:7711", { password: "secret" });
    assert.doesNotMatch(JSON.stringify(disque.nodes), /secret/);
    await disque.close();
  });
});
