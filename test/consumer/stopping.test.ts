import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ClosedError, type CountedJob, Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { NOBODY, until } from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { addJobs, Gate, numbers, sorted, turns } from "./consuming.ts";

describe("stop()", { concurrency: true }, () => {
  describeOnServers((server) => {
    it("in the middle of 1,000 jobs loses none and repeats no finished job", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "thousand", 1000, { retry: 3600 });
      const done: string[] = [];
      let started = 0;
      const worker = disque.work("thousand", (job) => turns(Number(job.text()) % 3), { concurrency: 20 });
      worker.on("started", () => started++);
      worker.on("done", (job) => done.push(job.text()));
      await until(() => started >= 400);
      await worker.stop();
      assert.equal(worker.running, 0);
      assert.equal(started, done.length);
      assert.ok(done.length >= 400 && done.length < 1000);
      const rest: CountedJob[] = [];
      for (let count = -1; count < rest.length; ) {
        count = rest.length;
        rest.push(...(await disque.getJob("thousand", { count: 1000, nohang: true, withCounters: true })));
      }
      assert.deepEqual(sorted([...done, ...rest.map((job) => job.text())]), numbers(1000));
      assert.ok(rest.every(({ nacks }) => nacks === 0));
      await disque.ackJob(...rest);
      assert.deepEqual((await disque.jscan("0", { busyloop: true, queue: "thousand" })).ids, []);
    });

    it("lets handlers finish, acknowledges their jobs and fetches no new ones", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "finish", 5, { retry: 3600 });
      const gate = new Gate();
      const done: string[] = [];
      const signals: AbortSignal[] = [];
      const worker = disque.work(
        "finish",
        (_job, { signal }) => {
          signals.push(signal);
          return gate.opened;
        },
        { concurrency: 2 },
      );
      worker.on("done", (job) => done.push(job.text()));
      await until(() => worker.running === 2);
      let stopped = false;
      const stopping = worker.stop().then(() => {
        stopped = true;
      });
      await turns(20);
      assert.equal(stopped, false);
      gate.open();
      await stopping;
      assert.deepEqual(done, ["0", "1"]);
      assert.ok(signals.every(({ aborted }) => !aborted));
      assert.equal(await disque.qlen("finish"), 3);
    });

    it("returns the jobs of handlers that never settle when its timeout is over, and aborts their signals", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "never", 3, { retry: 3600 });
      const reasons: unknown[] = [];
      const handler = (job: CountedJob, { signal }: { signal: AbortSignal }): unknown => {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        return job.text() === "0" ? undefined : new Promise(() => {});
      };
      const worker = disque.work("never", handler, { concurrency: 3 });
      const events: string[] = [];
      worker.on("done", (job) => events.push(`done ${job.text()}`));
      worker.on("failed", (job) => events.push(`failed ${job.text()}`));
      await until(() => worker.running === 2 && events.length === 1);
      await worker.stop({ timeout: 10 });
      assert.equal(worker.running, 0);
      assert.deepEqual(events, ["done 0"]);
      assert.equal(reasons.length, 2);
      assert.ok(reasons.every((reason) => reason instanceof ClosedError));
      const back = await disque.getJob("never", { count: 3, withCounters: true });
      assert.deepEqual(
        back.map((job) => `${job.text()} ${job.nacks}`),
        ["1 1", "2 1"],
      );
    });
  });

  it("with no time left starts no job any more, even one that cannot be given back", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await using producer = new Disque(server.address);
    const started: string[] = [];
    let orphans = 0;
    disque.on("orphan", () => orphans++);
    const worker = disque.work("q", async (job) => started.push(job.text()));
    await until(async () => (await producer.qstat("q"))?.blocked === 1);
    const stopped = worker.stop({ timeout: 0 });
    await producer.addJob("q", "late", { retry: 0 });
    await stopped;
    // The job is still queued if the wait had ended by itself.
    await until(async () => orphans + started.length + (await producer.qlen("q")) === 1);
    assert.deepEqual(started, []);
  });

  it("resolves each time it is called, even before the worker has connected", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const worker = disque.work("q", assert.fail);
    await Promise.all([worker.stop(), worker.stop({ timeout: 1 }), worker.stop()]);
    await worker.stop();
    await addJobs(disque, "q", 1);
    await turns(10);
    assert.equal(await disque.qlen("q"), 1);
  });

  it("uses the shortest timeout of all calls", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 3600 });
    const worker = disque.work("q", () => new Promise(() => {}));
    await until(() => worker.running === 1);
    const [patient, longer] = [worker.stop(), worker.stop({ timeout: 3_600_000 })];
    const hasty = worker.stop({ timeout: 1 });
    const again = worker.stop({ timeout: 3_600_000 });
    await Promise.all([patient, longer, hasty, again]);
    await worker.stop({ timeout: 3_600_000 });
    const [job] = await disque.getJob("q", { withCounters: true });
    assert.equal(job?.nacks, 1);
  });

  it("rejects an invalid timeout", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await using worker = disque.work("q", assert.fail);
    for (const timeout of [-1, Number.NaN, "5" as never, null as never])
      await assert.rejects(worker.stop({ timeout }), /^(Type|Range)Error: timeout must be/);
    await assert.rejects(worker.stop({ time: 5 } as never), /^TypeError: stop: unknown option "time"/);
  });

  it("is called by `await using`", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1);
    const gate = new Gate();
    {
      await using worker = disque.work("q", () => gate.opened);
      await until(() => worker.running === 1);
      setImmediate(() => gate.open());
    }
    assert.deepEqual((await disque.jscan("0", { busyloop: true })).ids, []);
  });

  it("resolves within a second after its timeout, even if the node is killed or frozen", async () => {
    for (const failoverTimeout of [0, 10_000, Number.POSITIVE_INFINITY])
      for (const fault of ["kill", "freeze"] as const) {
        await using server = await TestServer.start();
        const disque = new Disque(server.address, { failoverTimeout });
        await addJobs(disque, "q", 2);
        const unsettled: string[] = [];
        const worker = disque.work("q", () => new Promise(() => {}), { concurrency: 3 });
        worker.on("unsettled", (job) => unsettled.push(job.text()));
        await until(() => worker.running === 2);
        await server.faults[fault]();
        const begin = performance.now();
        await worker.stop({ timeout: 20 });
        const took = performance.now() - begin;
        assert.ok(took < 1_500, `${fault}, ${failoverTimeout}: ${took} ms`);
        await turns(2);
        assert.deepEqual(unsettled, ["0", "1"]);
        disque.destroy();
      }
  });

  it("resolves even if the worker never reached a node", async () => {
    const disque = new Disque(NOBODY, { failoverTimeout: Number.POSITIVE_INFINITY });
    const worker = disque.work("q", assert.fail);
    await turns(5);
    await worker.stop();
    await worker.finished;
    disque.destroy();
  });

  it("settles the jobs of the last handlers although nothing more is fetched", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 2, { retry: 3600 });
    const gate = new Gate();
    const handler = async (job: CountedJob): Promise<void> => {
      await gate.opened;
      if (job.text() === "1") throw new Error("no");
    };
    const worker = disque.work("q", handler, { concurrency: 2 });
    const events: string[] = [];
    worker.on("done", (job) => events.push(`done ${job.text()}`));
    worker.on("failed", (job) => events.push(`failed ${job.text()}`));
    worker.on("stopped", (error) => events.push(`stopped ${error}`));
    await until(() => worker.running === 2);
    const stopped = worker.stop();
    await sleep(1_200);
    gate.open();
    await stopped;
    await worker.finished;
    await turns(1);
    assert.deepEqual(events, ["failed 1", "done 0", "stopped undefined"]);
    assert.equal(await disque.qlen("q"), 1);
  });

  it("returns a job that arrives at the same moment, and runs one that cannot be returned", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const round = async (turn: number): Promise<void> => {
      const queue = `q${turn}`;
      const handled: string[] = [];
      const worker = disque.work(queue, (job) => handled.push(job.text()), { concurrency: 2 });
      await addJobs(disque, queue, 1, { retry: 3600 });
      await addJobs(disque, queue, 1, { retry: 0, replicate: 1 });
      await turns(turn % 6);
      await worker.stop();
      assert.equal(handled.length + (await disque.qlen(queue)), 2, queue);
    };
    await Promise.all(Array.from({ length: 30 }, (_, turn) => round(turn)));
  });
});
