import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { rejection, scriptedNode } from "./scripted.ts";

const REASON = new Error("no longer wanted");

describe("aborting a call", () => {
  it("rejects it with the signal's reason, and other calls still get their own replies", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    const controller = new AbortController();
    const { signal } = controller;
    const first = disque.qlen("first");
    const aborted = rejection(disque.qlen("aborted", { signal }));
    const last = disque.qlen("last");
    const peer = await node.server.accept();
    await peer.received(4);
    controller.abort(REASON);
    assert.equal(await aborted, REASON);
    peer.write(":1\r\n:2\r\n:3\r\n");
    assert.deepEqual([await first, await last], [1, 3]);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("has no effect once it has been answered", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const controller = new AbortController();
    assert.equal(await disque.qlen("q", { signal: controller.signal }), 0);
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
    controller.abort();
    assert.equal(await disque.ping(), "PONG");
  });

  it("works for every kind of call", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    const controller = new AbortController();
    const { signal } = controller;
    const id = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
    const calls = [
      disque.addJob("q", "body", { signal }),
      disque.ackJob([id], { signal }),
      disque.working(id, { signal }),
      disque.jscan("0", { signal }),
      disque.pause("q", "in", { signal }),
      disque.info(undefined, { signal }),
      disque.shutdown({ signal }),
      disque.clientKill({ id: 1, signal }),
      disque.slowlogGet(undefined, { signal }),
      disque.cluster.leaving(undefined, { signal }),
      disque.config.set("a", 1, { signal }),
      disque.call("PING", { signal }),
    ].map(rejection);
    const peer = await node.server.accept();
    await peer.received(1 + calls.length);
    controller.abort(REASON);
    for (const reason of await Promise.all(calls)) assert.equal(reason, REASON);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    peer.socket.destroy();
  });

  it("emits no warning when a thousand calls share a signal", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 1_000 }, () => disque.ping("x", { signal })));
    process.off("warning", note);
    assert.deepEqual(warnings, []);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("rejects with an AbortError if the signal has no reason, as in an older polyfill", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    for (const start of [
      (signal: AbortSignal) => disque.connect({ signal }),
      (signal: AbortSignal) => disque.qlen("q", { signal }),
      (signal: AbortSignal) => disque.qlen("q", { signal, commandTimeout: 60_000 }),
      (signal: AbortSignal) => disque.getJob("q", { signal }),
      (signal: AbortSignal) => disque.call("PING", { signal }),
    ]) {
      const controller = new AbortController();
      const { signal } = controller;
      Object.defineProperty(signal, "reason", { value: undefined });
      const call = rejection(start(signal));
      controller.abort();
      for (const error of await Promise.all([call, rejection(start(signal))]))
        assert.ok(error instanceof DOMException && error.name === "AbortError", String(error));
    }
    disque.destroy();
  });

  it("keeps any reason as it is", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    for (const reason of ["text", 5, null, { any: "thing" }]) {
      const controller = new AbortController();
      const call = rejection(disque.ping("x", { signal: controller.signal }));
      controller.abort(reason);
      assert.equal(await call, reason);
    }
    const controller = new AbortController();
    const call = rejection(disque.ping("x", { signal: controller.signal }));
    controller.abort();
    assert.equal((await call) instanceof DOMException, true);
    assert.ok(
      (await rejection(disque.ping("x", { signal: AbortSignal.timeout(1) }))) instanceof DOMException,
    );
    disque.destroy();
  });
});
