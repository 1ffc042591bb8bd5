import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { Backoff } from "../../src/cluster/failures.ts";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { seededRandom } from "../support/random.ts";

const CLIENTS = 1_000;
/** Milliseconds after the loss within which the first attempt to reconnect takes place. */
const FIRST = { from: 50, to: 300 };

/** When each client dials, in milliseconds since all of them lost their node. */
function dials(until: number): number[] {
  const random = seededRandom(1);
  return Array.from({ length: CLIENTS }, () => new Backoff(random)).flatMap((backoff) => {
    const times: number[] = [];
    for (let time = backoff.next(); time < until; time += backoff.next()) times.push(time);
    return times;
  });
}

/** The highest number of these times within any window of this width. */
function most(times: readonly number[], from: number, to: number, width: number): number {
  const counts = Array.from({ length: to - from }, (_, at) => {
    const start = from + at;
    return times.filter((time) => time >= start && time < start + width).length;
  });
  return Math.max(...counts);
}

describe("a thousand clients that lose their node", () => {
  it("do not reconnect in one burst", () => {
    const first = dials(FIRST.to);
    assert.ok(first.every((time) => time >= FIRST.from));
    // If spread evenly, 1/25 of them reconnect within any 1/100 of a second.
    const worst = most(first, FIRST.from, FIRST.to, 10);
    assert.ok(worst < CLIENTS / 12, `${worst} come within 10 ms`);
  });

  it("do not dial in step while it is down: after two seconds at most a tenth of them within 100 ms", () => {
    const worst = most(dials(4_000), 2_000, 4_000, 100);
    assert.ok(worst <= CLIENTS / 10, `${worst} dial within 100 ms`);
  });
});

it("clients that lose their node wait before they dial it again, and all reconnect", async (test) => {
  await using cluster = await TestCluster.start(1);
  const patient = { connectTimeout: 60_000, failoverTimeout: 60_000 };
  const clients = Array.from({ length: 100 }, () => new Disque(cluster.addresses, patient));
  await Promise.all(clients.map((client) => client.connect()));
  const losses: number[] = [];
  const dialled: number[] = [];
  const { connect } = Socket.prototype;
  test.mock.method(Socket.prototype, "connect", function (this: Socket, ...args: unknown[]) {
    dialled.push(performance.now());
    return Reflect.apply(connect, this, args);
  });
  const pings = clients.map(
    (client) =>
      new Promise((resolve) =>
        client.once("disconnect", () => {
          losses.push(performance.now());
          resolve(client.ping());
        }),
      ),
  );
  const droppedAt = performance.now();
  cluster.node(0).faults.drop();
  assert.deepEqual(new Set(await Promise.all(pings)), new Set(["PONG"]));
  assert.equal(losses.length, clients.length);
  assert.equal(dialled.length, clients.length);
  // Node's timers may fire up to a millisecond early.
  assert.ok(Math.min(...dialled) >= droppedAt + FIRST.from - 1);
  await Promise.all(clients.map((client) => client.close()));
});
