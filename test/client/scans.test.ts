import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { ConnectionError, Disque } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { scriptedCluster } from "../chaos/scripted-cluster.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";
import { array, bulk, rejection, until } from "./scripted.ts";

interface Cluster extends AsyncDisposable {
  readonly addresses: string[];
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const clusters: readonly [string, string | false, () => Promise<Cluster>][] = [
  ["on disque/testing", false, () => TestCluster.start(3)],
  ["on real servers", skipWithoutServer, () => RealCluster.start(3)],
];

for (const [name, skip, start] of clusters)
  describe(`scans of all nodes, ${name}`, { skip }, () => {
    it("return each queue and id once, and each node's copy with `reply: all`", async () => {
      await using cluster = await start();
      await using disque = new Disque(cluster.addresses[0]);
      await disque.connect();
      const ids: string[] = [];
      const nodes = disque.nodes.map((node) => node.id);
      for (const node of nodes) {
        ids.push(await disque.addJob(`only ${node}`, "body", { node, replicate: 1 }));
        ids.push(await disque.addJob("everywhere", "body", { node, replicate: 3 }));
      }
      assert.deepEqual(
        (await all(disque.queues())).sort(),
        ["everywhere", ...nodes.map((node) => `only ${node}`)].sort(),
      );
      assert.deepEqual((await all(disque.scanJobs({ count: 1 }))).sort(), ids.sort());
      const copies = await all(disque.scanJobs({ reply: "all", queue: "everywhere" }));
      assert.deepEqual(
        copies.map(({ id, node }) => `${id} ${node}`).sort(),
        ids
          .filter((_id, at) => copies.some(({ id }) => id === ids[at]))
          .flatMap((id) => nodes.map((node) => `${id} ${node}`))
          .sort(),
      );
      assert.equal(copies.length, 9);
    });

    it("can be restricted to one node with the option `node`", async () => {
      await using cluster = await start();
      await using disque = new Disque(cluster.addresses);
      await disque.connect();
      for (const { id: node } of disque.nodes) {
        const id = await disque.addJob(`only ${node}`, "body", { node, replicate: 1 });
        assert.deepEqual(await all(disque.queues({ node })), [`only ${node}`]);
        assert.deepEqual(await all(disque.scanJobs({ node })), [id]);
        const [copy, ...others] = await all(disque.scanJobs({ node, reply: "all" }));
        assert.deepEqual([copy?.id, copy?.node, others.length], [id, node, 0]);
      }
    });
  });

describe("scans of all nodes", () => {
  it("skip nodes that are not good", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    for (const { id } of cluster.nodes) await disque.addJob(`only ${id}`, "body", { node: id, replicate: 1 });
    await cluster.node(1).faults.kill();
    await until(() => disque.nodes[1]?.good === false);
    assert.deepEqual(
      (await all(disque.queues())).sort(),
      [cluster.node(0), cluster.node(2)].map(({ id }) => `only ${id}`).sort(),
    );
  });

  it("let the event loop run between pages and end when aborted", async () => {
    await using cluster = await TestCluster.start(1);
    await using disque = new Disque(cluster.addresses);
    for (let n = 0; n < 20; n++) await disque.addJob(`q-${n}`, "body");
    const controller = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      if (++turns === 3) controller.abort("enough");
    });
    async function scanForEver(): Promise<void> {
      for (;;) for await (const _ of disque.queues({ count: 1, signal: controller.signal }));
    }
    assert.equal(await rejection(scanForEver()), "enough");
    clearInterval(timer);
  });
});

describe("a scan continued with a cursor", () => {
  it("is rejected after its connection was lost, even if a new one is open", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    for (const target of cluster.nodes) {
      const node = target.id;
      for (let n = 0; n < 50; n++) await disque.addJob(`q-${n}`, "body", { node, replicate: 1 });
      const queues = await disque.qscan(0, { node, count: 10 });
      const jobs = await disque.jscan("0", { node, count: 10 });
      assert.notEqual(queues.cursor, "0");
      await disque.qscan(queues.cursor, { node, count: 10 });
      target.faults.drop();
      await until(() => disque.nodes.find(({ id }) => id === node)?.losses === 1);
      for (let attempt = 0; attempt < 2; attempt++) {
        for (const scan of [
          () => disque.qscan(queues.cursor, { node }),
          () => disque.jscan(jobs.cursor, { node }),
        ]) {
          const error = await rejection(scan());
          assert.ok(error instanceof ConnectionError && !error.sent, String(error));
          assert.match(error.message, /the connection on which the scan began was lost/);
        }
        assert.equal(await disque.ping("back", { node }), "back");
      }
      // A new scan may start.
      const { cursor } = await disque.qscan(0, { node, count: 10 });
      await disque.qscan(cursor, { node, count: 10 });
    }
  });

  it("goes to the node that gave the cursor, also without `node` and after another node has become the current one", async () => {
    const page = array(bulk("0"), array(bulk("last")));
    await using cluster = await scriptedCluster(2, ([, cursor], node) =>
      node === cluster.node(0) && cursor !== "0" ? page : array(bulk("8"), array()),
    );
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    const { cursor } = await disque.qscan(0);
    const moved = once(disque, "switch");
    first.priorities.set(first.id, 10);
    await moved;
    assert.deepEqual(await disque.qscan(cursor), { cursor: "0", node: first.id, queues: ["last"] });
    // A cursor is only known together with its command. One that no node gave goes to the current node.
    await disque.jscan(cursor);
    await disque.qscan("77");
    assert.deepEqual(first.commands, [
      ["QSCAN", "0"],
      ["QSCAN", "8"],
    ]);
    assert.deepEqual(second.commands, [
      ["JSCAN", "8"],
      ["QSCAN", "77"],
    ]);
  });

  it("is rejected after its connection was lost, even if a new scan has begun since", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for (let n = 0; n < 50; n++) await disque.addJob(`q-${n}`, "body");
    const old = await disque.qscan(0, { count: 10 });
    server.faults.drop();
    await until(() => disque.nodes[0]?.losses === 1);
    const recent = await disque.qscan(0, { count: 30 });
    assert.notEqual(recent.cursor, old.cursor);
    const error = await rejection(disque.qscan(old.cursor));
    assert.match(String(error), /the connection on which the scan began was lost/);
    await disque.qscan(recent.cursor);
  });

  it("continues after a long pause", { timeout: 60_000 }, async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.node(0).address);
    await disque.connect();
    const other = cluster.node(1);
    for (let n = 0; n < 30; n++) await disque.addJob(`q-${n}`, "body", { node: other.id, replicate: 1 });
    const { cursor } = await disque.qscan(0, { node: other.id, count: 10 });
    // By now the idle connection to a node other than the current one is closed.
    await until(() => other.clients === 0);
    assert.ok((await disque.qscan(cursor, { node: other.id, count: 10 })).queues.length > 0);
  });
});
