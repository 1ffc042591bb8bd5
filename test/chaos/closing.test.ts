import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClosedError, Disque, DisqueError } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";

interface State {
  readonly name: string;
  /** Brings the client into this state. Returns the calls in flight. */
  readonly reach: (cluster: TestCluster, disque: Disque) => Promise<Promise<unknown>[]>;
  /** Lets the calls finish that `close` waits for. */
  readonly release?: (cluster: TestCluster) => unknown;
}

const killAll = (cluster: TestCluster): Promise<unknown> =>
  Promise.all(cluster.nodes.map(({ faults }) => faults.kill()));
const restartAll = (cluster: TestCluster): Promise<unknown> =>
  Promise.all(cluster.nodes.map(({ faults }) => faults.restart()));
const freezeAll = (cluster: TestCluster): void => {
  for (const { faults } of cluster.nodes) faults.freeze();
};
const thawAll = (cluster: TestCluster): void => {
  for (const { faults } of cluster.nodes) faults.thaw();
};

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const STATES: readonly State[] = [
  { name: "before it connects", reach: async () => [] },
  {
    name: "right after the first call",
    reach: async (_, disque) => [
      disque.ping(),
      disque.getJob("q"),
      disque.addJob("q", "b"),
      disque.connect(),
    ],
  },
  {
    name: "while it connects",
    async reach(cluster, disque) {
      freezeAll(cluster);
      const calls = [disque.ping(), disque.getJob("q"), disque.addJob("q", "b")];
      await turns(20);
      return calls;
    },
    release: thawAll,
  },
  {
    name: "while it looks for a node",
    async reach(cluster, disque) {
      await disque.connect();
      await killAll(cluster);
      await until(() => disque.connectedNode === undefined);
      const calls = [disque.ping(), disque.getJob("q"), disque.addJob("q", "b", { replicate: 1 })];
      await turns(20);
      return calls;
    },
    release: restartAll,
  },
  {
    name: "with calls in flight",
    async reach(cluster, disque) {
      await disque.addJob("q", "b");
      freezeAll(cluster);
      const calls = [disque.ping(), disque.addJob("q", "b"), disque.getJob("q", { nohang: true })];
      await turns(20);
      return calls;
    },
    release: thawAll,
  },
  {
    name: "with calls that wait for jobs",
    async reach(_, disque) {
      const calls = Array.from({ length: 10 }, () => disque.getJob("empty"));
      await until(async () => (await disque.qstat("empty"))?.blocked === 10);
      return calls;
    },
  },
  {
    name: "during failover",
    async reach(cluster, disque) {
      const waiting = disque.getJob("empty");
      await until(async () => (await disque.qstat("empty"))?.blocked === 1);
      const calls = [waiting, ...Array.from({ length: 100 }, (_, n) => disque.ping(String(n)))];
      await turns(2);
      await cluster.node(0).faults.kill();
      return calls;
    },
  },
  {
    name: "while calls pause between attempts",
    async reach(cluster, disque) {
      await disque.connect();
      for (const { faults } of cluster.nodes) faults.answer("ping", "LOADING not yet");
      const call = disque.ping();
      await until(() => cluster.nodes.every((node) => node.received("ping") > 1));
      return [call];
    },
    release(cluster) {
      for (const { faults } of cluster.nodes) faults.answer("ping", null);
    },
  },
  {
    name: "with idle connections to several nodes",
    async reach(cluster, disque) {
      await disque.connect();
      for (const { address } of cluster.nodes) {
        await using other = new Disque(address, { discover: false });
        await disque.show(await other.addJob("q", "b", { replicate: 1 }));
      }
      await Promise.all(Array.from({ length: 100 }, () => disque.addJob("q", "b")));
      await disque.getJob("q");
      return [];
    },
  },
  {
    name: "while it tries to move to a better node",
    async reach(cluster, disque) {
      await disque.connect();
      cluster.node(1).faults.freeze();
      cluster.node(2).faults.freeze();
      await disque.cluster.leaving(true);
      await until(() => disque.nodes[0]?.priority === 100);
      await turns(20);
      return [];
    },
  },
];

/** Connections and timers of this process, except those of the test itself. */
function resources(): string {
  return process.getActiveResourcesInfo().sort().join(" ");
}

describe("a client on a cluster", () => {
  for (const { name, reach, release } of STATES) {
    it(`closes ${name} and leaves nothing behind`, async () => {
      await using cluster = await TestCluster.start(3);
      const disque = new Disque(cluster.addresses, { failoverTimeout: 60_000, refreshInterval: 20 });
      const outcomes = Promise.allSettled(await reach(cluster, disque));
      const closed = disque.close();
      assert.ok((await rejection(disque.ping())) instanceof ClosedError);
      await release?.(cluster);
      await closed;
      // A command that was written keeps its own outcome, including a lost connection or an error reply.
      for (const outcome of await outcomes)
        if (outcome.status === "rejected")
          assert.ok(outcome.reason instanceof DisqueError, String(outcome.reason));
      await leavesNothing(cluster);
    });

    it(`is destroyed ${name}, at once, and leaves nothing behind`, async () => {
      await using cluster = await TestCluster.start(3);
      const disque = new Disque(cluster.addresses, { failoverTimeout: 60_000, refreshInterval: 20 });
      const outcomes = Promise.allSettled(await reach(cluster, disque));
      disque.destroy();
      for (const outcome of await outcomes)
        if (outcome.status === "rejected")
          assert.ok(outcome.reason instanceof DisqueError, String(outcome.reason));
      await disque.close();
      // Released only after the calls have settled, so none can have waited for it.
      await release?.(cluster);
      await leavesNothing(cluster);
    });
  }

  it("destroyed during a pause opens no connection afterwards, not even to nodes it has never tried", async () => {
    await using cluster = await TestCluster.start(2);
    const disque = new Disque(cluster.addresses, { failoverTimeout: 60_000 });
    await disque.connect();
    cluster.node(0).faults.answer("ping", "LOADING not yet");
    cluster.node(1).faults.answer("hello", "LOADING not yet");
    const call = rejection(disque.ping());
    await until(() => cluster.node(1).received("hello") > 0);
    await turns(5);
    disque.destroy();
    await call;
    await leavesNothing(cluster);
  });
});

async function leavesNothing(cluster: TestCluster): Promise<void> {
  for (const { faults } of cluster.nodes) if (faults.frozen) faults.thaw();
  await until(() => cluster.nodes.every((node) => node.clients === 0));
  await cluster.stop();
  await until(() => !/TCPSocketWrap|Timeout|TCPConnectWrap/.test(resources()));
}
