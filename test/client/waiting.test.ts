import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { describeOnServers } from "../support/servers.ts";
import { until } from "./scripted.ts";

async function blocked(disque: Disque, queue: string): Promise<number> {
  return (await disque.qstat(queue))?.blocked ?? 0;
}

describe("a getJob that waits", () => {
  describeOnServers((server) => {
    it("does not block other calls of its client", async () => {
      await using disque = new Disque(server.address);
      const waiting = disque.getJob("empty");
      await until(async () => (await blocked(disque, "empty")) === 1);
      await disque.addJob("other", "body");
      const [job] = await disque.getJob("other");
      assert.ok(job !== undefined);
      assert.equal(await disque.working(job), 300);
      assert.equal(await disque.ackJob(job), 1);
      const id = await disque.addJob("empty", "body");
      assert.deepEqual(
        (await waiting).map((job) => job.id),
        [id],
      );
    });

    it("gets its own job when many wait", async () => {
      await using disque = new Disque(server.address);
      const waiting = Array.from({ length: 20 }, () => disque.getJob(["many", "nothing"]));
      await until(async () => (await blocked(disque, "many")) === 20);
      const ids = await Promise.all(waiting.map((_, at) => disque.addJob("many", String(at))));
      const jobs = (await Promise.all(waiting)).flat();
      assert.deepEqual(jobs.map((job) => job.id).sort(), ids.sort());
      assert.equal(await disque.ackJob(jobs), 20);
    });

    it("does not block other waiting calls", async () => {
      await using disque = new Disque(server.address);
      const first = disque.getJob("first");
      await until(async () => (await blocked(disque, "first")) === 1);
      assert.deepEqual(await disque.getJob("second", { timeout: 1 }), []);
      await disque.addJob("first", "body");
      assert.equal((await first).length, 1);
    });

    it("made with call() does not block other calls either", async () => {
      await using disque = new Disque(server.address);
      const waiting = disque.call("getjob", "TIMEOUT", 0, "FROM", "called");
      await until(async () => (await blocked(disque, "called")) === 1);
      const id = await disque.addJob("called", "body");
      assert.deepEqual(await waiting, [["called", id, "body"]]);
    });
  });
});

describe("connections for waiting calls", () => {
  it("are reused one after the other", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for (let at = 0; at < 5; at++) assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
    assert.equal(server.clients, 2);
    assert.equal(server.received("hello"), 2);
  });

  it("are opened as needed, one per waiting call", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const waiting = Array.from({ length: 5 }, () => disque.getJob("q"));
    await until(async () => (await blocked(disque, "q")) === 5);
    assert.equal(server.clients, 6);
    await Promise.all(waiting.map(() => disque.addJob("q", "body")));
    await Promise.all(waiting);
    assert.equal(server.clients, 6);
    assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
    assert.equal(server.received("hello"), 6);
  });

  it("are not opened for calls that do not wait", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await disque.getJob("q", { nohang: true });
    await disque.call("GETJOB", "NOHANG", "FROM", "q");
    assert.equal(server.clients, 1);
  });

  it("are closed after ten idle seconds", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await disque.connect();
    await disque.addJob("q", "body");
    await disque.getJob("q");
    assert.equal(server.clients, 2);
    await until(() => server.clients === 1);
    await disque.addJob("q", "body");
    assert.equal((await disque.getJob("q")).length, 1);
  });

  it("are not used again after the server closed them", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await using other = new Disque(server.address);
    await disque.getJob("q", { timeout: 1 });
    assert.equal(await other.clientKill({ type: "normal" }), 2);
    await until(async () => (await other.clientList()).length === 1);
    assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
  });
});
