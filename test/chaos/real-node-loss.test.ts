// Adding jobs continues while one of three real nodes is killed, frozen or leaving. The long version (`npm run test:real`) also
// checks how long calls take; it uses the server's default node timeout, so a failure is noticed after 15 s.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "../../src/index.ts";
import { isLong } from "../support/long.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { type RealServer, skipWithoutServer } from "../support/real-server.ts";

/** Milliseconds for which each node is away, and after which the other nodes notice it. */
const AWAY = isLong ? 20_000 : 3_500;
const NODE_TIMEOUT = isLong ? 15_000 : 2_000;
/** Jobs per second. */
const RATE = 200;
/** Milliseconds that a call may take right after the loss, and once the client has had time to notice it. */
const LONGEST = 6_000;
const LONGEST_LATER = 200;
const LEARNING = 15_000;
/** Milliseconds within which all nodes must know each other again. */
const RECOVERY = 60_000;

interface Loss {
  begin(victim: RealServer): Promise<void> | void;
  end(victim: RealServer): Promise<void> | void;
}

const LOSSES: Readonly<Record<string, Loss>> = {
  killed: { begin: (victim) => victim.crash(), end: (victim) => victim.restart() },
  frozen: { begin: (victim) => victim.kill("SIGSTOP"), end: (victim) => victim.kill("SIGCONT") },
  leaving: { begin: (victim) => leaving(victim, true), end: (victim) => leaving(victim, false) },
};

interface Call {
  /** Milliseconds from the loss of the node to the call, and the duration of the call. */
  readonly startedAt: number;
  readonly took: number;
  readonly error: unknown;
}

describe("with one of three real nodes away, no addJob rejects", { skip: skipWithoutServer }, () => {
  it(`while it is ${Object.keys(LOSSES).join(", then ")}`, async (t) => {
    await using cluster = await RealCluster.start(3, ["--cluster-node-timeout", String(NODE_TIMEOUT)]);
    const [victim, ...others] = cluster.nodes;
    assert.ok(victim !== undefined);
    for (const [name, loss] of Object.entries(LOSSES)) {
      const addresses = [victim, ...others].map(({ address }) => address);
      await using connectedToIt = new Disque(addresses);
      await using connectedElsewhere = new Disque([...addresses.slice(1), victim.address]);
      const clients = [connectedToIt, connectedElsewhere];
      for (const disque of clients) await disque.connect();
      assert.equal(connectedToIt.connectedNode?.address, victim.address);
      assert.notEqual(connectedElsewhere.connectedNode?.address, victim.address);
      // By now the connections for adding are open, as in a program that has run for a while.
      await addSteadily(clients, 500);
      await loss.begin(victim);
      const calls = await addSteadily(clients, AWAY);
      await loss.end(victim);
      const longest = longestOf(calls);
      const longestLater = longestOf(calls.filter(({ startedAt }) => startedAt >= LEARNING));
      t.diagnostic(`${name}: ${calls.length} calls, longest ${longest} ms, after 15 s ${longestLater} ms`);
      const rejected = calls.filter(({ error }) => error !== undefined);
      assert.deepEqual(
        rejected.map(({ error }) => error),
        [],
        name,
      );
      assert.ok(calls.length >= (AWAY / 1_000) * RATE * 0.9, `${name}: ${calls.length} calls`);
      if (isLong) {
        assert.ok(longest <= LONGEST, `${name}: a call took ${longest} ms`);
        assert.ok(longestLater <= LONGEST_LATER, `${name}: after 15 s a call took ${longestLater} ms`);
      }
      const deadline = performance.now() + RECOVERY;
      while (!(await allGood(cluster))) {
        assert.ok(performance.now() < deadline, "the nodes do not find each other again");
        await sleep(100);
      }
    }
  });
});

/** Calls `addJob` with default options this many times a second, on each client in turn. */
async function addSteadily(clients: readonly Disque[], milliseconds: number): Promise<Call[]> {
  const calls: Promise<Call>[] = [];
  const begin = performance.now();
  const add = async (disque: Disque): Promise<Call> => {
    const startedAt = performance.now();
    let error: unknown;
    try {
      await disque.addJob("losing", "body");
    } catch (reason) {
      error = reason;
    }
    return { startedAt: startedAt - begin, took: performance.now() - startedAt, error };
  };
  for (let passed = 0; passed < milliseconds; passed = performance.now() - begin) {
    while (calls.length < (passed / 1_000) * RATE) {
      const disque = clients[calls.length % clients.length];
      if (disque !== undefined) calls.push(add(disque));
    }
    await sleep(2);
  }
  return Promise.all(calls);
}

function longestOf(calls: readonly Call[]): number {
  return Math.round(Math.max(0, ...calls.map(({ took }) => took)));
}

async function leaving(node: RealServer, isLeaving: boolean): Promise<void> {
  await using disque = new Disque(node.address, { discover: false });
  await disque.cluster.leaving(isLeaving);
}

/** Whether each node says that all nodes are good. */
async function allGood({ nodes }: RealCluster): Promise<boolean> {
  const answers = await Promise.all(
    nodes.map(async ({ address }) => {
      await using disque = new Disque(address, { discover: false });
      return await disque.hello();
    }),
  );
  return answers.every((hello) => hello.nodes.every(({ priority }) => priority === 1));
}
