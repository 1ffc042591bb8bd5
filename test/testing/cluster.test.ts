import assert from "node:assert/strict";
import { test } from "node:test";
import { TestCluster } from "../../src/testing/index.ts";
import { WireClient } from "../conformance/wire.ts";
import { Nodes } from "./nodes.ts";

test("the nodes of a cluster know each other from the start", async () => {
  await using nodes = await Nodes.start(3);
  const { cluster } = nodes;
  assert.equal(cluster.nodes.length, 3);
  assert.deepEqual(
    cluster.addresses,
    cluster.nodes.map((node) => `127.0.0.1:${node.port}`),
  );
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
  const [, , ...hello] = await nodes.call(0, "HELLO");
  assert.deepEqual(
    hello.map((line) => `${line[0]} ${line[1]} ${line[2]}`).sort(),
    cluster.nodes.map(({ id, host, port }) => `$${id} $${host} $${port}`).sort(),
  );
});

test("a cluster needs at least one node", async () => {
  await using nodes = await Nodes.start(1);
  assert.deepEqual(await nodes.priorities(0), [1]);
  assert.match(await nodes.add(0, "q body 0"), /^D-/);
  await assert.rejects(TestCluster.start(0), RangeError);
  await assert.rejects(TestCluster.start(1.5), RangeError);
  assert.throws(() => nodes.cluster.node(1), RangeError);
});

test("nodes have ports that are valid for a node of a real cluster", async () => {
  await using cluster = await TestCluster.start(30);
  for (const { port } of cluster.nodes) assert.ok(port <= 55_535, `${port}`);
  assert.equal(new Set(cluster.nodes.map(({ id }) => id.slice(0, 8))).size, 30);
});

test("nodes have the ids, the password and the node timeout from the options", async () => {
  const ids = ["1".repeat(40), "2".repeat(40)];
  await using cluster = await TestCluster.start(2, { ids, password: "secret", nodeTimeout: 3000 });
  assert.deepEqual(
    cluster.nodes.map(({ id }) => id),
    ids,
  );
  for (const { host, port } of cluster.nodes) {
    const client = await WireClient.connect(host, port);
    assert.match(String(await client.call("HELLO")), /^-NOAUTH /);
    assert.equal(await client.call("AUTH", "secret"), "+OK");
    assert.deepEqual(await client.call("CONFIG", "GET", "cluster-node-timeout"), [
      "$cluster-node-timeout",
      "$3000",
    ]);
    client.destroy();
  }
  await assert.rejects(TestCluster.start(1, { ids: ["x"] }), TypeError);
});

test("all nodes have the same time", async () => {
  await using cluster = await TestCluster.start(2);
  const start = cluster.now();
  cluster.advance(60_000);
  cluster.node(1).advance(60_000);
  for (const node of cluster.nodes) assert.ok(node.now() >= start + 120_000);
});

test("an added node is known to all others, and knows them", async () => {
  await using nodes = await Nodes.start(2);
  const added = await nodes.cluster.add();
  assert.equal(nodes.cluster.node(2), added);
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
  const id = await nodes.add(2, "q body 1000 REPLICATE 3");
  assert.ok((await nodes.each(`SHOW ${id}`)).every((reply) => reply !== "$-1"));
});

test("two clusters in one process are independent", async () => {
  await using nodes = await Nodes.start(2);
  await using others = await Nodes.start(2);
  const id = await nodes.add(0, "q body 1000");
  assert.deepEqual(await others.each(`SHOW ${id}`), ["$-1", "$-1"]);
  assert.match(String(await others.call(0, "CLUSTER INFO")), /cluster_known_nodes:2\r\n/);
});

test("a stopped cluster leaves nothing behind, and may be stopped again", async () => {
  const nodes = await Nodes.start(3, { latency: 50 });
  nodes.cluster.node(2).faults.freeze();
  await nodes.blocked(0, "ADDJOB q body 0");
  await nodes.blocked(1, "GETJOB FROM other");
  await nodes.cluster.stop();
  await nodes.cluster.stop();
  const timers = process
    .getActiveResourcesInfo()
    .filter((name) => name === "Timeout" || name === "Immediate");
  assert.deepEqual(timers, []);
  await nodes[Symbol.asyncDispose]();
});

test("advancing by a day takes little time", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(0, "q body 1000 RETRY 3600");
  nodes.cluster.advance(86_400_000 + 5000);
  assert.deepEqual(await nodes.each(`SHOW ${id}`), ["$-1", "$-1", "$-1"]);
});
