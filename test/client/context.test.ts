// A client serves many requests, so what it does in the background belongs to none of them.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { rejection, until } from "./scripted.ts";

const storage = new AsyncLocalStorage<string>();

describe("the AsyncLocalStorage store of a request", () => {
  it("is that of the caller after each call, whoever opened the connection", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await storage.run("opener", () => disque.connect());
    await Promise.all(
      ["a", "b", "c"].map((name) =>
        storage.run(name, async () => {
          await disque.addJob("q", name);
          assert.equal(storage.getStore(), name);
          await disque.getJob("q", { timeout: 1_000 });
          assert.equal(storage.getStore(), name);
          await rejection(disque.call("NOSUCH"));
          assert.equal(storage.getStore(), name);
        }),
      ),
    );
  });

  it("is not seen by listeners of the client", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    const seen = new Map<string, unknown>();
    for (const event of ["connect", "disconnect", "switch", "topology"] as const)
      storage.run("listener", () => disque.on(event, () => seen.set(event, storage.getStore())));
    await storage.run("request", async () => {
      await disque.ping();
      await cluster.node(0).faults.kill();
      await until(async () => (await disque.ping()) === "PONG" && seen.size === 4);
    });
    assert.deepEqual([...seen.values()], Array(4).fill(undefined));
  });

  it("is that of work() in each handler, and that of the loop in its body", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const seen: unknown[] = [];
    await using worker = storage.run("work", () =>
      disque.work("w", async () => seen.push(storage.getStore())),
    );
    const looped = storage.run("loop", async () => {
      for await (const _ of disque.jobs("l")) {
        seen.push(storage.getStore());
        if (seen.length === 4) break;
      }
    });
    await storage.run("producer", async () => {
      for (let n = 1; n <= 2; n++) {
        await disque.addJob("w", "body");
        await until(() => seen.length === n);
      }
      for (let n = 3; n <= 4; n++) {
        await disque.addJob("l", "body");
        await until(() => seen.length === n);
      }
    });
    await looped;
    await worker.stop();
    assert.deepEqual(seen, ["work", "work", "loop", "loop"]);
  });
});
