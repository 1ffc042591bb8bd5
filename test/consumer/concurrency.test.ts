import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { addJobs, Gate, turns } from "./consuming.ts";

describe("concurrency", () => {
  describeOnServers((server) => {
    it("is reached but never exceeded by handlers and fetched jobs", async () => {
      await using disque = new Disque(server.address);
      await using observer = new Disque(server.address);
      const queue = "measured";
      let running = 0;
      let mostRunning = 0;
      let mostFetched = 0;
      let handled = 0;
      const adding = addJobs(disque, queue, 150);
      await using _worker = disque.work(
        queue,
        async (job) => {
          mostRunning = Math.max(mostRunning, ++running);
          // Fetched and not yet acknowledged, according to the server.
          const page = await observer.jscan("0", { busyloop: true, queue, state: ["active"] });
          mostFetched = Math.max(mostFetched, page.ids.length);
          await turns(Number(job.text()) % 7);
          running--;
          handled++;
          if (Number(job.text()) % 10 === 0 && job.nacks === 0) throw new Error("again");
        },
        { concurrency: 7, backoff: false },
      );
      await adding;
      await until(() => handled === 165);
      assert.equal(mostRunning, 7);
      assert.ok(mostFetched <= 7, `${mostFetched} were fetched`);
    });
  });

  it("may be set in a request without its async context reaching the handlers", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const storage = new AsyncLocalStorage<string>();
    const stores: (string | undefined)[] = [];
    const worker = storage.run("of work()", () =>
      disque.work("q", async () => void stores.push(storage.getStore())),
    );
    worker.concurrency = 0;
    await turns(3);
    storage.run("of a request", () => {
      worker.concurrency = 1;
    });
    for (let n = 1; n <= 3; n++) {
      await addJobs(disque, "q", 1);
      await until(() => stores.length === n);
    }
    assert.deepEqual(new Set(stores), new Set(["of work()"]));
    await worker.stop();
  });

  it("prevents fetching while all of it is in use", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 10);
    const gate = new Gate();
    await using worker = disque.work("q", () => gate.opened, { concurrency: 3 });
    await until(() => worker.running === 3);
    await turns(50);
    assert.equal(await disque.qlen("q"), 7);
    assert.equal(server.received("getjob"), 1);
    gate.open();
    await until(async () => (await disque.jscan("0", { busyloop: true })).ids.length === 0);
  });

  it("can be raised, lowered and set to 0 to pause while the worker runs", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const gates: Gate[] = [];
    await using worker = disque.work("q", () => {
      const gate = new Gate();
      gates.push(gate);
      return gate.opened;
    });
    assert.equal(worker.concurrency, 1);
    await addJobs(disque, "q", 20, { retry: 3600 });
    await until(() => worker.running === 1);
    worker.concurrency = 5;
    assert.equal(worker.concurrency, 5);
    await until(() => worker.running === 5);
    worker.concurrency = 2;
    for (const gate of gates.splice(0, 4)) gate.open();
    await until(() => worker.running === 2);
    worker.concurrency = 0;
    for (const gate of gates.splice(0)) gate.open();
    await until(() => worker.running === 0);
    await turns(50);
    assert.equal(gates.length, 0);
    const left = await disque.qlen("q");
    worker.concurrency = 3;
    await until(() => worker.running === 3);
    assert.equal(await disque.qlen("q"), left - 3);
    for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5" as never])
      assert.throws(() => {
        worker.concurrency = bad;
      }, /^(Type|Range)Error: concurrency must be/);
    worker.concurrency = 20;
    await until(() => {
      for (const gate of gates.splice(0)) gate.open();
      return worker.running === 0;
    });
  });

  it("set to 0 sends late jobs back to the queue, and runs only those that cannot go back", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const handled: string[] = [];
    await using worker = disque.work("q", (job) => handled.push(job.text()));
    await until(async () => (await disque.qstat("q"))?.blocked === 1);
    worker.concurrency = 0;
    await disque.addJob("q", "again", { retry: 3600 });
    await until(async () => (await disque.qlen("q")) === 1);
    assert.deepEqual(handled, []);
    worker.concurrency = 1;
    await until(() => handled.length === 1);
    await until(async () => (await disque.qstat("q"))?.blocked === 1);
    worker.concurrency = 0;
    await disque.addJob("q", "once", { retry: 0, replicate: 1 });
    await until(() => handled.length === 2);
    assert.deepEqual(handled, ["again", "once"]);
  });
});
