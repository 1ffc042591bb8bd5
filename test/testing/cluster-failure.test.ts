import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Nodes } from "./nodes.ts";

// On a slow machine a cluster's real time would pass between two steps of a test. These clusters only move when advanced.
beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.now() }));
afterEach(() => mock.timers.reset());

test("a killed node has priority 5 at once, 10 after the node timeout, and 100 when the majority agrees", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.kill(2);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 5]);
  nodes.cluster.advance(14_900);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 5]);
  nodes.cluster.advance(200);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 10]);
  nodes.cluster.advance(1000);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 100]);
  assert.deepEqual(await nodes.priorities(1), [1, 1, 100]);
});

test("a node that comes back is good at once", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.kill(2);
  nodes.cluster.advance(20_000);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 100]);
  const { id } = nodes.cluster.node(2);
  await nodes.cluster.node(2).faults.restart();
  assert.equal(nodes.cluster.node(2).id, id);
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
});

test("a frozen node is good until the node timeout is over, and again when it thaws", async () => {
  await using nodes = await Nodes.start(3);
  nodes.cluster.node(2).faults.freeze();
  nodes.cluster.advance(10_000);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 1]);
  nodes.cluster.advance(10_000);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 100]);
  nodes.cluster.node(2).faults.thaw();
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
});

test("in a partition, the minority suspects the other nodes, and only the majority marks them as failed", async () => {
  await using nodes = await Nodes.start(3);
  nodes.cluster.partition([[0, 1], [2]]);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 1]);
  nodes.cluster.advance(20_000);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 100]);
  assert.deepEqual(await nodes.priorities(1), [1, 1, 100]);
  assert.deepEqual(await nodes.priorities(2), [10, 10, 1]);
  nodes.cluster.heal();
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
});

test("in a cluster of two, no node is marked as failed", async () => {
  await using nodes = await Nodes.start(2);
  await nodes.kill(1);
  nodes.cluster.advance(600_000);
  assert.deepEqual(await nodes.priorities(0), [1, 10]);
});

test("the node timeout can be set", async () => {
  await using nodes = await Nodes.start(3, { nodeTimeout: 2000 });
  await nodes.kill(2);
  nodes.cluster.advance(2100);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 10]);
  nodes.cluster.advance(1000);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 100]);
});

test("a healthy cluster stays healthy", async () => {
  await using nodes = await Nodes.start(5, { nodeTimeout: 500, latency: 50 });
  nodes.cluster.advance(600_000);
  for (const node of [0, 1, 2, 3, 4]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1, 1, 1]);
});

test("CLUSTER NODES and CLUSTER INFO agree", async () => {
  await using nodes = await Nodes.start(3);
  const { id } = nodes.cluster.node(2);
  const flags = async (): Promise<string | undefined> =>
    new RegExp(`${id} \\S+ (\\S+) \\d+ \\d+ (\\S+)`)
      .exec(String(await nodes.call(0, "CLUSTER NODES")))
      ?.slice(1)
      .join(" ");
  const reachable = async (): Promise<string | undefined> =>
    /reachable_nodes:(\d)/.exec(String(await nodes.call(0, "CLUSTER INFO")))?.[1];
  assert.equal(await flags(), "noflags connected");
  assert.equal(await reachable(), "2");
  await nodes.kill(2);
  assert.equal(await flags(), "noflags disconnected");
  assert.equal(await reachable(), "2");
  nodes.cluster.advance(15_100);
  assert.equal(await flags(), "fail? disconnected");
  assert.equal(await reachable(), "1");
  nodes.cluster.advance(1000);
  assert.equal(await flags(), "fail disconnected");
  await nodes.cluster.node(2).faults.restart();
  assert.equal(await flags(), "noflags connected");
  assert.equal(await reachable(), "2");
});

test("a cluster whose nodes were all restarted forms again", async () => {
  await using nodes = await Nodes.start(3);
  for (const node of [0, 1, 2]) await nodes.kill(node);
  nodes.cluster.advance(60_000);
  for (const node of [2, 0, 1]) await nodes.cluster.node(node).faults.restart();
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
  const id = await nodes.add(0, "q body 1000");
  assert.ok((await nodes.each(`SHOW ${id}`)).every((reply) => reply !== "$-1"));
});
