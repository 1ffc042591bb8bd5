import assert from "node:assert/strict";
import { test } from "node:test";
import { field, Nodes } from "./nodes.ts";

test("a job is passed to a client that waits at another node", async () => {
  await using nodes = await Nodes.start(3);
  const waiting = await nodes.blocked(2, "GETJOB FROM q");
  const id = await nodes.add(0, "q body 1000");
  assert.equal(await nodes.call(0, "QLEN q"), ":1", "the other node has asked before there was any");
  nodes.cluster.advance(5000);
  assert.deepEqual(await waiting.receive(), [["$q", `$${id}`, "$body"]]);
  assert.deepEqual(await nodes.each("QLEN q"), [":0", ":0", ":0"]);
});

test("a GETJOB that finds nothing makes its node ask all others at once", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(0, "q body 1000");
  const client = await nodes.client(1);
  assert.deepEqual(await client.call("GETJOB", "FROM", "q"), [["$q", `$${id}`, "$body"]]);
});

test("all nodes are asked after 4, 8, 16 and then every 30 seconds while a client waits", async () => {
  await using nodes = await Nodes.start(2);
  await nodes.blocked(1, "GETJOB FROM q");
  const sent = async (): Promise<number> =>
    Number(/messages_sent:(\d+)/.exec(String(await nodes.call(1, "CLUSTER INFO")))?.[1]);
  // Not counting pings: one per second and its reply.
  const asked = async (seconds: number): Promise<number> => {
    const before = await sent();
    nodes.cluster.advance(seconds * 1000);
    return (await sent()) - before - 2 * seconds;
  };
  assert.equal(await asked(3), 0);
  assert.equal(await asked(2), 1);
  assert.equal(await asked(8), 1);
  assert.equal(await asked(16), 1);
  assert.equal(await asked(60), 2);
});

test("a node that gave jobs is asked for more as soon as the queue is empty again", async () => {
  await using nodes = await Nodes.start(2);
  for (let n = 0; n < 16; n++) await nodes.add(0, `q ${n} 1000`);
  for (let n = 0; n < 15; n++) {
    const jobs = await nodes.call(1, "GETJOB TIMEOUT 1000 FROM q");
    assert.equal(jobs[0]?.[2], `$${n}`);
  }
  assert.deepEqual(field("import-from", await nodes.call(1, "QSTAT q")), [`$${nodes.cluster.node(0).id}`]);
  assert.notEqual(field("import-rate", await nodes.call(1, "QSTAT q")), ":0");
  nodes.cluster.advance(6000);
  assert.equal(field("import-rate", await nodes.call(1, "QSTAT q")), ":0");
});

test("a node that imports jobs of a queue exports none of that queue", async () => {
  await using nodes = await Nodes.start(3);
  for (let n = 0; n < 20; n++) await nodes.add(0, `q ${n} 1000 REPLICATE 1`);
  await nodes.call(1, "GETJOB FROM q");
  assert.notEqual(await nodes.call(1, "QLEN q"), ":0");
  nodes.cluster.partition([[0], [1, 2]]);
  assert.equal(await nodes.call(2, "GETJOB NOHANG FROM q"), "*-1");
  assert.equal(await nodes.call(2, "QLEN q"), ":0");
});

test("a job that was passed on and not acknowledged is redelivered", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(0, "q body 1000 RETRY 10");
  await nodes.call(2, "GETJOB FROM q");
  nodes.cluster.advance(10_000);
  assert.deepEqual((await nodes.each("QLEN q")).sort(), [":0", ":0", ":1"]);
  assert.equal(field("additional-deliveries", await nodes.call(0, `SHOW ${id}`)), ":1");
});

test("a job in another node's queue is not queued again where it came from", async () => {
  await using nodes = await Nodes.start(2);
  for (let n = 0; n < 4; n++) await nodes.add(0, `q ${n} 1000 RETRY 10`);
  await nodes.call(1, "GETJOB FROM q");
  nodes.cluster.advance(9000);
  const lengths = await nodes.each("QLEN q");
  nodes.cluster.advance(900);
  assert.deepEqual(await nodes.each("QLEN q"), lengths);
});

test("a job that is delivered at most once leaves the node it was added to", async () => {
  await using nodes = await Nodes.start(2);
  const id = await nodes.add(0, "q body 0 RETRY 0 REPLICATE 1");
  assert.deepEqual(await nodes.call(1, "GETJOB FROM q"), [["$q", `$${id}`, "$body"]]);
  assert.equal(await nodes.call(0, `SHOW ${id}`), "$-1");
  nodes.cluster.advance(3_600_000);
  assert.deepEqual(await nodes.each("QLEN q"), [":0", ":0"]);
});

test("an isolated node neither exports nor imports jobs", async () => {
  await using nodes = await Nodes.start(2);
  await nodes.add(0, "q body 0 REPLICATE 1");
  nodes.cluster.partition([[0], [1]]);
  const waiting = await nodes.blocked(1, "GETJOB FROM q");
  nodes.cluster.advance(60_000);
  assert.equal(await nodes.call(0, "QLEN q"), ":1");
  nodes.cluster.heal();
  nodes.cluster.advance(31_000);
  assert.equal((await waiting.receive())[0]?.[2], "$body");
});

test("a queue paused in output everywhere delivers nothing until it is resumed", async () => {
  await using nodes = await Nodes.start(2);
  assert.equal(await nodes.call(1, "PAUSE q out bcast"), "+out");
  assert.equal(await nodes.call(0, "PAUSE q state"), "+out");
  await nodes.add(0, "q body 1000");
  const waiting = await nodes.blocked(1, "GETJOB FROM q");
  nodes.cluster.advance(60_000);
  assert.equal(await nodes.call(0, "QLEN q"), ":1");
  await nodes.call(0, "PAUSE q none bcast");
  nodes.cluster.advance(31_000);
  assert.equal((await waiting.receive())[0]?.[2], "$body");
});
