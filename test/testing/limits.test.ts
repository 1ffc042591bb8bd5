import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { WireClient } from "../conformance/wire.ts";

/** More bytes than the socket buffers of both sides hold. */
const LARGE = 20_000_000;

test("a client in MONITOR that does not read is closed", async () => {
  await using server = await TestServer.start();
  const deaf = await WireClient.connect(server.host, server.port);
  assert.equal(await deaf.call("MONITOR"), "+OK");
  deaf.socket.pause();
  const client = await WireClient.connect(server.host, server.port);
  const argument = Buffer.alloc(1_000_000, "x");
  for (let sent = 0; server.clients === 2; sent++) {
    assert.ok(sent < 100, "more than 100 MB are kept for it");
    await client.call("PING", argument);
  }
});

test("a client is closed when its output exceeds the soft limit for too long", async () => {
  await using server = await TestServer.start();
  const main = await WireClient.connect(server.host, server.port);
  await main.call("CONFIG", "SET", "client-output-buffer-limit", "normal 0 1000000 10");
  const deaf = await WireClient.connect(server.host, server.port);
  deaf.socket.pause();
  deaf.send(["PING", "x".repeat(LARGE)]);
  await server.received("ping", 1);
  server.advance(9_000);
  deaf.send(["PING"]);
  await server.received("ping", 2);
  assert.equal(server.clients, 2);
  server.advance(2_000);
  deaf.send(["PING"]);
  await until(() => server.clients === 1);
});

test("the time of the soft limit restarts once a client has read below it", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  await client.call("CONFIG", "SET", "client-output-buffer-limit", "normal 0 100000 10");
  await client.call("PING", "x".repeat(200_000));
  server.advance(9_000);
  await client.call("PING");
  server.advance(9_000);
  await client.call("PING", "x".repeat(200_000));
  assert.equal(await client.call("PING"), "+PONG");
});

for (const [share, idle] of [
  [0.9, 10],
  [1.1, 2],
] as const) {
  test(`queues are forgotten after ${idle} s when ${share} of maxmemory is used`, async () => {
    await using server = await TestServer.start();
    const client = await WireClient.connect(server.host, server.port);
    const queues = async () => /registered_queues:(\d+)/.exec(String(await client.call("INFO")))?.[1];
    await client.call("GETJOB", "NOHANG", "FROM", "a", "b");
    server.advance(60_000);
    assert.equal(await queues(), "2");
    await client.call("GETJOB", "NOHANG", "FROM", "c");
    const used = Number(/used_memory:(\d+)/.exec(String(await client.call("INFO", "memory")))?.[1]);
    await client.call("CONFIG", "SET", "maxmemory", String(Math.floor(used / share)));
    await client.call("PING");
    server.advance(idle * 1000 - 1500);
    assert.equal(await queues(), "1");
    server.advance(2500);
    assert.equal(await queues(), "0");
  });
}

test("the policy acks evicts acknowledged jobs, and noeviction nothing", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  // A known node that is unreachable prevents the garbage collection of acknowledgements.
  await client.call("CLUSTER", "MEET", "127.0.0.1", "1");
  const unknown = "D-ffffffff-8YL1NT17e9+wsA/09NqxscQI-05a1";
  const jobs = async () => /registered_jobs:(\d+)/.exec(String(await client.call("INFO")))?.[1];
  await client.call("ADDJOB", "q", "body", "0", "REPLICATE", "1", "RETRY", "0");
  await client.call("GETJOB", "FROM", "q");
  await client.call("ACKJOB", unknown);
  const before = await jobs();
  await client.call("CONFIG", "SET", "maxmemory-policy", "noeviction");
  await client.call("CONFIG", "SET", "maxmemory", "1000");
  assert.match(String(await client.call("ADDJOB", "q", "body", "0")), /^-OOM /);
  assert.equal(await jobs(), before);
  await client.call("CONFIG", "SET", "maxmemory-policy", "acks");
  await client.call("PING");
  assert.equal(await jobs(), "0");
});
