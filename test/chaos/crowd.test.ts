import assert from "node:assert/strict";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import { it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { seededRandom } from "../support/random.ts";

const CLIENTS = 1_000;
/** A thousand handshakes in one process may take a while. */
const PATIENT = { connectTimeout: 60_000, failoverTimeout: 60_000 };
/** Milliseconds after the loss within which the first attempt to reconnect lies. */
const FIRST = { from: 50, to: 200 };

it("a thousand clients that lose their node do not come back in one burst", async (test) => {
  await using cluster = await TestCluster.start(1);
  const clients = Array.from({ length: CLIENTS }, () => new Disque(cluster.addresses, PATIENT));
  await Promise.all(clients.map((client) => client.connect()));
  const random = seededRandom(1);
  test.mock.method(Math, "random", random);
  test.mock.timers.enable({ apis: ["setTimeout"] });
  syncBuiltinESMExports();
  try {
    let now = 0;
    const begun = performance.now();
    test.mock.method(performance, "now", () => begun + now);
    const arrivals: number[] = Array(FIRST.to + 1).fill(0);
    for (const client of clients) {
      client.once("connect", () => {
        arrivals[now] = (arrivals[now] ?? 0) + 1;
      });
    }
    const back = (): number => arrivals.reduce((sum, count) => sum + count);
    // The pause counts from the loss.
    const pings = clients.map(async (client) => {
      await once(client, "disconnect");
      return client.ping();
    });
    cluster.node(0).faults.drop();
    await until(() => clients.every((client) => client.connectedNode === undefined));
    for (; now <= FIRST.to; now++) {
      // All who were due have arrived before time goes on.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      test.mock.timers.tick(1);
    }
    await until(() => back() === CLIENTS);
    assert.deepEqual(new Set(await Promise.all(pings)), new Set(["PONG"]));
    assert.ok(arrivals.slice(0, FIRST.from).every((count) => count === 0));
    // Within any hundredth of a second come about a fifteenth of them, were they spread evenly.
    for (let from = FIRST.from; from < FIRST.to; from++) {
      const count = arrivals.slice(from, from + 10).reduce((sum, each) => sum + each, 0);
      assert.ok(count < CLIENTS / 8, `${count} came between ${from} and ${from + 10} ms`);
    }
  } finally {
    test.mock.timers.reset();
    syncBuiltinESMExports();
  }
  await Promise.all(clients.map((client) => client.close()));
});
