// Setting the wall clock must not affect anything.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { ConnectionError, Disque, TimeoutError } from "../../src/index.ts";
import { Clock } from "../../src/testing/clock.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { NOBODY, rejection, scriptedNode, until } from "../client/scripted.ts";

const HOUR = 3_600_000;
const LEAPS: readonly [where: string, by: number][] = [
  ["forth", HOUR],
  ["back", -HOUR],
];

/** Returns a function that sets the clock. */
function wallClock(test: TestContext): (by: number) => void {
  const { now } = Date;
  let offset = 0;
  test.mock.method(Date, "now", () => now() + offset);
  return (by) => {
    offset += by;
  };
}

for (const [where, by] of LEAPS) {
  describe(`the wall clock set an hour ${where}`, () => {
    it("does not change when a reply is overdue", async (test) => {
      const set = wallClock(test);
      await using node = await scriptedNode();
      await using disque = new Disque(node.address, { failoverTimeout: 0 });
      await disque.connect();
      const peer = await node.server.accept();
      const patient = disque.call("PATIENT", { commandTimeout: 10_000 });
      const hasty = rejection(disque.call("HASTY", { commandTimeout: 30 }));
      await peer.received(3);
      set(by);
      assert.ok((await hasty) instanceof TimeoutError);
      peer.write("+in time\r\n+late\r\n");
      assert.equal(await patient, "in time");
    });

    it("does not change how long the client searches for a node", async (test) => {
      const set = wallClock(test);
      await using disque = new Disque(NOBODY, { failoverTimeout: 300 });
      const begun = performance.now();
      const outcome = rejection(disque.ping());
      set(by);
      assert.ok((await outcome) instanceof ConnectionError);
      // The first pass fails at once; then there is time for a pause of at least 50 ms.
      assert.ok(performance.now() - begun >= 50);
    });

    it("does not change the pauses between attempts", async (test) => {
      const set = wallClock(test);
      await using server = await TestServer.start();
      server.faults.refuse(true);
      await using disque = new Disque(server.address, { failoverTimeout: 60_000 });
      const ping = disque.ping();
      set(by);
      setTimeout(() => server.faults.refuse(false), 100);
      assert.equal(await ping, "PONG");
    });

    it("does not change the interval of HELLO", async (test) => {
      const set = wallClock(test);
      await using server = await TestServer.start();
      await using disque = new Disque(server.address, { refreshInterval: 10 });
      await disque.connect();
      set(by);
      await until(() => server.received("hello") >= 5);
    });

    it("does not change how long a getJob waits, nor the jobs it finds", async (test) => {
      const set = wallClock(test);
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      const begun = performance.now();
      const empty = disque.getJob("empty", { timeout: 60 });
      const waiting = disque.getJob("mail");
      await until(async () => (await disque.qstat("mail"))?.blocked === 1);
      set(by);
      const id = await disque.addJob("mail", "body");
      assert.deepEqual(
        (await waiting).map((job) => job.id),
        [id],
      );
      assert.deepEqual(await empty, []);
      assert.ok(performance.now() - begun >= 59);
    });

    it("does not make jobs of the testing server expire, become due or be forgotten", async (test) => {
      const set = wallClock(test);
      await using cluster = await TestCluster.start(2);
      await using disque = new Disque(cluster.addresses);
      const short = await disque.addJob("short", "body", { ttl: 1_800, retry: 300, replicate: 2 });
      await disque.addJob("later", "body", { delay: 60, retry: 300 });
      assert.equal((await disque.getJob("short")).length, 1);
      set(by);
      assert.deepEqual(await disque.getJob("short", { nohang: true }), []);
      assert.deepEqual(await disque.getJob("later", { nohang: true }), []);
      assert.equal((await disque.show(short))?.state, "active");
      cluster.advance(60_000);
      assert.equal((await disque.getJob("later")).length, 1);
      cluster.advance(300_000);
      assert.deepEqual(
        (await disque.getJob("short")).map((job) => job.id),
        [short],
      );
      assert.deepEqual(
        disque.nodes.map(({ priority }) => priority),
        [1, 1],
      );
    });

    it("does not stop a worker", async (test) => {
      const set = wallClock(test);
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      const done: string[] = [];
      await using worker = disque.work("mail", (job) => set(job.text() === "leap" ? by : 0), {
        concurrency: 2,
      });
      worker.on("done", (job) => done.push(job.text()));
      for (const body of ["a", "leap", "b", "c"]) await disque.addJob("mail", body);
      await until(() => done.length === 4);
      assert.equal(await disque.qlen("mail"), 0);
    });
  });
}

describe("the testing server's clock", () => {
  it("starts at the wall clock, runs on by itself, and can be advanced", (test) => {
    const clock = new Clock();
    assert.ok(Math.abs(clock.now() - Date.now()) < 60_000);
    const set = wallClock(test);
    const before = clock.now();
    set(HOUR);
    assert.ok(clock.now() - before < 60_000);
    clock.advance(1_000);
    assert.ok(clock.now() - before >= 1_000);
    set(-2 * HOUR);
    assert.ok(clock.now() - before < 61_000);
    assert.ok(Number.isInteger(clock.now()));
  });
});

it("no line of src/ reads the date", () => {
  const source = fileURLToPath(new URL("../../../src", import.meta.url));
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  assert.ok(files.length > 50, "the sources were found");
  for (const name of files) {
    const lines = readFileSync(join(source, name), "utf8").split("\n");
    for (const [at, line] of lines.entries())
      assert.doesNotMatch(line, /\bDate\b\s*[.(]/, `${name}:${at + 1}`);
  }
});
