import assert from "node:assert/strict";
import { test } from "node:test";
import { field, Nodes } from "./nodes.ts";

const TIMEOUT = "-NOREPL Timeout reached before replicating to the requested number of nodes";
const NOT_ENOUGH = "-NOREPL Not enough reachable nodes for the requested replication level";

test("ADDJOB is answered when the other nodes have confirmed their copies, not earlier", async () => {
  await using nodes = await Nodes.start(3, { latency: 100 });
  const adding = await nodes.blocked(0, "ADDJOB q body 5000");
  adding.send(["PING"]);
  nodes.cluster.advance(90);
  assert.equal(await nodes.call(0, "QLEN q"), ":0");
  nodes.cluster.advance(110);
  assert.match(String(await adding.receive()), /^\+D-/);
  assert.equal(await adding.receive(), "+PONG", "what was sent meanwhile runs then");
  assert.equal(await nodes.call(0, "QLEN q"), ":1");
});

test("confirmations that arrive together are all processed before a client goes on", async () => {
  await using nodes = await Nodes.start(3);
  const first = await nodes.blocked(0, "GETJOB FROM a");
  first.send(["ADDJOB", "q", "1", "5000"]);
  first.send(["GETJOB", "NOHANG", "COUNT", "2", "FROM", "q"]);
  const second = await nodes.blocked(0, "GETJOB FROM b");
  second.send(["ADDJOB", "q", "2", "5000"]);
  const adding = await nodes.client(0);
  adding.write("ADDJOB a x 0 REPLICATE 1\r\nADDJOB b x 0 REPLICATE 1\r\n");
  await first.receive();
  await first.receive();
  const jobs = await first.receive();
  assert.equal(jobs?.length, 2);
});

test("a job that is being replicated is in state wait-repl", async () => {
  await using nodes = await Nodes.start(3, { latency: 100 });
  const adding = await nodes.blocked(0, "ADDJOB q body 5000 REPLICATE 2");
  const [, ids] = await nodes.call(0, "JSCAN STATE wait-repl");
  const show = await nodes.call(0, `SHOW ${String(ids?.[0]).slice(1)}`);
  assert.equal(field("state", show), "$wait-repl");
  assert.equal(field("nodes-delivered", show)?.length, 2);
  assert.deepEqual(field("nodes-confirmed", show), [`$${nodes.cluster.node(0).id}`]);
  nodes.cluster.advance(200);
  await adding.receive();
});

test("ADDJOB ASYNC is answered at once", async () => {
  await using nodes = await Nodes.start(3, { latency: 100 });
  const id = await nodes.add(0, "q body 0 ASYNC");
  assert.equal(await nodes.call(1, `SHOW ${id}`), "$-1");
  nodes.cluster.advance(100);
  assert.equal(field("state", await nodes.call(1, `SHOW ${id}`)), "$active");
});

test("a copy that is not confirmed in time causes NOREPL, and the job is deleted everywhere", async () => {
  await using nodes = await Nodes.start(3);
  nodes.cluster.node(2).faults.freeze();
  const adding = await nodes.blocked(0, "ADDJOB q body 5000 RETRY 1");
  assert.equal(field("state", await nodes.call(1, `SHOW ${await jobIn(nodes, 1)}`)), "$active");
  nodes.cluster.advance(5000);
  assert.equal(await adding.receive(), TIMEOUT);
  nodes.cluster.node(2).faults.thaw();
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.call(node, "JSCAN"), ["$0", []]);
});

test("a job is offered to another node if one does not answer", async () => {
  await using nodes = await Nodes.start(4);
  nodes.cluster.node(3).faults.freeze();
  for (let n = 0; n < 5; n++) {
    const adding = await nodes.client(0);
    adding.send(["ADDJOB", "q", "body", "5000", "REPLICATE", "3"]);
    await nodes.call(0, "PING");
    nodes.cluster.advance(200);
    assert.match(String(await adding.receive()), /^\+D-/);
  }
  assert.equal(await nodes.call(0, "QLEN q"), ":5");
});

test("without enough nodes the reply is NOREPL at once", async () => {
  await using nodes = await Nodes.start(3);
  assert.equal(await nodes.call(0, "ADDJOB q body 0 REPLICATE 4"), NOT_ENOUGH);
  await nodes.kill(2);
  nodes.cluster.advance(20_000);
  assert.equal(await nodes.call(0, "ADDJOB q body 0 REPLICATE 3"), NOT_ENOUGH);
  assert.match(await nodes.add(0, "q body 0 REPLICATE 2"), /^D-/);
});

test("a copy on a killed node is awaited until that node is suspected", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.kill(2);
  const adding = await nodes.blocked(0, "ADDJOB q body 1000");
  nodes.cluster.advance(1000);
  assert.equal(await adding.receive(), TIMEOUT);
  const again = await nodes.blocked(0, "ADDJOB q body 0");
  await nodes.cluster.node(2).faults.restart();
  nodes.cluster.advance(100);
  assert.match(String(await again.receive()), /^\+D-/, "and it comes with the node");
});

test("a job is deleted if its client disconnects before it is replicated", async () => {
  await using nodes = await Nodes.start(3);
  nodes.cluster.node(2).faults.freeze();
  const adding = await nodes.blocked(0, "ADDJOB q body 0");
  const { clients } = nodes.cluster.node(0);
  adding.destroy();
  while (nodes.cluster.node(0).clients === clients) await nodes.call(0, "PING");
  nodes.cluster.node(2).faults.thaw();
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.call(node, "JSCAN"), ["$0", []]);
});

test("a job that expires before it is replicated is deleted", async () => {
  await using nodes = await Nodes.start(2);
  nodes.cluster.partition([[0], [1]]);
  const adding = await nodes.blocked(0, "ADDJOB q body 0 TTL 2");
  nodes.cluster.advance(3000);
  assert.equal(
    await adding.receive(),
    "-NOREPL job removed (expired?) before the requested replication level was achieved",
  );
});

test("a job that is acknowledged elsewhere counts as replicated", async () => {
  await using nodes = await Nodes.start(3);
  nodes.cluster.node(2).faults.freeze();
  const adding = await nodes.blocked(0, "ADDJOB q body 0");
  const id = await jobIn(nodes, 1);
  assert.equal(await nodes.call(1, `ACKJOB ${id}`), ":1");
  assert.equal(await adding.receive(), `+${id}`);
});

test("a node that dies closes its waiting clients, and the other copies are kept", async () => {
  await using nodes = await Nodes.start(3);
  nodes.cluster.node(2).faults.freeze();
  const adding = await nodes.blocked(0, "ADDJOB q body 0 RETRY 10");
  const id = await jobIn(nodes, 1);
  await nodes.kill(0);
  await adding.closed();
  assert.equal(field("state", await nodes.call(1, `SHOW ${id}`)), "$active");
  nodes.cluster.advance(11_000);
  assert.equal(await nodes.call(1, "QLEN q"), ":1");
});

test("a node short of memory accepts no copies and keeps none", async () => {
  await using nodes = await Nodes.start(3);
  await nodes.call(0, "CONFIG SET maxmemory 900000");
  const id = await nodes.add(1, "q body 1000 REPLICATE 2");
  assert.equal(await nodes.call(0, `SHOW ${id}`), "$-1");
  const external = await nodes.add(0, "q body 1000 REPLICATE 2");
  assert.equal(await nodes.call(0, `SHOW ${external}`), "$-1");
  const lengths = await nodes.each("QLEN q");
  assert.equal(lengths[0], ":0");
  // Which of the other nodes queues it is random.
  assert.ok(lengths[1] === ":2" ? lengths[2] === ":0" : lengths[2] === ":1", `${lengths}`);
  assert.equal(
    await nodes.call(0, "ADDJOB q body 1000 REPLICATE 3"),
    `${NOT_ENOUGH}, since I'm unable to hold a copy of the message for the following reason: I'm out of memory`,
  );
});

/** The id of the only job of a node, as soon as it has one. */
async function jobIn(nodes: Nodes, node: number): Promise<string> {
  for (;;) {
    const [, ids] = await nodes.call(node, "JSCAN");
    if (ids?.[0] !== undefined) return String(ids[0]).slice(1);
  }
}
