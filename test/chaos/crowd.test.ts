import assert from "node:assert/strict";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";
import { it, type TestContext } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { seededRandom } from "../support/random.ts";

const CLIENTS = 1_000;
/** A thousand handshakes in one process may take a while. */
const PATIENT = { connectTimeout: 60_000, failoverTimeout: 60_000 };
/** Milliseconds after the loss within which the first attempt to reconnect lies. */
const FIRST = { from: 50, to: 300 };

/** What goes by turns of the event loop, and by nothing else, has happened by then. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that the test moves, of which `now` is the time. */
class TestClock {
  now = 0;
  readonly #test: TestContext;

  constructor(test: TestContext) {
    this.#test = test;
    test.mock.timers.enable({ apis: ["setTimeout"] });
    syncBuiltinESMExports();
    const begun = performance.now();
    test.mock.method(performance, "now", () => begun + this.now);
  }

  /** All that was due has happened before time goes on. */
  async pass(milliseconds: number): Promise<void> {
    await settled();
    this.#test.mock.timers.tick(milliseconds);
    this.now += milliseconds;
  }

  [Symbol.dispose](): void {
    this.#test.mock.timers.reset();
    syncBuiltinESMExports();
  }
}

/** A thousand clients of one node, each with a call as soon as it has lost that. */
async function crowd(cluster: TestCluster): Promise<{ clients: Disque[]; pings: Promise<string>[] }> {
  const clients = Array.from({ length: CLIENTS }, () => new Disque(cluster.addresses, PATIENT));
  await Promise.all(clients.map((client) => client.connect()));
  const pings = clients.map(async (client) => {
    await once(client, "disconnect");
    return client.ping();
  });
  return { clients, pings };
}

/** How many of those that came at each millisecond came within any so many of them, at most. */
function most(arrivals: readonly number[], from: number, to: number, width: number): number {
  let worst = 0;
  for (let start = from; start < to; start++) {
    const count = arrivals.slice(start, start + width).reduce((sum, each) => sum + each, 0);
    worst = Math.max(worst, count);
  }
  return worst;
}

it("a thousand clients that lose their node do not come back in one burst", async (test) => {
  await using cluster = await TestCluster.start(1);
  const { clients, pings } = await crowd(cluster);
  test.mock.method(Math, "random", seededRandom(1));
  {
    using clock = new TestClock(test);
    const arrivals: number[] = Array(FIRST.to + 1).fill(0);
    for (const client of clients) {
      client.once("connect", () => {
        arrivals[clock.now] = (arrivals[clock.now] ?? 0) + 1;
      });
    }
    const back = (): number => arrivals.reduce((sum, count) => sum + count);
    // The pause counts from the loss.
    cluster.node(0).faults.drop();
    await until(() => clients.every((client) => client.connectedNode === undefined));
    while (clock.now < FIRST.to) await clock.pass(1);
    await until(() => back() === CLIENTS);
    assert.deepEqual(new Set(await Promise.all(pings)), new Set(["PONG"]));
    assert.ok(arrivals.slice(0, FIRST.from).every((count) => count === 0));
    // Within any hundredth of a second come about a twenty-fifth of them, were they spread evenly.
    const worst = most(arrivals, FIRST.from, FIRST.to, 10);
    assert.ok(worst < CLIENTS / 12, `${worst} came within 10 ms`);
  }
  await Promise.all(clients.map((client) => client.close()));
});

it("a thousand clients whose node stays away do not dial it together: after two seconds at most a tenth of them within 100 ms", async (test) => {
  await using cluster = await TestCluster.start(1);
  const { clients, pings } = await crowd(cluster);
  const outcomes = Promise.allSettled(pings);
  test.mock.method(Math, "random", seededRandom(3));
  const { connect } = Socket.prototype;
  {
    using clock = new TestClock(test);
    const dials: number[] = Array(4_001).fill(0);
    test.mock.method(Socket.prototype, "connect", function (this: Socket, ...args: unknown[]) {
      dials[clock.now] = (dials[clock.now] ?? 0) + 1;
      return Reflect.apply(connect, this, args);
    });
    await cluster.node(0).faults.kill();
    await until(() => clients.every((client) => client.connectedNode === undefined));
    while (clock.now < 4_000) await clock.pass(5);
    const all = dials.reduce((sum, count) => sum + count);
    assert.ok(all > CLIENTS, `${all} dials were seen`);
    const worst = most(dials, 2_000, 4_000, 100);
    assert.ok(worst <= CLIENTS / 10, `${worst} dialled within 100 ms`);
    for (const client of clients) client.destroy();
  }
  for (const outcome of await outcomes) assert.equal(outcome.status, "rejected");
});
