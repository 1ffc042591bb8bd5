import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";
import { type Cluster, describeOnClusters } from "./clusters.ts";

const LEAVING = "LEAVING this node is leaving the cluster. Try another one please";

/** Adds, fetches and acknowledges jobs in a loop. */
async function work(disque: Disque, name: string, stopped: () => boolean): Promise<number> {
  let done = 0;
  for (; !stopped(); done++) {
    await disque.addJob(name, String(done), { replicate: 2 });
    const [job] = await disque.getJob(name);
    assert.ok(job !== undefined);
    await disque.ackJob(job);
  }
  return done;
}

/** Runs several workers. A failure is reported when the result is awaited, not earlier. */
function load<Done>(count: number, worker: (n: number) => Promise<Done>): Promise<Done[]> {
  const done = Promise.all(Array.from({ length: count }, (_, n) => worker(n)));
  done.catch(() => {});
  return done;
}

/** The number of commands a node has received, once no more arrive for longer than one GETJOB waits. */
async function settledCount(cluster: Cluster, address: string): Promise<number> {
  for (let turn = 0; turn < 10; turn++) {
    const count = await cluster.commandsAt(address);
    await delay(500);
    if (count === (await cluster.commandsAt(address))) return count;
  }
  throw new Error(`commands keep coming to ${address}`);
}

describe("a node that leaves the cluster under load", () => {
  describeOnClusters((start) => {
    it("gets no more commands, and no call fails", async () => {
      await using cluster = await start(4);
      await using disque = new Disque(cluster.addresses, { refreshInterval: 50 });
      await disque.connect();
      const leaving = disque.connectedNode?.address ?? "";
      let stopped = false;
      const workers = load(8, (n) => work(disque, `leaving-${n}`, () => stopped));
      const waiting = disque.getJob("nothing yet");
      waiting.catch(() => {});
      await until(() => (disque.connectedNode?.jobs ?? 0) > 20);

      await using other = new Disque(leaving, { discover: false });
      assert.equal(await other.cluster.leaving(true), true);
      const gone = (): boolean =>
        disque.nodes.some(({ address, priority }) => address === leaving && priority === 100);
      await until(() => gone() && ![undefined, leaving].includes(disque.connectedNode?.address));

      // Calls already sent to it finish first.
      stopped = true;
      for (const done of await workers) assert.ok(done > 0);
      stopped = false;
      const before = await settledCount(cluster, leaving);
      const more = load(8, (n) => work(disque, `left-${n}`, () => stopped));
      const fetched = (): number => disque.nodes.reduce((sum, { jobs }) => sum + jobs, 0);
      const goal = fetched() + 100;
      await until(() => fetched() > goal);
      stopped = true;
      await more;
      assert.equal(await cluster.commandsAt(leaving), before);

      await disque.addJob("nothing yet", "body", { replicate: 2 });
      assert.equal((await waiting)[0]?.text(), "body");
    });
  });

  it("is used again if it stays after all and no other node is left", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await disque.ping();
    await disque.cluster.leaving(true);
    await until(() => disque.connectedNode?.address === second.address);
    await using other = new Disque(first.address, { discover: false });
    await other.cluster.leaving(false);
    await second.faults.kill();
    assert.equal(await disque.ping(), "PONG");
    assert.equal(disque.connectedNode?.address, first.address);
  });
});

describe("LEAVING", () => {
  it("is not passed to the caller: the client switches to another node", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    cluster.node(0).faults.answer("getjob", LEAVING);
    const { length } = await disque.getJob("q", { nohang: true });
    assert.equal(length, 0);
    assert.equal(cluster.node(0).received("getjob"), 1);
    assert.equal(cluster.node(1).received("getjob"), 1);
    await disque.ping();
    assert.equal(disque.connectedNode?.address, cluster.node(1).address);
    assert.equal(cluster.node(0).received("ping"), 0);
  });

  it("makes a waiting getJob continue at another node", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    const waiting = disque.getJob("q");
    await until(async () => (await disque.qstat("q"))?.blocked === 1);
    await using other = new Disque(cluster.node(0).address, { discover: false });
    await other.cluster.leaving(true);
    await using second = new Disque(cluster.node(1).address, { discover: false });
    await until(async () => (await second.qstat("q"))?.blocked === 1);
    await second.addJob("q", "body", { replicate: 1 });
    assert.equal((await waiting)[0]?.text(), "body");
  });

  it("from all nodes is passed to the caller in the end", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 1_000 });
    await disque.connect();
    for (const { faults } of cluster.nodes) faults.answer("getjob", LEAVING);
    assert.match(String(await rejection(disque.getJob("q"))), /LEAVING this node/);
    for (const { faults } of cluster.nodes) faults.answer("getjob", null);
    assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
  });
});
