import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection } from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { addJobs } from "./consuming.ts";

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("queues() and scanJobs()", () => {
  describeOnServers((server) => {
    it("return everything, over many pages", async () => {
      await using disque = new Disque(server.address);
      const names = Array.from({ length: 150 }, (_, n) => `scanned-${n}`);
      const ids = await Promise.all(names.map((name) => disque.addJob(name, name)));
      const queues = new Set(await all(disque.queues({ count: 10 })));
      assert.ok(names.every((name) => queues.has(name)));
      const found = new Set(await all(disque.scanJobs({ count: 10 })));
      assert.ok(ids.every((id) => found.has(id)));
      const infos = await all(disque.scanJobs({ count: 10, reply: "all", queue: "scanned-7" }));
      assert.deepEqual([...new Set(infos.map(({ body }) => String(body)))], ["scanned-7"]);
      assert.deepEqual(await all(disque.queues({ minlen: 1_000 })), []);
      assert.deepEqual(await all(disque.scanJobs({ queue: "scanned-7", state: ["acked"] })), []);
    });
  });

  it("ask one node for all pages, even if the client switches to another node", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { refreshInterval: 10 });
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using other = new Disque(first.address, { discover: false });
    await addJobs(other, "q", 100, { replicate: 1 });
    await disque.connect();
    let seen = 0;
    for await (const _ of disque.scanJobs({ count: 10, node: disque.connectedNode?.id })) {
      if (++seen > 1) continue;
      await disque.cluster.leaving(true);
      while (disque.connectedNode?.address !== second.address) await disque.ping();
    }
    assert.ok(seen >= 100);
    assert.ok(first.received("jscan") > 5);
    assert.equal(second.received("jscan"), 0);
  });

  it("reject with a ConnectionError if that node goes away", async () => {
    for (const scan of [
      (disque: Disque): AsyncIterable<string> => disque.queues({ count: 10 }),
      (disque: Disque): AsyncIterable<string> => disque.scanJobs({ count: 10 }),
    ]) {
      await using cluster = await TestCluster.start(2);
      await using disque = new Disque(cluster.addresses);
      for (let n = 0; n < 100; n++) await disque.addJob(`q-${n}`, "body");
      let seen = 0;
      async function consume(): Promise<void> {
        for await (const _ of scan(disque)) if (++seen === 1) await cluster.node(0).faults.kill();
      }
      const error = await rejection(consume());
      assert.ok(error instanceof ConnectionError);
      assert.ok(seen < 100);
      assert.equal(cluster.node(1).received("qscan") + cluster.node(1).received("jscan"), 0);
    }
  });
});
