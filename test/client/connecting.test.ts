import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ConnectionError, Disque, ReplyError, TimeoutError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { HELLO, NOBODY, rejection, until } from "./scripted.ts";

describe("a client connects", () => {
  it("on its first command, not earlier", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    assert.equal(server.clients, 0);
    await disque.ping();
    assert.equal(server.clients, 1);
    assert.equal(server.received("HELLO"), 1);
  });

  it("ahead of time with connect(), which does nothing the second time", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    assert.equal(await disque.connect(), undefined);
    assert.equal(server.clients, 1);
    await disque.connect();
    await disque.ping();
    assert.equal(server.received("HELLO"), 1);
  });

  it("once for all calls made meanwhile", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await Promise.all([disque.connect(), disque.ping(), disque.qlen("q"), disque.connect(), disque.time()]);
    assert.equal(server.clients, 1);
    assert.equal(server.received("HELLO"), 1);
  });

  it("to the next node when one cannot be reached", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque([NOBODY, server.address]);
    assert.equal(await disque.ping(), "PONG");
  });

  it("over a Unix socket", async () => {
    const directory = await mkdtemp(join(tmpdir(), "disque-client-"));
    try {
      await using server = await TestServer.start({ path: join(directory, "disque.sock") });
      await using disque = new Disque(server.address);
      assert.equal(await disque.ping(), "PONG");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("over IPv6", async (test) => {
    const server = await TestServer.start({ host: "::1" }).catch(() => undefined);
    if (server === undefined) return test.skip("this machine has no IPv6");
    await using _ = server;
    for (const address of [server.address, { host: "::1", port: server.port }]) {
      await using disque = new Disque(address);
      assert.equal(await disque.ping(), "PONG");
    }
  });

  it("to a node that sends its replies byte by byte", async () => {
    await using server = await TestServer.start();
    server.faults.slice(1);
    await using disque = new Disque(server.address, { name: "slow" });
    const id = await disque.addJob("q", "body");
    assert.deepEqual(
      (await disque.getJob("q")).map((job) => [job.id, job.text()]),
      [[id, "body"]],
    );
  });

  it("with its name set on every connection", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { name: "billing" });
    await using other = new Disque(server.address);
    const waiting = disque.getJob("q");
    while ((await other.qstat("q"))?.blocked !== 1);
    await disque.ping();
    const names = (await other.clientList()).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["", "billing", "billing"]);
    await disque.addJob("q", "body");
    await waiting;
  });
});

describe("a client that cannot connect", () => {
  it("rejects with the reason for each node", async () => {
    await using disque = new Disque([NOBODY, "unix:/no/such/socket"], { failoverTimeout: 0 });
    for (const call of [() => disque.connect(), () => disque.ping(), () => disque.getJob("q")]) {
      const error = await rejection(call());
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.sent, false);
      assert.equal(error.errors.length, 2);
      assert.match(String(error.errors[0]), /^ConnectionError: 127\.0\.0\.1:1: .*ECONNREFUSED/);
      assert.match(String(error.errors[1]), /^ConnectionError: unix:\/no\/such\/socket: .*ENOENT/);
      assert.match(error.message, /ECONNREFUSED.*ENOENT/);
    }
  });

  it("gives up on a node that does not answer within connectTimeout", async () => {
    await using server = await TestServer.start();
    server.faults.freeze();
    await using disque = new Disque(server.address, { connectTimeout: 20, failoverTimeout: 0 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.ok(error.errors[0] instanceof TimeoutError);
    server.faults.thaw();
    // A loaded machine may miss the timeout a few times, so keep trying.
    await until(() =>
      disque.ping().then(
        () => true,
        () => false,
      ),
    );
  });

  it("says what each node was doing when failoverTimeout had passed before connectTimeout", async () => {
    await using server = await TestServer.start();
    server.faults.freeze();
    const options = { failoverTimeout: 100, connectTimeout: 60_000 };
    await using alone = new Disque(server.address, options);
    await using second = new Disque([NOBODY, server.address], options);
    const stillConnecting = `${server.address}: still connecting when failoverTimeout (100 ms) had passed`;
    for (const call of [() => alone.connect(), () => alone.ping(), () => alone.getJob("q")]) {
      const error = await rejection(call());
      assert.ok(error instanceof ConnectionError && !error.sent);
      assert.equal(error.message, `no node can be reached: ${stillConnecting}`);
      assert.ok(error.errors[0] instanceof TimeoutError);
    }
    const error = await rejection(second.ping());
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /ECONNREFUSED/);
    assert.ok(error.message.includes(stillConnecting), error.message);
    alone.destroy();
    second.destroy();
  });

  it("reports a reply that is not in the Disque protocol", async () => {
    await using server = await ScriptedServer.start({ answer: () => "HTTP/1.1 400 Bad Request\r\n\r\n" });
    await using disque = new Disque(server.endpoint, { failoverTimeout: 0 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.match(String(error.errors[0]), /ProtocolError: .*cannot begin with the byte 72/);
  });

  it("reports a reply of the wrong type", async () => {
    await using server = await ScriptedServer.start({ answer: () => ":5\r\n" });
    await using disque = new Disque(server.endpoint, { failoverTimeout: 0 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.match(String(error.errors[0]), /^ProtocolError: /);
  });

  it("retries while the node is loading", async () => {
    await using server = await TestServer.start();
    server.faults.answer("hello", "LOADING Disque is loading the dataset in memory", 1);
    await using disque = new Disque(server.address);
    assert.equal(await disque.ping(), "PONG");
    assert.equal(server.received("hello"), 2);
  });

  it("reports that the node is loading when it may not retry", async () => {
    await using server = await TestServer.start();
    server.faults.answer("hello", "LOADING Disque is loading the dataset in memory");
    await using disque = new Disque(server.address, { failoverTimeout: 0 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.ok(error.errors[0] instanceof ReplyError);
    assert.equal(error.errors[0].code, "LOADING");
  });

  it("ends an aborted connect() without affecting other calls", async () => {
    await using server = await ScriptedServer.start();
    await using disque = new Disque(server.endpoint);
    const controller = new AbortController();
    const aborted = rejection(disque.connect({ signal: controller.signal }));
    const ping = disque.ping();
    const peer = await server.accept();
    await peer.received(1);
    const reason = new Error("no longer wanted");
    controller.abort(reason);
    assert.equal(await aborted, reason);
    peer.write(HELLO);
    await peer.received(2);
    peer.write("+PONG\r\n");
    assert.equal(await ping, "PONG");
  });

  it("does not start to connect if the signal is already aborted", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const signal = AbortSignal.abort("no longer wanted");
    for (const call of [
      disque.connect({ signal }),
      disque.ping("a", { signal }),
      disque.getJob("q", { signal }),
    ])
      assert.equal(await rejection(call), "no longer wanted");
    assert.equal(server.received("hello"), 0);
  });
});
