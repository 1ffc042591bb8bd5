import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { Disque, OverloadError, TimeoutError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { rejection, scriptedNode, until } from "./scripted.ts";

describe("commandTimeout", () => {
  it("limits how long a reply may take", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { commandTimeout: 20 });
    await disque.connect();
    server.faults.freeze();
    const error = await rejection(disque.call("QLEN", "q"));
    assert.ok(error instanceof TimeoutError, String(error));
    assert.match(error.message, /20 ms/);
    server.faults.thaw();
    // On a loaded machine some replies may miss 20 ms, so keep trying.
    await until(() =>
      disque.call("QLEN", "q").then(
        () => true,
        () => false,
      ),
    );
  });

  it("set for a call overrides the client's and ends that call only", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    await disque.connect();
    const patient = disque.qlen("patient");
    const error = await rejection(disque.qlen("hasty", { commandTimeout: 20 }));
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /20 ms/);
    const peer = await node.server.accept();
    await peer.received(3);
    peer.write(":1\r\n:2\r\n");
    assert.equal(await patient, 1);
    const next = disque.qlen("next");
    await peer.received(4);
    peer.write(":3\r\n");
    assert.equal(await next, 3);
  });

  it("set for a call may be longer than the client's", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { commandTimeout: 100 });
    await disque.connect();
    let losses = 0;
    disque.on("disconnect", () => losses++);
    server.faults.freeze();
    setTimeout(() => server.faults.thaw(), 300);
    const page = await disque.jscan("0", { busyloop: true, commandTimeout: 60_000 });
    assert.equal(page.cursor, "0");
    assert.equal(losses, 0);
  });

  it("only counts time without progress, so a large body arrives over a slow link without a resend", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address, { commandTimeout: 1_000 });
    const body = "x".repeat(20_000);
    const call = disque.call("ECHO", "q");
    const peer = await node.server.accept();
    await peer.received(2);
    const reply = `$${body.length}\r\n${body}\r\n`;
    for (let at = 0; at < reply.length; at += 1_000) {
      peer.write(reply.slice(at, at + 1_000));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(await call, body);
    assert.equal(peer.commands.length, 2);
  });

  it("of a call includes finding its node and everything else needed first", async () => {
    await using server = await TestServer.start();
    server.faults.freeze();
    await using disque = new Disque(server.address, { failoverTimeout: 60_000 });
    for (const call of [
      () => disque.show("D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1", { commandTimeout: 20 }),
      () => disque.hello({ commandTimeout: 20 }),
      () => disque.qscan(0, { commandTimeout: 20 }),
      () => disque.qlen("q", { commandTimeout: 20, node: "a".repeat(40) }),
      () => disque.getJob("q", { commandTimeout: 20, timeout: 10 }),
    ]) {
      const error = await rejection(call());
      assert.ok(error instanceof TimeoutError, String(error));
    }
    disque.destroy();
    server.faults.thaw();
  });

  it("of a call starts with the call and includes connecting", async () => {
    await using server = await TestServer.start();
    server.faults.freeze();
    await using disque = new Disque(server.address);
    assert.ok((await rejection(disque.ping("x", { commandTimeout: 20 }))) instanceof TimeoutError);
    assert.ok((await rejection(disque.call("PING", { commandTimeout: 20 }))) instanceof TimeoutError);
    server.faults.thaw();
    assert.equal(await disque.ping(), "PONG");
  });

  it("is added to the timeout of getJob", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await disque.connect();
    assert.deepEqual(await disque.getJob("q", { timeout: 50, commandTimeout: 5_000 }), []);
    server.faults.freeze();
    const error = await rejection(disque.getJob("q", { timeout: 30, commandTimeout: 20 }));
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /50 ms/);
    server.faults.thaw();
  });

  it("leaves no listeners on the call's signal", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const { signal } = new AbortController();
    await disque.ping("x", { signal, commandTimeout: 5_000 });
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("may be infinite", async () => {
    const commandTimeout = Number.POSITIVE_INFINITY;
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { commandTimeout, connectTimeout: commandTimeout });
    assert.equal(await disque.ping("x", { commandTimeout }), "x");
    assert.deepEqual(await disque.getJob("q", { timeout: 1, commandTimeout }), []);
  });
});

describe("maxPending", () => {
  it("limits the calls in flight, including those waiting for jobs", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address, { maxPending: 2 });
    const waiting = rejection(disque.getJob("q"));
    const first = disque.qlen("first");
    for (const call of [disque.qlen("too many"), disque.getJob("q"), disque.connect()])
      assert.ok((await rejection(call)) instanceof OverloadError);
    const peer = await node.server.accept();
    await peer.received(2);
    peer.write(":1\r\n");
    assert.equal(await first, 1);
    const second = disque.qlen("second");
    await peer.received(3);
    peer.write(":2\r\n");
    assert.equal(await second, 2);
    assert.deepEqual(
      peer.commands.slice(1).map((command) => command[1]),
      ["first", "second"],
    );
    disque.destroy();
    await waiting;
  });
});
