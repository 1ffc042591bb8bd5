import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque, ProtocolError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { AT_LEAST_ONCE, rejection, scriptedNode, until } from "./scripted.ts";

/** Calls that must not be sent twice. */
const UNREPEATABLE: readonly [string, (disque: Disque) => Promise<unknown>][] = [
  ["addJob with retry 0", (disque) => disque.addJob("q", "body", { retry: 0, replicate: 1 })],
  ["nackJob", (disque) => disque.nackJob(AT_LEAST_ONCE)],
  ["jscan", (disque) => disque.jscan("0")],
  ["clientPause", (disque) => disque.clientPause(1)],
  ["cluster.reset", (disque) => disque.cluster.reset()],
  ["call", (disque) => disque.call("PING")],
];

describe("a lost connection", () => {
  for (const [name, call] of UNREPEATABLE) {
    it(`rejects a call that may have run and must not run twice: ${name}`, async () => {
      await using node = await scriptedNode();
      await using disque = new Disque(node.address, { failoverTimeout: 0 });
      const outcome = rejection(call(disque));
      const peer = await node.server.accept();
      await peer.received(2);
      peer.socket.destroy();
      const error = await outcome;
      assert.ok(error instanceof ConnectionError, String(error));
      assert.equal(error.sent, true);
    });
  }

  it("resends a call that is safe to repeat", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    const outcome = disque.qlen("q");
    const first = await node.server.accept();
    await first.received(2);
    first.socket.destroy();
    const second = await node.server.accept();
    assert.deepEqual((await second.received(2))[1], ["QLEN", "q"]);
    second.write(":7\r\n");
    assert.equal(await outcome, 7);
  });

  it("rejects every call in flight once when the node sends an invalid reply", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address, { failoverTimeout: 0 });
    const outcomes = [1, 2, 3].map((at) => rejection(disque.call("ECHO", at)));
    const peer = await node.server.accept();
    await peer.received(4);
    peer.write("?what\r\n");
    const [first, ...others] = await Promise.all(outcomes);
    assert.ok(first instanceof ProtocolError, String(first));
    for (const error of others) assert.ok(error instanceof ConnectionError && error.sent, String(error));
  });

  it("is reopened by the next call if nothing was in flight", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await disque.ping();
    server.faults.drop();
    assert.equal(await disque.ping(), "PONG");
    assert.equal(server.received("hello"), 2);
  });

  it("never yields part of a reply", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await disque.addJob("q", "x".repeat(1_000));
    server.faults.dropAfter(500);
    const [job] = await disque.qpeek("q", 1);
    assert.equal(job?.body.length, 1_000);
  });
});

describe("a server that restarts", () => {
  it("is used again", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { failoverTimeout: 0 });
    await disque.addJob("q", "body");
    await server.faults.kill();
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    await server.faults.restart();
    assert.equal(await disque.ping(), "PONG");
    const id = await disque.addJob("q", "body");
    assert.deepEqual(
      (await disque.getJob("q")).map((job) => job.id),
      [id],
    );
  });

  it("is asked again by a getJob that was waiting when the server was killed", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await using other = new Disque(server.address);
    const waiting = disque.getJob("q");
    await until(async () => (await other.qstat("q"))?.blocked === 1);
    await server.faults.kill();
    await server.faults.restart();
    const id = await other.addJob("q", "body");
    assert.deepEqual(
      (await waiting).map((job) => job.id),
      [id],
    );
  });
});
