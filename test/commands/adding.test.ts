import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, ReplyError } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";

describe("addJob", () => {
  describeOnServers((server) => {
    it("returns an odd id for a job delivered at least once, and an even id for one delivered at most once", async () => {
      await using disque = new Disque(server.address);
      assert.match(
        await disque.addJob("ids", "body"),
        /^D-[0-9a-f]{8}-[A-Za-z0-9+/]{24}-[0-9a-f]{3}[13579bdf]$/,
      );
      assert.match(await disque.addJob("ids", "body", { retry: 0 }), /-[0-9a-f]{3}[02468ace]$/);
    });

    it("sets times and replication from its options", async () => {
      await using disque = new Disque(server.address);
      const options = { timeout: 1, replicate: 1, delay: 20, retry: 30, ttl: 600, maxlen: 10, async: false };
      const job = await disque.show(await disque.addJob("options", "body", options));
      assert.deepEqual(
        [job?.queue, job?.repl, job?.delay, job?.retry, job?.state, job?.body?.toString()],
        ["options", 1, 20, 30, "active", "body"],
      );
      assert.ok(job !== null && job.ttl > 590 && job.ttl <= 600);
      assert.ok(job.nextRequeueWithin !== null && job.nextRequeueWithin > 15_000);
      assert.deepEqual(await disque.getJob("options", { nohang: true }), []);
    });

    it("uses the defaults of the server", async () => {
      await using disque = new Disque(server.address);
      const job = await disque.show(await disque.addJob("defaults", "body"));
      assert.deepEqual([job?.repl, job?.delay, job?.retry, job?.state], [1, 0, 300, "queued"]);
      assert.ok(job !== null && job.ttl > 86_390 && job.ttl <= 86_400);
    });

    it("does not wait for replication with `async`", async () => {
      await using disque = new Disque(server.address);
      const id = await disque.addJob("async", "body", { async: true });
      const [job] = await disque.getJob("async");
      assert.equal(job?.id, id);
    });

    const refusals = [
      ["NOREPL", "more copies than nodes", { replicate: 2 }],
      ["MAXLEN", "a full queue", { maxlen: 1 }],
      ["ERR", "a delay as long as the TTL", { delay: 60, ttl: 60 }],
    ] as const;
    for (const [code, what, options] of refusals) {
      it(`rejects with ${code} for ${what}`, async () => {
        await using disque = new Disque(server.address);
        await disque.addJob("refusing", "first");
        await assert.rejects(disque.addJob("refusing", "second", options), (error) => {
          assert.ok(error instanceof ReplyError);
          assert.deepEqual([error.code, error.command], [code, "ADDJOB"]);
          return true;
        });
      });
    }

    it("rejects with PAUSED for a queue paused in input", async () => {
      await using disque = new Disque(server.address);
      await disque.pause("closed", "in");
      await assert.rejects(disque.addJob("closed", "body"), { name: "ReplyError", code: "PAUSED" });
    });
  });
});
