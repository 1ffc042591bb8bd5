import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";

describe("the commands on queues", () => {
  describeOnServers((server) => {
    it("qlen counts the queued jobs", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.qlen("len"), 0);
      await disque.addJob("len", "body");
      await disque.addJob("len", "body", { delay: 60 });
      assert.equal(await disque.qlen("len"), 1);
    });

    it("qstat returns everything that the node knows of a queue, and null for an unknown one", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.qstat("stat"), null);
      await disque.addJob("stat", "1");
      await disque.addJob("stat", "2");
      await disque.getJob("stat");
      const stat = await disque.qstat("stat");
      assert.ok(stat !== null);
      const { age, idle, others, ...rest } = stat;
      assert.deepEqual(rest, {
        name: "stat",
        len: 1,
        blocked: 0,
        importFrom: [],
        importRate: 0,
        jobsIn: 2,
        jobsOut: 1,
        pause: "none",
      });
      assert.ok(age >= 0 && age < 60 && idle >= 0 && idle < 60);
      assert.deepEqual({ ...others }, {});
    });

    it("qpeek returns jobs without removing them, the oldest or the newest first", async () => {
      await using disque = new Disque(server.address);
      for (const body of ["1", "2", "3"]) await disque.addJob("peek", body);
      const peek = async (count: number): Promise<string[]> =>
        (await disque.qpeek("peek", count)).map((job) => job.text());
      assert.deepEqual(await peek(2), ["1", "2"]);
      assert.deepEqual(await peek(-2), ["3", "2"]);
      assert.deepEqual(await peek(100), ["1", "2", "3"]);
      assert.deepEqual(await peek(0), []);
      assert.deepEqual(await disque.qpeek("no such queue", 5), []);
      assert.equal(await disque.qlen("peek"), 3);
      const [job] = await disque.qpeek("peek", 1);
      assert.deepEqual([job?.queue, job?.node], ["peek", (await disque.hello()).id]);
    });

    it("pause stops a queue from taking or handing out jobs, and returns its state", async () => {
      await using disque = new Disque(server.address);
      for (const state of ["in", "out", "all", "none"] as const) {
        assert.equal(await disque.pause("pause", state), state);
        assert.equal(await disque.pause("pause", "state"), state);
        assert.equal((await disque.qstat("pause"))?.pause, state);
      }
      assert.equal(await disque.pause("pause", "out", { bcast: true }), "out");
      assert.equal(await disque.pause("pause", "none", { bcast: false }), "none");
    });
  });
});
