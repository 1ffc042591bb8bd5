import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AddJobOptions, Disque, ReplyError } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { AT_MOST_ONCE, scriptedNode } from "../client/scripted.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";
import { describeOnServers } from "../support/servers.ts";

describe("retry: 0 implies replicate: 1", () => {
  const RETRY_0: readonly [AddJobOptions | undefined, string][] = [
    [{ retry: 0 }, "REPLICATE 1 RETRY 0"],
    [{ retry: 0, async: true }, "REPLICATE 1 RETRY 0 ASYNC"],
    [{ retry: 0, replicate: undefined }, "REPLICATE 1 RETRY 0"],
    [{ retry: 0, replicate: 1 }, "REPLICATE 1 RETRY 0"],
    // A number is strict. The server refuses it.
    [{ retry: 0, replicate: 2 }, "REPLICATE 2 RETRY 0"],
    [{ retry: 60 }, "RETRY 60"],
    [undefined, ""],
  ];

  for (const [options, words] of RETRY_0)
    it(`in what is sent: ${JSON.stringify(options)}`, async () => {
      await using node = await scriptedNode(() => `+${AT_MOST_ONCE}\r\n`);
      await using disque = new Disque(node.address);
      await disque.addJob("q", "body", options);
      assert.equal(node.server.commands.at(-1)?.slice(4).join(" "), words);
    });

  for (const [where, skip, start] of [
    ["on disque/testing", false, () => TestCluster.start(3)],
    ["on real servers", skipWithoutServer, () => RealCluster.start(3)],
  ] as const)
    it(`so that a cluster of three nodes accepts the job, ${where}`, { skip }, async () => {
      await using cluster = await start();
      await using disque = new Disque(cluster.addresses);
      const id = await disque.addJob("q", "body", { retry: 0 });
      assert.equal((await disque.show(id))?.repl, 1);
      await assert.rejects(disque.addJob("q", "body", { retry: 0, replicate: 2 }), {
        name: "ReplyError",
        code: "ERR",
      });
    });
});

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
