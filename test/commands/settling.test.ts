import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, type Job } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { describeOnServers } from "../support/servers.ts";

const UNKNOWN = "D-00000000-AAAAAAAAAAAAAAAAAAAAAAAA-05a1";

async function fetched(disque: Disque, queue: string, count: number): Promise<[Job, ...Job[]]> {
  for (let at = 0; at < count; at++) await disque.addJob(queue, String(at), { retry: 60, ttl: 600 });
  const [first, ...others] = await disque.getJob(queue, { count });
  assert.ok(first !== undefined && others.length === count - 1);
  return [first, ...others];
}

describe("the commands on jobs", () => {
  describeOnServers((server) => {
    it("accept jobs, ids, or an array of either with options", async () => {
      await using disque = new Disque(server.address);
      const jobs = await fetched(disque, "forms", 5);
      const [a, b, c, d, e] = jobs.map((job) => job.id);
      const { signal } = new AbortController();
      assert.equal(await disque.enqueue(jobs[0]), 1);
      assert.equal(await disque.enqueue(b ?? "", { id: c ?? "" }), 2);
      assert.equal(await disque.enqueue([d ?? "", ...jobs.slice(4)], { signal }), 2);
      assert.equal(await disque.dequeue([a ?? "", b ?? "", c ?? ""]), 3);
      assert.equal(await disque.dequeue(d ?? "", e ?? ""), 2);
      for (const none of [disque.ackJob(), disque.ackJob([]), disque.nackJob([], { signal })])
        assert.equal(await none, 0);
    });

    it("ackJob deletes a job and counts it once", async () => {
      await using disque = new Disque(server.address);
      const [job] = await fetched(disque, "ack", 1);
      assert.equal(await disque.ackJob(job), 1);
      assert.equal(await disque.ackJob(job), 0);
      assert.equal(await disque.show(job), null);
    });

    it("fastAck deletes jobs and counts them", async () => {
      await using disque = new Disque(server.address);
      const jobs = await fetched(disque, "fastack", 2);
      assert.equal(await disque.fastAck(...jobs, UNKNOWN), 2);
      assert.equal(await disque.show(jobs[0]), null);
    });

    it("nackJob queues a job again at once and increments its nacks", async () => {
      await using disque = new Disque(server.address);
      const [job] = await fetched(disque, "nack", 1);
      assert.equal(await disque.nackJob(job, UNKNOWN), 1);
      assert.equal(await disque.qlen("nack"), 1);
      assert.equal((await disque.show(job))?.nacks, 1);
    });

    it("delJob deletes a job", async () => {
      await using disque = new Disque(server.address);
      const id = await disque.addJob("delete", "body");
      assert.equal(await disque.delJob(id, UNKNOWN), 1);
      assert.equal(await disque.delJob(id), 0);
      assert.equal(await disque.show(id), null);
    });

    it("dequeue takes a job out of its queue, and enqueue puts it back", async () => {
      await using disque = new Disque(server.address);
      const id = await disque.addJob("in-out", "body");
      assert.equal(await disque.dequeue(id), 1);
      assert.equal(await disque.dequeue(id), 0);
      assert.equal(await disque.qlen("in-out"), 0);
      assert.equal(await disque.enqueue(id), 1);
      assert.equal(await disque.enqueue(id), 0);
      assert.equal(await disque.qlen("in-out"), 1);
    });

    it("nackJob and enqueue do nothing for a job delivered at most once", async () => {
      await using disque = new Disque(server.address);
      await disque.addJob("once", "body", { retry: 0 });
      const [job] = await disque.getJob("once");
      assert.ok(job !== undefined);
      assert.equal(await disque.nackJob(job), 0);
      assert.equal(await disque.enqueue(job), 0);
    });

    it("working returns the retry time in seconds", async () => {
      await using disque = new Disque(server.address);
      const [job] = await fetched(disque, "working", 1);
      assert.equal(await disque.working(job), 60);
      assert.equal(await disque.working(job.id), 60);
      await assert.rejects(disque.working(UNKNOWN), { code: "NOJOB", command: "WORKING" });
    });

    it("show returns everything that the node knows of a job, and null for an unknown one", async () => {
      await using disque = new Disque(server.address);
      const { id: node } = await disque.hello();
      const before = BigInt(Date.now() - 60_000) * 1_000_000n;
      const [job] = await fetched(disque, "show", 1);
      const info = await disque.show(job);
      assert.ok(info !== null);
      const { ctime, ttl, nextRequeueWithin, nextAwakeWithin, others, ...rest } = info;
      assert.deepEqual(rest, {
        id: job.id,
        queue: "show",
        state: "active",
        repl: 1,
        delay: 0,
        retry: 60,
        nacks: 0,
        additionalDeliveries: 0,
        nodesDelivered: [node],
        nodesConfirmed: [],
        body: Buffer.from("0"),
      });
      assert.ok(typeof ctime === "bigint" && ctime > before && ctime < before + 3_600_000_000_000n);
      assert.ok(ttl > 590 && ttl <= 600);
      assert.ok(Number(nextRequeueWithin) > 50_000 && Number(nextAwakeWithin) > 50_000);
      assert.deepEqual({ ...others }, {});
      assert.equal(await disque.show(UNKNOWN), null);
      assert.equal((await disque.show(info))?.id, job.id);
    });
  });

  it("working rejects with TOOLATE when half of the job's life is over", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const [job] = await fetched(disque, "late", 1);
    server.advance(301_000);
    await assert.rejects(disque.working(job), { code: "TOOLATE" });
  });
});
