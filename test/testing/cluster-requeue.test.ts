import assert from "node:assert/strict";
import { test } from "node:test";
import { field, Nodes } from "./nodes.ts";

test("a replicated job that is not acknowledged is redelivered once, on the node where it was added", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(1, "q body 1000 RETRY 10");
  await nodes.call(1, "GETJOB FROM q");
  nodes.cluster.advance(10_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":0", ":1", ":0"]);
  for (let round = 2; round < 5; round++) {
    await nodes.call(1, "GETJOB FROM q");
    nodes.cluster.advance(10_000);
    assert.deepEqual(await nodes.each("QLEN q"), [":0", ":1", ":0"]);
    for (const show of await nodes.each(`SHOW ${id}`)) {
      assert.equal(field("additional-deliveries", show), `:${round}`);
    }
  }
});

test("a job that stays in its queue is not queued elsewhere", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.add(0, "q body 1000 RETRY 10");
  nodes.cluster.advance(100_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":1", ":0", ":0"]);
});

test("if the node of a job is dead, one other node with a copy delivers it", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.add(0, "q body 1000 RETRY 10");
  await nodes.kill(0);
  nodes.cluster.advance(9900);
  assert.deepEqual(await nodes.each("QLEN q", [1, 2]), [":0", ":0"]);
  nodes.cluster.advance(600);
  assert.deepEqual((await nodes.each("QLEN q", [1, 2])).sort(), [":0", ":1"]);
  nodes.cluster.advance(60_000);
  assert.deepEqual((await nodes.each("QLEN q", [1, 2])).sort(), [":0", ":1"]);
});

test("a killed node comes back without its jobs, and jobs with copies are not lost", async () => {
  await using nodes = await Nodes.start(2);
  const id = await nodes.add(0, "q body 1000 RETRY 10");
  await nodes.add(0, "q alone 0 REPLICATE 1");
  await nodes.kill(0);
  await nodes.cluster.node(0).faults.restart();
  assert.deepEqual(await nodes.call(0, "JSCAN"), ["$0", []]);
  nodes.cluster.advance(11_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":0", ":1"]);
  assert.deepEqual(await nodes.call(1, "GETJOB FROM q"), [["$q", `$${id}`, "$body"]]);
});

test("a frozen node's jobs are queued by another node, and not again when it thaws", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.add(0, "q body 1000 RETRY 10");
  await nodes.call(0, "GETJOB FROM q");
  nodes.cluster.node(0).faults.freeze();
  nodes.cluster.advance(10_500);
  assert.deepEqual((await nodes.each("QLEN q", [1, 2])).sort(), [":0", ":1"]);
  nodes.cluster.node(0).faults.thaw();
  assert.deepEqual((await nodes.each("QLEN q")).sort(), [":0", ":0", ":1"]);
});

test("WORKING on any node with a copy restarts the retry time on all of them", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(0, "q body 1000 RETRY 10");
  await nodes.call(0, "GETJOB FROM q");
  nodes.cluster.advance(8000);
  assert.equal(await nodes.call(2, `WORKING ${id}`), ":10");
  nodes.cluster.advance(9000);
  assert.deepEqual(await nodes.each("QLEN q"), [":0", ":0", ":0"]);
  nodes.cluster.advance(1000);
  assert.deepEqual(await nodes.each("QLEN q"), [":1", ":0", ":0"]);
});

test("separated nodes both queue a job, and each keeps it queued after they reconnect", async () => {
  await using nodes = await Nodes.start(2);
  await nodes.add(0, "q body 1000 RETRY 10");
  nodes.cluster.partition([[0], [1]]);
  nodes.cluster.advance(11_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":1", ":1"]);
  nodes.cluster.heal();
  nodes.cluster.advance(10_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":1", ":1"]);
  await nodes.call(0, "GETJOB FROM q");
  nodes.cluster.advance(30_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":0", ":1"]);
});

test("delayed messages make two nodes queue a job, and one of them dequeues it", async () => {
  await using nodes = await Nodes.start(2, { latency: 300 });
  const adding = await nodes.blocked(0, "ADDJOB q body 5000 RETRY 10");
  nodes.cluster.advance(600);
  await adding.receive();
  await nodes.call(0, "GETJOB FROM q");
  nodes.cluster.advance(10_000);
  nodes.cluster.advance(5000);
  assert.deepEqual((await nodes.each("QLEN q")).sort(), [":0", ":1"]);
});

test("a delayed job is queued where it was added, or by another node if that one is dead", async () => {
  await using nodes = await Nodes.start(2);
  await nodes.add(0, "q body 1000 DELAY 10 RETRY 5");
  nodes.cluster.advance(10_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":1", ":0"]);
  await nodes.add(0, "other body 1000 DELAY 10 RETRY 5");
  await nodes.kill(0);
  nodes.cluster.advance(14_900);
  assert.equal(await nodes.call(1, "QLEN other"), ":0");
  nodes.cluster.advance(600);
  assert.equal(await nodes.call(1, "QLEN other"), ":1");
});
