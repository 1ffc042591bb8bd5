import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { WireClient } from "../conformance/wire.ts";

const APIS = ["setTimeout", "setInterval", "setImmediate", "Date"] as const;

/** Turns of the event loop that fake timers do not affect: each waits for a socket. */
async function turns(client: WireClient, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) assert.equal(await client.call("PING"), "+PONG");
}

test("a server works while a test fakes timers and the date", async (t) => {
  await using server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  const before = Number((await client.call("TIME"))[0]?.slice(1));
  mock.timers.enable({ apis: [...APIS], now: 0 });
  t.after(() => mock.timers.reset());
  assert.equal(Date.now(), 0);

  assert.match(String(await client.call("ADDJOB", "q", "body", "0", "DELAY", "3600")), /^\+D-/);
  assert.equal(await client.call("GETJOB", "TIMEOUT", "30", "FROM", "q"), "*-1");
  mock.timers.tick(3_600_000);
  await turns(client, 10);
  assert.equal(await client.call("QLEN", "q"), ":0");
  server.advance(3_600_000);
  assert.equal(await client.call("QLEN", "q"), ":1");
  const after = Number((await client.call("TIME"))[0]?.slice(1));
  assert.ok(after - before >= 3600 && after - before < 3660, `${after - before} s`);

  await server.idle();
  server.faults.slice(1);
  assert.equal(await client.call("PING"), "+PONG");
});

test("a cluster works as well, and a server can be started meanwhile", async (t) => {
  mock.timers.enable({ apis: [...APIS] });
  t.after(() => mock.timers.reset());
  await using cluster = await TestCluster.start(3);
  const [node] = cluster.nodes;
  assert.ok(node);
  const client = await WireClient.connect(node.host, node.port);
  assert.match(String(await client.call("ADDJOB", "q", "body", "0", "REPLICATE", "3")), /^\+D-/);
  cluster.advance(60_000);
  await cluster.idle();
});

// The example in docs/testing.md.
test("a job is due in an hour", async (t) => {
  const server = await TestServer.start();
  t.after(() => server.stop());
  const disque = new Disque(server.address);
  t.after(() => disque.close());
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2030, 0, 1) });

  await disque.addJob("report", new Date().toISOString(), { delay: 3600 });
  t.mock.timers.tick(3_600_000);
  server.advance(3_600_000);

  const [job] = await disque.getJob("report");
  assert.equal(job?.text(), "2030-01-01T00:00:00.000Z");
});
