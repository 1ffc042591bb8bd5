import assert from "node:assert/strict";
import { test } from "node:test";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { type Wire, WireClient } from "../conformance/wire.ts";

test("a client that disconnects frees its place for another one", async () => {
  await using server = await TestServer.start();
  const [main, first, second] = await Promise.all(
    [1, 2, 3].map(() => WireClient.connect(server.host, server.port)),
  );
  assert.ok(main && first && second);
  first.send(["GETJOB", "FROM", "q"]);
  while (!String(await main.call("QSTAT", "q")).includes("blocked,:1")) await main.call("PING");
  second.send(["GETJOB", "FROM", "q"]);
  while (!String(await main.call("QSTAT", "q")).includes("blocked,:2")) await main.call("PING");
  first.destroy();
  while (server.clients > 2) await main.call("PING");
  await main.call("ADDJOB", "q", "body", "0");
  assert.equal((await second.receive())[0]?.[2], "$body");
  main.destroy();
  second.destroy();
});

test("DEBUG SLEEP blocks all clients on the testing clock, but not the process", async () => {
  await using server = await TestServer.start();
  const sleeper = await WireClient.connect(server.host, server.port);
  const other = await WireClient.connect(server.host, server.port);
  sleeper.send(["DEBUG", "SLEEP", "3600"]);
  sleeper.send(["PING"]);
  while (server.received("debug") === 0) await new Promise(setImmediate);
  other.send(["PING"]);
  server.advance(3_500_000);
  assert.equal(server.received("ping"), 0);
  server.advance(100_000);
  assert.equal(await sleeper.receive(), "+OK");
  assert.equal(await sleeper.receive(), "+PONG");
  assert.equal(await other.receive(), "+PONG");
  const slow = await other.call("SLOWLOG", "GET");
  assert.match(String(slow[0]?.[2]), /^:36000\d{5}$/);
  sleeper.destroy();
  other.destroy();
});

test("CLIENT PAUSE ends on the testing clock, not earlier", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  assert.equal(await client.call("CLIENT", "PAUSE", "3600000"), "+OK");
  client.send(["PING"]);
  server.advance(3_500_000);
  assert.equal(server.received("ping"), 0);
  server.advance(100_000);
  assert.equal(await client.receive(), "+PONG");
  client.destroy();
});

test("idle clients are closed after the timeout, but clients blocked in a command are not", async () => {
  await using server = await TestServer.start();
  const idle = await WireClient.connect(server.host, server.port);
  const waiting = await WireClient.connect(server.host, server.port);
  waiting.send(["GETJOB", "FROM", "q"]);
  assert.equal(await idle.call("CONFIG", "SET", "timeout", "100"), "+OK");
  while (server.received("getjob") === 0) await idle.call("PING");
  server.advance(80_000);
  assert.equal(server.clients, 2);
  server.advance(50_000);
  await idle.closed();
  assert.equal(server.clients, 1);
  waiting.destroy();
});

test("an idle client is closed when the second begins in which it has been idle for too long", async () => {
  await using server = await TestServer.start();
  server.advance(1000 - (server.now() % 1000) + 100);
  const idle = await WireClient.connect(server.host, server.port);
  assert.equal(await idle.call("CONFIG", "SET", "timeout", "2"), "+OK");
  server.advance(2000);
  assert.equal(server.clients, 1);
  server.advance(1000 - (server.now() % 1000));
  assert.equal(server.clients, 0);
  await idle.closed();
});

test("output that a client does not read does not keep it open", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  const monitor = await WireClient.connect(server.host, server.port);
  assert.equal(await monitor.call("MONITOR"), "+OK");
  monitor.socket.pause();
  const body = Buffer.alloc(1024 * 1024, "x");
  for (let count = 0; count < 20; count++) await client.call("PING", body);
  await client.call("CONFIG", "SET", "timeout", "10");
  for (let second = 0; second < 12; second++) {
    server.advance(1000);
    assert.equal(await client.call("PING"), "+PONG");
  }
  assert.equal(server.clients, 1);
  monitor.destroy();
  client.destroy();
});

test("a GETJOB with a timeout ends on the testing clock", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  client.send(["GETJOB", "TIMEOUT", "60000", "FROM", "q"]);
  while (server.received("getjob") === 0) await new Promise(setImmediate);
  server.advance(60_000);
  assert.equal(await client.receive(), "*-1");
  client.destroy();
});

test("a GETJOB without a timeout keeps waiting as time passes", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  const other = await WireClient.connect(server.host, server.port);
  client.send(["GETJOB", "TIMEOUT", "0", "FROM", "q"]);
  while (server.received("getjob") === 0) await new Promise(setImmediate);
  server.advance(30 * 86_400_000);
  await other.call("ADDJOB", "q", "body", "0");
  assert.equal((await client.receive())[0]?.[2], "$body");
  client.destroy();
  other.destroy();
});

test("ten thousand commands in flight are answered in order", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  const count = 10_000;
  client.write(Array.from({ length: count }, (_, at) => `PING ${at}\r\n`).join(""));
  for (let at = 0; at < count; at++) assert.equal(await client.receive(), `$${at}`);
  client.destroy();
});

test("large bodies are returned intact", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  const body = Buffer.alloc(1_000_000, "0123456789\r\n");
  await client.call("ADDJOB", "q", body, "0");
  await client.call("ADDJOB", "q", "small", "0");
  const jobs = await client.call("GETJOB", "COUNT", "2", "FROM", "q");
  assert.ok(jobs[0]?.[2] === `$${body.toString("latin1")}`);
  assert.equal(jobs[1]?.[2], "$small");
  client.destroy();
});

test("a server short of memory drops delivered jobs with RETRY 0 to make room", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  const body = Buffer.alloc(1_000_000);
  await client.call("ADDJOB", "q", body, "0", "RETRY", "0");
  await client.call("CONFIG", "SET", "maxmemory", "1500000");
  assert.match(String(await client.call("ADDJOB", "q", "more", "0")), /^-OOM /);
  await client.call("GETJOB", "FROM", "q");
  assert.match(String(await client.call("ADDJOB", "q", "more", "0")), /^\+D-/);
  assert.match(String(await client.call("INFO", "jobs")), /registered_jobs:1\r\n/);
  client.destroy();
});

/** The node of a HELLO that is not the server itself. */
function stranger(hello: Wire, id: string): Wire {
  const nodes = typeof hello === "string" ? [] : hello.slice(2);
  return nodes.find((node) => node[0] !== `$${id}`) ?? [];
}

test("HELLO may list the node itself at any position", async () => {
  const low = "1".repeat(40);
  const high = "e".repeat(40);
  await using cluster = await TestCluster.start(2, { ids: [high, low] });
  for (const node of cluster.nodes) {
    const client = await WireClient.connect(node.host, node.port);
    const hello = await client.call("HELLO");
    assert.deepEqual([hello[1], hello[2]?.[0], hello[3]?.[0]], [`$${node.id}`, `$${low}`, `$${high}`]);
  }
});

test("a peer given to CLUSTER MEET that does not answer is forgotten after a while", async () => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  assert.equal(await client.call("CLUSTER", "MEET", "127.0.0.1", "7711"), "+OK");
  assert.equal(await client.call("CLUSTER", "MEET", "127.0.0.1", "7711"), "+OK");
  const hello = await client.call("HELLO");
  assert.equal(hello.length, 4);
  const peer = stranger(hello, server.id);
  assert.deepEqual(
    [1, 2, 3].map((at) => peer[at]),
    ["$127.0.0.1", "$7711", "$5"],
  );
  assert.match(
    String(await client.call("CLUSTER", "NODES")),
    / 127\.0\.0\.1:7711 handshake 0 0 disconnected\n/,
  );
  server.advance(15_000);
  assert.equal((await client.call("HELLO")).length, 3);
  await client.call("CLUSTER", "MEET", "127.0.0.1", "7711");
  const id = String(stranger(await client.call("HELLO"), server.id)[0]).slice(1);
  assert.equal(await client.call("CLUSTER", "FORGET", id), "+OK");
  assert.equal((await client.call("HELLO")).length, 3);
  client.destroy();
});
