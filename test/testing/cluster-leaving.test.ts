import assert from "node:assert/strict";
import { test } from "node:test";
import { field, Nodes } from "./nodes.ts";

const LEAVING = "-LEAVING This node is leaving the cluster, please connect to a different one";

test("all nodes learn at once that a node is leaving, and that it stays after all", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.call(1, "CLUSTER LEAVING yes");
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 100, 1]);
  assert.match(String(await nodes.call(0, "CLUSTER INFO")), /reachable_nodes:1\r\n/);
  assert.match(
    String(await nodes.call(0, "CLUSTER NODES")),
    new RegExp(`${nodes.cluster.node(1).id} \\S+ leaving `),
  );
  await nodes.call(1, "CLUSTER LEAVING no");
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
});

test("a leaving node adds jobs to other nodes only", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.call(0, "CLUSTER LEAVING yes");
  for (const options of ["REPLICATE 2", "REPLICATE 2 ASYNC", "REPLICATE 1"]) {
    const id = await nodes.add(0, `q body 1000 RETRY 100 ${options}`);
    assert.equal(await nodes.call(0, `SHOW ${id}`), "$-1");
    const states = (await nodes.each(`SHOW ${id}`, [1, 2])).map((show) => field("state", show));
    assert.equal(states.filter((state) => state === "$queued").length, 1, options);
  }
  const delayed = await nodes.add(0, "later body 1000 RETRY 100 DELAY 10 REPLICATE 2");
  assert.deepEqual(await nodes.each("QLEN later", [1, 2]), [":0", ":0"]);
  assert.equal(await nodes.call(0, `SHOW ${delayed}`), "$-1");
  nodes.cluster.advance(10_000);
  assert.deepEqual((await nodes.each("QLEN later", [1, 2])).sort(), [":0", ":1"]);
});

test("a leaving node cannot add jobs that need a copy on every node", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.call(0, "CLUSTER LEAVING yes");
  assert.match(
    String(await nodes.call(0, "ADDJOB q body 1000")),
    /^-NOREPL .* for the following reason: I'm leaving the cluster$/,
  );
  assert.match(String(await nodes.call(1, "ADDJOB q body 1000")), /^-NOREPL Not enough reachable nodes /);
});

test("a leaving node ends the calls that wait for jobs or copies", async () => {
  await using nodes = await Nodes.start(3);
  nodes.cluster.node(2).faults.freeze();
  const getting = await nodes.blocked(0, "GETJOB FROM q");
  const adding = await nodes.blocked(0, "ADDJOB other body 0");
  await nodes.call(0, "CLUSTER LEAVING yes");
  assert.equal(await getting.receive(), LEAVING);
  assert.equal(await adding.receive(), LEAVING);
  assert.deepEqual(await nodes.call(1, "JSCAN"), ["$0", []], "the job that was being added is deleted");
});

test("a leaving node still exports jobs, but imports none", async () => {
  await using nodes = await Nodes.start(2);
  await nodes.add(0, "q body 1000");
  await nodes.add(1, "other body 1000");
  await nodes.call(0, "CLUSTER LEAVING yes");
  assert.equal(await nodes.call(0, "GETJOB NOHANG FROM other"), "*-1");
  assert.equal(await nodes.call(1, "QLEN other"), ":1");
  assert.equal((await nodes.call(1, "GETJOB FROM q"))[0]?.[2], "$body");
});

test("a leaving node is still leaving after a restart", async () => {
  await using nodes = await Nodes.start(2);
  await nodes.call(0, "CLUSTER LEAVING yes");
  await nodes.kill(0);
  await nodes.cluster.node(0).faults.restart();
  assert.equal(await nodes.call(0, "CLUSTER LEAVING"), "+yes");
  for (const node of [0, 1]) assert.deepEqual(await nodes.priorities(node), [100, 1]);
});
