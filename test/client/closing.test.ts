import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClosedError, Disque, DisqueError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { HELLO, NOBODY, rejection, scriptedNode, until } from "./scripted.ts";

async function assertClosed(disque: Disque): Promise<void> {
  for (const call of [
    () => disque.ping(),
    () => disque.getJob("q"),
    () => disque.connect(),
    () => disque.call("PING"),
    () => disque.cluster.myId(),
    () => disque.config.get("*"),
    () => disque.queues().next(),
  ])
    assert.ok((await rejection(call())) instanceof ClosedError);
}

describe("close()", () => {
  it("rejects later calls and may be called twice", async () => {
    await using server = await TestServer.start();
    const disque = new Disque(server.address);
    await disque.ping();
    const closing = disque.close();
    await assertClosed(disque);
    assert.equal(await closing, undefined);
    assert.equal(await disque.close(), undefined);
    await assertClosed(disque);
    await until(() => server.clients === 0);
  });

  it("lets calls in flight finish", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address);
    const calls = [disque.qlen("a"), disque.qlen("b")];
    const peer = await node.server.accept();
    await peer.received(3);
    const closing = disque.close();
    peer.write(":1\r\n:2\r\n");
    assert.deepEqual(await Promise.all(calls), [1, 2]);
    await closing;
    await peer.ended;
  });

  it("rejects waiting getJobs with a ClosedError", async () => {
    await using server = await TestServer.start();
    const disque = new Disque(server.address);
    const waiting = [1, 2, 3].map(() => rejection(disque.getJob("q")));
    await until(async () => (await disque.qstat("q"))?.blocked === 3);
    const called = rejection(disque.call("GETJOB", "FROM", "other"));
    await until(async () => (await disque.qstat("other"))?.blocked === 1);
    await disque.close();
    for (const error of await Promise.all([...waiting, called])) assert.ok(error instanceof ClosedError);
    await until(() => server.clients === 0);
  });

  it("does nothing before the client has connected", async () => {
    for (const address of [NOBODY, "unix:/no/such/socket"]) {
      const disque = new Disque(address);
      await disque.close();
      await assertClosed(disque);
    }
  });

  it("rejects calls that wait for a connection while it connects", async () => {
    await using server = await ScriptedServer.start();
    const disque = new Disque(server.endpoint);
    const calls = [disque.ping(), disque.connect(), disque.addJob("q", "body"), disque.call("PING")].map(
      rejection,
    );
    const peer = await server.accept();
    await peer.received(1);
    const closing = disque.close();
    for (const error of await Promise.all(calls)) assert.ok(error instanceof ClosedError, String(error));
    await closing;
    await peer.ended;
  });

  it("rejects a getJob that waits for a connection", async () => {
    await using server = await ScriptedServer.start();
    const disque = new Disque(server.endpoint);
    const waiting = rejection(disque.getJob("q"));
    const peer = await server.accept();
    await peer.received(1);
    const closing = disque.close();
    peer.write(HELLO);
    assert.ok((await waiting) instanceof ClosedError);
    await closing;
  });

  it("rejects a getJob called just before it", async () => {
    await using server = await TestServer.start();
    const disque = new Disque(server.address);
    await disque.ping();
    const waiting = rejection(disque.getJob("q"));
    const closing = disque.close();
    assert.ok((await waiting) instanceof ClosedError);
    await closing;
  });

  it("rejects calls that need a node while the client searches for one", async () => {
    const disque = new Disque(NOBODY, { failoverTimeout: 60_000 });
    const ping = rejection(disque.ping());
    await new Promise((resolve) => setImmediate(resolve));
    await disque.close();
    assert.ok((await ping) instanceof ClosedError);
  });

  it("cuts off remaining calls after its timeout, as destroy() does", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address);
    const calls = [disque.qlen("q"), disque.call("PING")].map(rejection);
    const peer = await node.server.accept();
    await peer.received(3);
    await disque.close({ timeout: 50 });
    for (const error of await Promise.all(calls)) assert.ok(error instanceof ClosedError, String(error));
    await peer.ended;
  });

  it("rejects unknown options and invalid timeouts", async () => {
    const disque = new Disque(NOBODY);
    await assert.rejects(disque.close({ time: 5 } as never), TypeError);
    for (const timeout of [-1, Number.NaN, "5"] as never[])
      await assert.rejects(disque.close({ timeout }), /timeout/);
    await disque.close();
  });

  it("does not wait for an unreachable node longer than the calls do", async () => {
    const disque = new Disque(NOBODY, { failoverTimeout: 0 });
    const ping = rejection(disque.ping());
    await disque.close();
    assert.ok((await ping) instanceof DisqueError);
  });

  it("is called by `await using`", async () => {
    await using server = await TestServer.start();
    let left: Disque;
    {
      await using disque = new Disque(server.address);
      await disque.ping();
      left = disque;
    }
    await assertClosed(left);
  });
});

describe("destroy()", () => {
  it("rejects calls in flight and later calls", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address);
    const calls = [disque.qlen("q"), disque.getJob("q"), disque.call("PING")].map(rejection);
    const shared = await node.server.accept();
    await shared.received(3);
    const waiting = await node.server.accept();
    await waiting.received(2);
    assert.equal(disque.destroy(), undefined);
    for (const error of await Promise.all(calls)) assert.ok(error instanceof DisqueError, String(error));
    await assertClosed(disque);
    disque.destroy();
    await disque.close();
    await Promise.all([shared.ended, waiting.ended]);
  });

  it("rejects calls at once while the client connects", async () => {
    await using server = await ScriptedServer.start();
    const disque = new Disque(server.endpoint);
    const calls = [disque.ping(), disque.connect(), disque.getJob("q")].map(rejection);
    const peer = await server.accept();
    await peer.received(1);
    disque.destroy();
    for (const error of await Promise.all(calls)) assert.ok(error instanceof ClosedError, String(error));
    await peer.ended;
  });

  it("rejects calls at once while the client searches for a node", async () => {
    const disque = new Disque(NOBODY);
    const ping = rejection(disque.ping());
    await new Promise((resolve) => setImmediate(resolve));
    disque.destroy();
    assert.ok((await ping) instanceof ClosedError);
  });

  it("closes a client that has never connected", async () => {
    const disque = new Disque(NOBODY);
    disque.destroy();
    await assertClosed(disque);
  });

  it("interrupts close()", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address);
    const call = rejection(disque.qlen("q"));
    const peer = await node.server.accept();
    await peer.received(2);
    const closing = disque.close();
    disque.destroy();
    assert.ok((await call) instanceof DisqueError);
    await closing;
  });
});
