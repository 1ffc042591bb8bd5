import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClosedError, Disque, ReplyError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { NOBODY, rejection, until } from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { addJobs, numbers, sorted, turns } from "./consuming.ts";

async function blocked(disque: Disque, queue: string): Promise<number> {
  return (await disque.qstat(queue))?.blocked ?? 0;
}

describe("jobs()", () => {
  describeOnServers((server) => {
    it("yields jobs in order as they arrive, until its signal is aborted", async () => {
      await using disque = new Disque(server.address);
      const end = new AbortController();
      const texts: string[] = [];
      await disque.addJob("as they come", "0");
      for await (const job of disque.jobs("as they come", { signal: end.signal })) {
        texts.push(job.text());
        await disque.ackJob(job);
        if (texts.length === 5) end.abort(new Error("enough"));
        // The loop waits while the queue is empty.
        else
          void until(async () => (await blocked(disque, "as they come")) === 1).then(() =>
            disque.addJob("as they come", String(texts.length)),
          );
      }
      assert.deepEqual(texts, numbers(5));
      await until(async () => (await blocked(disque, "as they come")) === 0);
    });

    it("does not prefetch by default", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "none ahead", 3);
      for await (const job of disque.jobs("none ahead")) {
        assert.equal(await disque.qlen("none ahead"), 2);
        await disque.ackJob(job);
        break;
      }
      assert.equal(await disque.qlen("none ahead"), 2);
    });

    it("prefetches at most `count` jobs, and fetches more only when all were handed out", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "ahead", 10);
      const lengths: number[] = [];
      for await (const job of disque.jobs("ahead", { count: 4 })) {
        lengths.push(await disque.qlen("ahead"));
        await disque.ackJob(job);
        if (lengths.length === 10) break;
      }
      assert.deepEqual(lengths, [6, 6, 6, 6, 2, 2, 2, 2, 0, 0]);
    });

    it("yields a job that ended a wait at once, and fetches more with the next call", async () => {
      await using disque = new Disque(server.address);
      const loop = disque.jobs("many at once", { count: 4 });
      const first = loop.next();
      await until(async () => (await blocked(disque, "many at once")) === 1);
      await disque.pause("many at once", "out");
      await addJobs(disque, "many at once", 6);
      await disque.pause("many at once", "none");
      const texts = [(await first).value?.text()];
      assert.equal(await disque.qlen("many at once"), 5);
      texts.push((await loop.next()).value?.text());
      assert.equal(await disque.qlen("many at once"), 1);
      while (texts.length < 5) texts.push((await loop.next()).value?.text());
      assert.deepEqual(texts, numbers(5));
      await loop.return();
    });

    it("adds counters to each job on request", async () => {
      await using disque = new Disque(server.address);
      await disque.addJob("counted", "body");
      const counts: number[] = [];
      for await (const job of disque.jobs("counted", { withCounters: true })) {
        counts.push(job.nacks + job.additionalDeliveries);
        if (counts.length === 3) break;
        await disque.nackJob(job);
      }
      assert.deepEqual(counts, [0, 1, 2]);
    });

    it("takes jobs of several queues in the order of the queues", async () => {
      await using disque = new Disque(server.address);
      for (const queue of ["low", "high"]) await addJobs(disque, queue, 2);
      const queues: string[] = [];
      for await (const job of disque.jobs(["high", "low"])) {
        queues.push(job.queue);
        await disque.ackJob(job);
        if (queues.length === 4) break;
      }
      assert.deepEqual(queues, ["high", "high", "low", "low"]);
    });

    it("can run in several loops at once, which end independently", async () => {
      await using disque = new Disque(server.address);
      const all = new AbortController();
      const texts: string[] = [];
      async function consume(most: number): Promise<number> {
        let count = 0;
        for await (const job of disque.jobs("side by side", { count: 2, signal: all.signal })) {
          texts.push(job.text());
          await disque.ackJob(job);
          if (texts.length === 200) all.abort();
          if (++count === most) break;
        }
        return count;
      }
      const loops = [consume(10), ...Array.from({ length: 4 }, () => consume(1000))];
      await addJobs(disque, "side by side", 200);
      assert.equal((await Promise.all(loops))[0], 10);
      assert.deepEqual(sorted(texts), numbers(200));
    });
  });

  it("waits without polling", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const loop = disque.jobs("q");
    const first = loop.next();
    await until(async () => (await blocked(disque, "q")) === 1);
    const asked = server.received("getjob");
    await turns(100);
    assert.equal(server.received("getjob"), asked);
    await disque.addJob("q", "body");
    assert.equal((await first).value?.text(), "body");
    await loop.return();
    assert.equal(server.received("getjob"), asked);
  });

  it("sends nothing when its signal is already aborted", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for await (const job of disque.jobs("q", { signal: AbortSignal.abort() })) assert.fail(job.id);
    assert.equal(server.clients, 0);
  });

  it("ends when its signal is aborted while it waits or connects", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const waiting = new AbortController();
    const loop = disque.jobs("q", { signal: waiting.signal }).next();
    await until(async () => (await blocked(disque, "q")) === 1);
    waiting.abort();
    assert.deepEqual(await loop, { done: true, value: undefined });

    server.faults.freeze();
    await using other = new Disque(server.address);
    const connecting = new AbortController();
    const second = other.jobs("q", { signal: connecting.signal }).next();
    await turns(5);
    connecting.abort();
    assert.deepEqual(await second, { done: true, value: undefined });
    server.faults.thaw();
  });

  it("can share one signal among many loops without a warning", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on("warning", note);
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const end = new AbortController();
    const loops = Array.from({ length: 30 }, () => disque.jobs("q", { signal: end.signal }).next());
    await until(async () => (await blocked(disque, "q")) === 30);
    end.abort();
    await Promise.all(loops);
    await turns(2);
    process.off("warning", note);
    assert.deepEqual(warnings, []);
  });

  it("rejects if the password is wrong or the client is closed", async () => {
    await using server = await TestServer.start({ password: "secret" });
    await using stranger = new Disque(server.address);
    const refused = await rejection(stranger.jobs("q").next());
    assert.ok(refused instanceof ReplyError && refused.code === "NOAUTH");

    const disque = new Disque(server.address, { password: "secret" });
    const waiting = rejection(disque.jobs("q").next());
    await until(async () => (await blocked(disque, "q")) === 1);
    await disque.close();
    assert.ok((await waiting) instanceof ClosedError);
    assert.ok((await rejection(disque.jobs("q").next())) instanceof ClosedError);
  });

  it("rejects bad arguments before it connects", async () => {
    await using disque = new Disque(NOBODY);
    assert.match(
      String(await rejection(disque.jobs([]).next())),
      /^RangeError: queues must name at least one/,
    );
    assert.match(String(await rejection(disque.jobs([5 as never]).next())), /^TypeError: each of queues/);
    for (const [name, bad] of [
      ["count", 0],
      ["signal", {}],
      ["withCounters", 1],
      ["onUndelivered", "f"],
    ] as const) {
      const error = await rejection(disque.jobs("q", { [name]: bad } as never).next());
      assert.match(String(error), new RegExp(`^(Type|Range)Error: ${name} must be`));
    }
    assert.deepEqual(disque.eventNames(), []);
  });
});
