import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountedJob, Disque, Job } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";

describe("getJob", () => {
  describeOnServers((server) => {
    it("returns a job with its id, queue and body, and the id of the node that delivered it", async () => {
      await using disque = new Disque(server.address);
      const id = await disque.addJob("one", "body");
      const [job, ...others] = await disque.getJob("one");
      assert.ok(job instanceof Job && !(job instanceof CountedJob));
      const { id: node } = await disque.hello();
      assert.deepStrictEqual(job, new Job({ id, queue: "one", body: Buffer.from("body"), node }));
      assert.deepEqual(others, []);
    });

    it("returns up to `count` jobs, one by default, the oldest first", async () => {
      await using disque = new Disque(server.address);
      for (const body of ["1", "2", "3", "4"]) await disque.addJob("count", body);
      const bodies = async (count?: number): Promise<string[]> =>
        (await disque.getJob("count", { count })).map((job) => job.text());
      assert.deepEqual(await bodies(), ["1"]);
      assert.deepEqual(await bodies(2), ["2", "3"]);
      assert.deepEqual(await bodies(100), ["4"]);
    });

    it("fetches from several queues", async () => {
      await using disque = new Disque(server.address);
      await disque.addJob("low", "low");
      await disque.addJob("high", "high");
      const jobs = await disque.getJob(["high", "nothing", "low"], { count: 5 });
      assert.deepEqual(
        jobs.map((job) => [job.queue, job.text()]),
        [
          ["high", "high"],
          ["low", "low"],
        ],
      );
    });

    it("returns no job if its timeout is over", async () => {
      await using disque = new Disque(server.address);
      assert.deepEqual(await disque.getJob("nothing", { timeout: 1 }), []);
    });

    it("does not wait with `nohang`", async () => {
      await using disque = new Disque(server.address);
      assert.deepEqual(await disque.getJob("hang", { nohang: true }), []);
      assert.deepEqual(await disque.getJob("hang", { nohang: true, timeout: 5 }), []);
      await disque.addJob("hang", "body");
      assert.equal((await disque.getJob("hang", { nohang: true })).length, 1);
    });

    it("waits until a job arrives", async () => {
      await using disque = new Disque(server.address);
      for (const options of [{}, { timeout: Number.POSITIVE_INFINITY }, { timeout: 60_000 }]) {
        const waiting = disque.getJob(["empty", "late"], options);
        const id = await disque.addJob("late", "body");
        assert.deepEqual(
          (await waiting).map((job) => job.id),
          [id],
        );
      }
    });

    it("returns with `withCounters` how often a job was given back", async () => {
      await using disque = new Disque(server.address);
      await disque.addJob("counters", "body");
      const fetch = async (): Promise<number[][]> => {
        const jobs = await disque.getJob("counters", { withCounters: true });
        return jobs.map((job) => [job.nacks, job.additionalDeliveries]);
      };
      const [first] = await disque.getJob("counters", { withCounters: true });
      assert.ok(first instanceof CountedJob);
      assert.deepEqual([first.nacks, first.additionalDeliveries], [0, 0]);
      await disque.nackJob(first);
      assert.deepEqual(await fetch(), [[1, 0]]);
      await disque.enqueue(first);
      assert.deepEqual(await fetch(), [[1, 1]]);
    });

    it("finds no job in a queue paused in output", async () => {
      await using disque = new Disque(server.address);
      await disque.addJob("paused", "body");
      await disque.pause("paused", "out");
      assert.deepEqual(await disque.getJob("paused", { nohang: true }), []);
      await disque.pause("paused", "none");
      assert.equal((await disque.getJob("paused")).length, 1);
    });

    it("rejects a timeout of 0 and says what to write instead", async () => {
      await using disque = new Disque(server.address);
      await assert.rejects(disque.getJob("zero", { timeout: 0 }), {
        name: "RangeError",
        message: "timeout must be above 0: use Infinity to wait forever, or `nohang: true` not to wait",
      });
    });
  });
});
