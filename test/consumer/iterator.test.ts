// jobs() as an iterator that something other than a loop ends: streams, frameworks, several readers.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";
import { AT_MOST_ONCE, addJobs, numbers, sorted } from "./consuming.ts";

const DONE = { done: true, value: undefined };

async function blocked(disque: Disque): Promise<boolean> {
  return (await disque.qstat("q"))?.blocked === 1;
}

describe("the iterator of jobs()", { concurrency: true }, () => {
  it("ends a pending next() with return(), throw() and Symbol.asyncDispose", async () => {
    await using server = await TestServer.start();
    const endings = {
      return: async (loop: AsyncGenerator) => assert.deepEqual(await loop.return(undefined), DONE),
      throw: async (loop: AsyncGenerator) =>
        assert.equal(await rejection(loop.throw(new Error("enough"))).then(String), "Error: enough"),
      dispose: async (loop: AsyncGenerator) => loop[Symbol.asyncDispose](),
    };
    for (const end of Object.values(endings)) {
      await using disque = new Disque(server.address);
      const loop = disque.jobs("q");
      const pending = [loop.next(), loop.next()];
      await until(() => blocked(disque));
      await end(loop);
      assert.deepEqual(await Promise.all(pending), [DONE, DONE]);
      assert.deepEqual(await loop.next(), DONE);
      // No pending GETJOB is left that could take a job.
      assert.equal((await disque.qstat("q"))?.blocked ?? 0, 0);
    }
  });

  it("can end before it starts, without connecting", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const loop = disque.jobs("q");
    assert.deepEqual(await loop.return(), DONE);
    assert.deepEqual(await loop.next(), DONE);
    assert.equal(server.clients, 0);
  });

  it("serves several pending next() in order", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for (const count of [1, 2, 10]) {
      const loop = disque.jobs("q", { count });
      const results = Array.from({ length: 5 }, () => loop.next());
      await until(() => blocked(disque));
      for (let number = 0; number < 5; number++) await disque.addJob("q", String(number));
      const texts = (await Promise.all(results)).map(({ value }) => value?.text() ?? "none");
      assert.deepEqual(sorted(texts), numbers(5));
      await loop.return();
    }
  });

  it("can back a stream, which can be destroyed while it waits", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const orphans: string[] = [];
    disque.on("orphan", (job) => orphans.push(job.text()));
    const stream = Readable.from(disque.jobs("q"));
    const data: unknown[] = [];
    stream.on("data", (job) => data.push(job));
    await addJobs(disque, "q", 1);
    await until(() => data.length === 1);
    await until(() => blocked(disque));
    stream.destroy();
    await once(stream, "close");
    await addJobs(disque, "q", 1, AT_MOST_ONCE);
    // In either case, the job is still in the queue.
    await until(async () => (await disque.qlen("q")) + orphans.length === 1);
    assert.equal(data.length, 1);
  });

  it("returns prefetched jobs when a stream built on it is destroyed", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 10, { retry: 3600 });
    const stream = Readable.from(disque.jobs("q", { count: 10 }), { highWaterMark: 1 });
    await once(stream, "readable");
    stream.destroy();
    await until(async () => (await disque.qlen("q")) >= 8);
  });
});
