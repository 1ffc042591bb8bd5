import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Disque, type QscanOptions } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The items in order, without duplicates. */
function distinct(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}

describe("scanning", () => {
  describeOnServers((server) => {
    const queues = Array.from({ length: 1_100 }, (_, at) => `queue ${at}`).sort();
    let ids: string[] = [];

    before(async () => {
      await using disque = new Disque(server.address);
      const added = await Promise.all(queues.map((queue) => disque.addJob(queue, queue)));
      await disque.addJob("queue 7", "a second one", { delay: 60 });
      await disque.addJob("queue 8", "a second one");
      const jobs = await Promise.all(["queue 7", "queue 8"].map((queue) => disque.qpeek(queue, 2)));
      assert.deepEqual(
        jobs.map(({ length }) => length),
        [1, 2],
      );
      ids = [...added].sort();
    });

    it("queues() yields all queues, page after page", async () => {
      await using disque = new Disque(server.address);
      assert.deepEqual(distinct(await all(disque.queues())), queues);
      assert.deepEqual(distinct(await all(disque.queues({ count: 10 }))), queues);
      assert.deepEqual(distinct(await all(disque.queues({ busyloop: true }))), queues);
    });

    it("queues() yields the queues that match its options", async () => {
      await using disque = new Disque(server.address);
      const found = async (options: QscanOptions): Promise<string[]> =>
        distinct(await all(disque.queues(options)));
      assert.deepEqual(await found({ minlen: 2 }), ["queue 8"]);
      assert.equal((await found({ maxlen: 1 })).length, 1_099);
      assert.deepEqual(await found({ minlen: 2, maxlen: 2 }), ["queue 8"]);
      assert.deepEqual(await found({ importrate: 1 }), []);
    });

    it("qscan returns one page and the cursor of the next", async () => {
      await using disque = new Disque(server.address);
      const { cursor, queues: page } = await disque.qscan("0", { count: 50 });
      assert.match(cursor, /^[1-9]\d*$/);
      assert.ok(page.length >= 10 && page.length < 1_000, `${page.length} of 1,100`);
      assert.equal((await disque.qscan("0", { busyloop: true })).cursor, "0");
    });

    it("scanJobs() yields all jobs, page after page", async () => {
      await using disque = new Disque(server.address);
      const found = distinct(await all(disque.scanJobs()));
      assert.equal(found.length, 1_102);
      assert.ok(ids.every((id) => found.includes(id)));
      assert.deepEqual(distinct(await all(disque.scanJobs({ count: 10, reply: "id" }))), found);
      assert.deepEqual(distinct(await all(disque.scanJobs({ busyloop: true }))), found);
    });

    it("scanJobs() yields the jobs that match its options", async () => {
      await using disque = new Disque(server.address);
      const jobs = await all(disque.scanJobs({ queue: "queue 7", reply: "all" }));
      assert.deepEqual(jobs.map((job) => [job.queue, job.state, job.body?.toString()]).sort(), [
        ["queue 7", "active", "a second one"],
        ["queue 7", "queued", "queue 7"],
      ]);
      assert.equal((await all(disque.scanJobs({ queue: "queue 7", state: ["queued"] }))).length, 1);
      assert.equal((await all(disque.scanJobs({ queue: "queue 7", state: ["queued", "active"] }))).length, 2);
      assert.deepEqual(await all(disque.scanJobs({ state: ["acked", "wait-repl"] })), []);
      assert.equal((await all(disque.scanJobs({ state: [] }))).length, 1_102);
    });

    it("jscan returns one page of ids or of jobs", async () => {
      await using disque = new Disque(server.address);
      const page = await disque.jscan("0", { count: 50 });
      assert.match(page.cursor, /^[1-9]\d*$/);
      assert.ok(page.ids.length >= 10 && page.ids.length < 1_000);
      const { cursor, jobs } = await disque.jscan(page.cursor, { reply: "all", busyloop: true });
      assert.equal(cursor, "0");
      assert.ok(jobs.every((job) => job.id.startsWith("D-") && job.ctime > 0n));
    });

    it("continues only at the node of the previous page", async () => {
      await using disque = new Disque(server.address);
      const { id } = await disque.hello();
      const { cursor, node } = await disque.qscan(0, { count: 50 });
      assert.equal(node, id);
      assert.equal((await disque.qscan(cursor, { node })).node, id);
      assert.equal((await disque.jscan("0", { node })).node, id);
      const elsewhere = { node: "f".repeat(40) };
      await assert.rejects(disque.qscan(cursor, elsewhere), { name: "ConnectionError", sent: false });
      await assert.rejects(disque.jscan(cursor, elsewhere), { name: "ConnectionError", sent: false });
    });

    it("can be stopped early", async () => {
      await using disque = new Disque(server.address);
      for await (const queue of disque.queues({ count: 10 })) {
        assert.ok(queues.includes(queue));
        break;
      }
      assert.equal(await disque.ping(), "PONG");
    });

    it("rejects with the reason of its signal", async () => {
      await using disque = new Disque(server.address);
      await assert.rejects(all(disque.queues({ signal: AbortSignal.abort("no more") })), (reason) => {
        return reason === "no more";
      });
    });
  });
});
