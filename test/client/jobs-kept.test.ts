import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClosedError, Disque, type Job } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";
import { abortNoHang, abortWhileAdding } from "./jobs-kept.ts";
import { until } from "./scripted.ts";

/** Milliseconds within which each job must be accounted for: 3 s, and more on a busy machine. */
const DEADLINE = 15_000;

describe("no job is lost", () => {
  describeOnServers((server) => {
    for (const retry of [300, 0])
      it(`when a thousand waiting calls are aborted while jobs are added, RETRY ${retry}`, async (test) => {
        const fate = await abortWhileAdding(server.address, 1_000, retry, DEADLINE);
        test.diagnostic(JSON.stringify(fate));
        assert.equal(fate.lost, 0);
        if (retry > 0) assert.equal(fate.orphans, 0);
      });

    for (const retry of [300, 0])
      it(`when calls with nohang are aborted, RETRY ${retry}`, async () => {
        const orphans = await abortNoHang(server.address, 200, retry);
        if (retry > 0) assert.equal(orphans, 0);
      });

    it("and close() waits at most 1.5 s for GETJOBs that find nothing", async (test) => {
      const disque = new Disque(server.address);
      const calls = Array.from({ length: 50 }, () =>
        disque.getJob("nothing").catch((error: unknown) => error),
      );
      await until(async () => (await disque.qstat("nothing"))?.blocked === 50);
      const begin = performance.now();
      await disque.close();
      const time = performance.now() - begin;
      test.diagnostic(`longest close(): ${Math.round(time)} ms`);
      for (const error of await Promise.all(calls)) assert.ok(error instanceof ClosedError);
      // Allow more time on a busy machine.
      assert.ok(time < 3_000, `${time} ms`);
    });

    it("when the client is closed while calls wait and jobs are added", async (test) => {
      await using producer = new Disque(server.address);
      await producer.connect();
      const missing = new Set<string>();
      const queues = Array.from({ length: 20 }, (_, n) => `closed-${n}`);
      let longest = 0;
      for (let round = 0; round < 5; round++) {
        const disque = new Disque(server.address);
        const orphans: Job[] = [];
        disque.on("orphan", (job) => orphans.push(job));
        const calls = queues.map((queue) =>
          disque.getJob(queue).catch((error: unknown) => {
            assert.ok(error instanceof ClosedError, String(error));
            return [];
          }),
        );
        await until(async () => {
          const states = await Promise.all(queues.map((queue) => producer.qstat(queue)));
          return states.every((state) => state?.blocked === 1);
        });
        const adding = queues.map((queue, n) =>
          producer.addJob(queue, "body", { retry: n % 2 === 0 ? 0 : 300, replicate: 1 }),
        );
        const begin = performance.now();
        await disque.close();
        longest = Math.max(longest, performance.now() - begin);
        for (const id of await Promise.all(adding)) missing.add(id);
        for (const { id } of [...(await Promise.all(calls)).flat(), ...orphans]) missing.delete(id);
        // Jobs that close() returned are in the queue when it resolves.
        for (const { id } of await producer.getJob(queues, { nohang: true, count: 100 })) missing.delete(id);
        assert.deepEqual([...missing], []);
      }
      test.diagnostic(`longest close(): ${Math.round(longest)} ms`);
      assert.ok(longest < 3_000, `${longest} ms`);
    });
  });
});
