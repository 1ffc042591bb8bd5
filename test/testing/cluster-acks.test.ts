import assert from "node:assert/strict";
import { test } from "node:test";
import { field, Nodes } from "./nodes.ts";

test("an acknowledged job is forgotten by all nodes, whichever node got the ACKJOB", async () => {
  for (const node of [0, 1, 2]) {
    await using nodes = await Nodes.start(3);
    const id = await nodes.add(0, "q body 1000");
    assert.equal(await nodes.call(node, `ACKJOB ${id}`), ":1");
    assert.deepEqual(await nodes.each(`SHOW ${id}`), ["$-1", "$-1", "$-1"]);
  }
});

test("an acknowledgement is kept until the last node with a copy has received it", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(0, "q body 1000 RETRY 60");
  nodes.cluster.partition([[0, 1], [2]]);
  await nodes.call(0, `ACKJOB ${id}`);
  const show = await nodes.call(0, `SHOW ${id}`);
  assert.equal(field("state", show), "$acked");
  assert.equal(field("nodes-confirmed", show)?.length, 2);
  assert.equal(field("state", await nodes.call(1, `SHOW ${id}`)), "$acked");
  nodes.cluster.advance(30_000);
  nodes.cluster.heal();
  nodes.cluster.advance(32_000);
  assert.deepEqual(await nodes.each(`SHOW ${id}`), ["$-1", "$-1", "$-1"]);
  assert.deepEqual(await nodes.each("QLEN q"), [":0", ":0", ":0"]);
});

test("a node that queues an acknowledged job is told so and dequeues it", async () => {
  await using nodes = await Nodes.start(2);
  const id = await nodes.add(0, "q body 1000 RETRY 5");
  nodes.cluster.partition([[0], [1]]);
  await nodes.call(0, `ACKJOB ${id}`);
  nodes.cluster.advance(6000);
  assert.equal(await nodes.call(1, "QLEN q"), ":1");
  nodes.cluster.heal();
  nodes.cluster.advance(10_000);
  assert.deepEqual(await nodes.each(`SHOW ${id}`), ["$-1", "$-1"]);
});

test("ACKJOB on a node without a copy finds the nodes that have one", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(0, "q body 0 REPLICATE 1 RETRY 10");
  nodes.cluster.partition([[0], [1, 2]]);
  assert.equal(await nodes.call(2, `ACKJOB ${id}`), ":0");
  const show = await nodes.call(2, `SHOW ${id}`);
  assert.equal(field("state", show), "$acked");
  assert.equal(field("queue", show), "$-1");
  assert.equal(field("body", show), "$-1");
  assert.deepEqual(await nodes.call(2, "JSCAN"), ["$0", []], "it is not among the jobs");
  assert.equal(await nodes.call(2, `ACKJOB ${id}`), ":0");
  nodes.cluster.heal();
  nodes.cluster.advance(5000);
  assert.deepEqual(await nodes.each(`SHOW ${id}`), ["$-1", "$-1", "$-1"]);
});

test("FASTACK forgets the job at once, so a node that missed it delivers the job again", async () => {
  await using nodes = await Nodes.start(2);
  const id = await nodes.add(0, "q body 1000 RETRY 10");
  nodes.cluster.partition([[0], [1]]);
  assert.equal(await nodes.call(0, `FASTACK ${id}`), ":1");
  assert.equal(await nodes.call(0, `SHOW ${id}`), "$-1");
  nodes.cluster.heal();
  nodes.cluster.advance(11_000);
  assert.equal(await nodes.call(1, "QLEN q"), ":1");
});

test("a dead node prevents an acknowledged job from being forgotten until its TTL is over", async () => {
  await using nodes = await Nodes.start(2);
  const id = await nodes.add(0, "q body 1000 TTL 600");
  await nodes.kill(1);
  await nodes.call(0, `ACKJOB ${id}`);
  nodes.cluster.advance(500_000);
  assert.equal(field("state", await nodes.call(0, `SHOW ${id}`)), "$acked");
  nodes.cluster.advance(102_000);
  assert.equal(await nodes.call(0, `SHOW ${id}`), "$-1");
});
