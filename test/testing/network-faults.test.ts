import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { WireClient } from "../conformance/wire.ts";
import { BlackHole } from "../support/black-hole.ts";

const FULL = "-ERR max number of clients reached";

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

test("a server with a closed port keeps serving open connections", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  server.faults.closePort();
  await assert.rejects(WireClient.connect(server.host, server.port), { code: "ECONNREFUSED" });
  assert.equal(await client.call("PING"), "+PONG");
  await server.faults.openPort();
  await server.faults.openPort();
  const other = await WireClient.connect(server.host, server.port);
  assert.equal(await other.call("PING"), "+PONG");
  server.faults.closePort();
});

test("a server that resets new connections keeps serving open ones", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  assert.equal(await client.call("PING"), "+PONG");
  server.faults.refuse(true);
  const socket = connect(server.port, server.host);
  const [error] = await once(socket, "error");
  assert.equal(error.code, "ECONNRESET");
  assert.equal(await client.call("PING"), "+PONG");
});

test("a full server refuses new connections with the server's own error, before any password", async () => {
  await using server = await TestServer.start({ password: "secret" });
  const client = await WireClient.connect(server.host, server.port);
  assert.equal(await client.call("AUTH", "secret"), "+OK");
  server.faults.full(true);
  const refused = await WireClient.connect(server.host, server.port);
  refused.send(["AUTH", "secret"]);
  assert.equal(await refused.closed(), `${FULL}\r\n`);
  assert.equal(await client.call("PING"), "+PONG");
  server.faults.full(false);
  const other = await WireClient.connect(server.host, server.port);
  assert.equal(await other.call("AUTH", "secret"), "+OK");
});

test("packets are dropped: nothing is answered, and everything arrives when the network is back", async () => {
  await using cluster = await TestCluster.start(2);
  const server = cluster.node(0);
  const other = cluster.node(1);
  const client = await WireClient.connect(server.host, server.port);
  client.send(["GETJOB", "FROM", "q"]);
  while (server.received("getjob") === 0) await turns(1);
  server.faults.swallow(true);
  assert.equal(server.faults.swallowing, true);
  client.send(["PING"]);
  const stranger = await WireClient.connect(server.host, server.port);
  stranger.send(["PING"]);
  const neighbour = await WireClient.connect(other.host, other.port);
  // The node itself keeps running: it delivers the job to its waiting client.
  await neighbour.call("ADDJOB", "q", "body", "0");
  cluster.advance(60_000);
  await turns(5);
  assert.equal(server.received("ping"), 0);
  assert.equal(await neighbour.call("QLEN", "q"), ":0");
  const nodes = await neighbour.call("HELLO");
  assert.deepEqual([nodes[2]?.[3], nodes[3]?.[3]], ["$1", "$1"]);
  server.faults.swallow(false);
  assert.equal((await client.receive())[0]?.[2], "$body");
  assert.equal(await client.receive(), "+PONG");
  assert.equal(await stranger.receive(), "+PONG");
});

test("AUTH can be answered with any error", async () => {
  await using server = await TestServer.start({ password: "secret" });
  const client = await WireClient.connect(server.host, server.port);
  server.faults.answer("auth", "WRONGPASS invalid username-password pair", 1);
  assert.equal(await client.call("AUTH", "secret"), "-WRONGPASS invalid username-password pair");
  assert.equal(await client.call("PING"), "-NOAUTH Authentication required.");
  assert.equal(await client.call("AUTH", "secret"), "+OK");
});

test("each node may have its own password, which can change and survives a restart", async () => {
  await using cluster = await TestCluster.start(2, { password: "old" });
  const [first, second] = [cluster.node(0), cluster.node(1)];
  const open = await WireClient.connect(first.host, first.port);
  assert.equal(await open.call("AUTH", "old"), "+OK");
  first.password = "né";
  assert.deepEqual([first.password, second.password], ["né", "old"]);
  assert.equal(await open.call("PING"), "+PONG");
  const later = await WireClient.connect(first.host, first.port);
  assert.equal(await later.call("AUTH", "old"), "-ERR invalid password");
  assert.equal(await later.call("AUTH", Buffer.from("né")), "+OK");
  const other = await WireClient.connect(second.host, second.port);
  assert.equal(await other.call("AUTH", "old"), "+OK");
  await first.faults.kill();
  await first.faults.restart();
  const again = await WireClient.connect(first.host, first.port);
  assert.equal(await again.call("PING"), "-NOAUTH Authentication required.");
  first.password = "";
  assert.equal(await again.call("PING"), "+PONG");
});

test("connecting to a black hole hangs", {
  skip: process.platform !== "linux" && "only on Linux",
}, async () => {
  await using hole = await BlackHole.open();
  const socket = connect(hole.port, hole.host);
  let connected = false;
  socket.on("connect", () => {
    connected = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(connected, false);
  socket.destroy();
});
