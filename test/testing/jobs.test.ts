import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "../../src/testing/index.ts";
import { type Wire, WireClient } from "../conformance/wire.ts";

async function start(): Promise<{ server: TestServer; call(line: string): Promise<Wire> } & AsyncDisposable> {
  const server = await TestServer.start();
  const client = await WireClient.connect(server.host, server.port);
  return {
    server,
    call: (line) => client.call(...line.split(" ")),
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

function idOf(reply: Wire): string {
  assert.ok(typeof reply === "string" && reply.startsWith("+D-"), `${reply} is no id`);
  return reply.slice(1);
}

test("a delayed job is queued after its delay, not earlier", async () => {
  await using disque = await start();
  const { server, call } = disque;
  await call("ADDJOB q body 0 DELAY 600");
  server.advance(500_000);
  assert.equal(await call("QLEN q"), ":0");
  server.advance(100_000);
  assert.equal(await call("QLEN q"), ":1");
});

test("a job is redelivered after its retry time, with a higher counter", async () => {
  await using disque = await start();
  const { server, call } = disque;
  const id = idOf(await call("ADDJOB q body 0 RETRY 10"));
  await call("GETJOB FROM q");
  server.advance(10_000);
  const again = ["$q", `$${id}`, "$body", "$nacks", ":0", "$additional-deliveries", ":1"];
  assert.deepEqual(await call("GETJOB WITHCOUNTERS FROM q"), [again]);
});

test("the retry time starts when a job is queued, whether or not it is fetched", async () => {
  await using disque = await start();
  const { server, call } = disque;
  await call("ADDJOB q body 0 RETRY 1000");
  server.advance(800_000);
  await call("GETJOB FROM q");
  server.advance(200_000);
  assert.equal(await call("QLEN q"), ":1");
  server.advance(1_000_000);
  assert.equal(await call("QLEN q"), ":1", "it is not queued twice");
});

test("without RETRY a job is redelivered after a tenth of its TTL, at least one second, at most five minutes", async () => {
  for (const [ttl, retry] of [
    [100, 10],
    [5, 1],
    [86_400, 300],
  ]) {
    await using disque = await start();
    const id = idOf(await disque.call(`ADDJOB q body 0 TTL ${ttl}`));
    const info = await disque.call(`SHOW ${id}`);
    assert.equal(info[15], `:${retry}`);
  }
});

test("a job is deleted after its TTL", async () => {
  await using disque = await start();
  const { server, call } = disque;
  const id = idOf(await call("ADDJOB q body 0 TTL 1000"));
  server.advance(800_000);
  assert.equal(await call("QLEN q"), ":1");
  server.advance(300_000);
  assert.equal(await call("QLEN q"), ":0");
  assert.equal(await call(`SHOW ${id}`), "$-1");
});

test("WORKING restarts the retry time, until half of the TTL is over", async () => {
  await using disque = await start();
  const { server, call } = disque;
  const id = idOf(await call("ADDJOB q body 0 RETRY 1000 TTL 6000"));
  await call("GETJOB FROM q");
  server.advance(900_000);
  assert.equal(await call(`WORKING ${id}`), ":1000");
  server.advance(900_000);
  assert.equal(await call("QLEN q"), ":0");
  server.advance(100_000);
  assert.equal(await call("QLEN q"), ":1");
  server.advance(1_200_000);
  assert.match(String(await call(`WORKING ${id}`)), /^-TOOLATE /);
});

test("a queue paused in input does not take a job with retries, but takes one without, which would be lost", async () => {
  await using disque = await start();
  const { server, call } = disque;
  await call("ADDJOB q retried 0 RETRY 10");
  await call("GETJOB FROM q");
  await call("ADDJOB q once 0 RETRY 0 DELAY 5");
  await call("PAUSE q in");
  server.advance(35_000);
  assert.equal(await call("QLEN q"), ":1");
  await call("PAUSE q none");
  server.advance(5000);
  assert.equal(await call("QLEN q"), ":2");
});

test("SHOW returns when a job will be queued and awakened", async () => {
  await using disque = await start();
  const { server, call } = disque;
  const id = idOf(await call("ADDJOB q body 0 RETRY 0 TTL 100 DELAY 50"));
  const before = await call(`SHOW ${id}`);
  assert.equal(before[24], "$next-requeue-within");
  assert.match(String(before[25]), /^:(50000|4\d{4})$/);
  server.advance(50_000);
  const after = await call(`SHOW ${id}`);
  assert.equal(after[25], "$-1");
  assert.equal(after[5], "$queued");
});

test("a queue is forgotten after five idle minutes, unless it is paused, has waiting clients or is not empty", async () => {
  await using disque = await start();
  const { server, call } = disque;
  await call("GETJOB NOHANG FROM idle");
  await call("PAUSE paused in");
  await call("ADDJOB full body 0 TTL 10000");
  const waiting = await WireClient.connect(server.host, server.port);
  waiting.send(["GETJOB", "FROM", "waited"]);
  await call("PING");
  assert.deepEqual(await call("QSCAN COUNT -1"), ["$0", ["$idle", "$paused", "$full", "$waited"]]);
  server.advance(301_000);
  assert.deepEqual(await call("QSCAN COUNT -1"), ["$0", ["$paused", "$full", "$waited"]]);
  await call("PAUSE paused none");
  waiting.destroy();
  while (server.clients > 1) await call("PING");
  server.advance(1);
  assert.deepEqual(await call("QSCAN COUNT -1"), ["$0", ["$full"]]);
});

test("everything that is due happens in order before advance returns", async () => {
  await using disque = await start();
  const { server, call } = disque;
  const waiting = await Promise.all([1, 2, 3].map(() => WireClient.connect(server.host, server.port)));
  for (const client of waiting) {
    client.send(["GETJOB", "FROM", "q"]);
    client.send(["QLEN", "q"]);
  }
  while (!String(await call("INFO clients")).includes("blocked_clients:3")) await call("PING");
  for (const delay of [30, 10, 20]) await call(`ADDJOB q after-${delay} 0 DELAY ${delay}`);
  server.advance(60_000);
  const bodies = await Promise.all(waiting.map((client) => client.receive()));
  assert.deepEqual(bodies.map((jobs) => String(jobs[0]?.[2])).sort(), [
    "$after-10",
    "$after-20",
    "$after-30",
  ]);
  for (const client of waiting) {
    assert.equal(await client.receive(), ":0");
    client.destroy();
  }
});

test("a hundred thousand jobs are handled quickly", async () => {
  await using disque = await start();
  const { server, call } = disque;
  const client = await WireClient.connect(server.host, server.port);
  let lines = 0;
  const count = 100_000;
  const added = new Promise<void>((resolve) => {
    client.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) lines++;
      if (lines === count) resolve();
    });
  });
  client.write("ADDJOB q body 0 RETRY 5 DELAY 5\r\n".repeat(count));
  await added;
  server.advance(5000);
  assert.equal(await call("QLEN q"), `:${count}`);
  server.advance(5000);
  assert.equal(await call("QLEN q"), `:${count}`);
  client.destroy();
});
