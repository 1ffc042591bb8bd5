import assert from "node:assert/strict";
import { test } from "node:test";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { WireClient } from "../conformance/wire.ts";

test("a test can wait for commands", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  const two = server.received("GetJob", 2);
  let reached = false;
  void two.then(() => {
    reached = true;
  });
  client.send(["GETJOB", "NOHANG", "FROM", "q"]);
  await server.received("getjob", 1);
  await new Promise(setImmediate);
  assert.equal(reached, false);
  client.send(["GETJOB", "FROM", "q"]);
  await two;
  assert.equal(server.received("getjob"), 2);
  await server.received("getjob", 0);
});

test("a server is idle when everything sent was answered, except a waiting GETJOB", async () => {
  await using server = await TestServer.start();
  const clients = await Promise.all([1, 2, 3].map(() => WireClient.connect(server.host, server.port)));
  clients[0]?.send(["GETJOB", "FROM", "none"]);
  for (const client of clients.slice(1)) {
    for (let count = 0; count < 500; count++) client.send(["ADDJOB", "q", "body", "0"]);
  }
  await server.idle();
  assert.equal(server.received("addjob"), 1000);
  assert.equal(server.received("getjob"), 1);
  await server.idle();
});

test("a cluster is idle when its jobs are replicated", async () => {
  await using cluster = await TestCluster.start(3);
  const [first] = cluster.nodes;
  assert.ok(first);
  const client = await WireClient.connect(first.host, first.port);
  for (let count = 0; count < 100; count++) client.send(["ADDJOB", "q", "body", "0", "REPLICATE", "3"]);
  await cluster.idle();
  for (const node of cluster.nodes) {
    const other = await WireClient.connect(node.host, node.port);
    assert.match(String(await other.call("INFO", "jobs")), /registered_jobs:100\r/);
  }
});

test("DEBUG CRASH-AND-RECOVER restarts the server after its delay, without jobs", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  await client.call("ADDJOB", "q", "body", "0");
  const id = await client.call("CLUSTER", "MYID");
  client.send(["DEBUG", "CRASH-AND-RECOVER", "60000"]);
  assert.equal(await client.closed(), "");
  await assert.rejects(WireClient.connect(server.host, server.port), { code: "ECONNREFUSED" });
  server.advance(60_000);
  const again = await connectWhenUp(server);
  assert.equal(await again.call("CLUSTER", "MYID"), id);
  assert.equal(await again.call("QLEN", "q"), ":0");
});

test("a stopped server does not come back", async () => {
  const server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  client.send(["DEBUG", "RESTART", "1000"]);
  await client.closed();
  await server.stop();
  server.advance(2000);
  await new Promise(setImmediate);
  await assert.rejects(WireClient.connect(server.host, server.port), { code: "ECONNREFUSED" });
});

async function connectWhenUp(server: TestServer): Promise<WireClient> {
  for (;;) {
    const client = await WireClient.connect(server.host, server.port).catch(() => null);
    if (client !== null) return client;
  }
}
