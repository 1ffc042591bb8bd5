import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Heartbeat } from "../../src/consumer/heartbeat.ts";
import { ClosedError, type CountedJob, Disque, ReplyError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { addJobs, Gate, turns } from "./consuming.ts";

/** What the handler's signal is aborted with. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
}

// Real time has to pass, so at the same time.
describe("a long handler", { concurrency: true }, () => {
  describeOnServers((server) => {
    describe("keeps its job from being delivered again", { concurrency: true }, () => {
      it("for three seconds, with a retry time of one", async () => {
        await using disque = new Disque(server.address);
        const deliveries: CountedJob[] = [];
        await using worker = disque.work(
          "long",
          async (job) => {
            deliveries.push(job);
            await sleep(3_000);
          },
          { concurrency: 2 },
        );
        await addJobs(disque, "long", 1, { retry: 1 });
        let done = 0;
        worker.on("done", () => done++);
        await until(async () => (await sleep(20, done)) === 1);
        assert.equal(deliveries.length, 1);
        assert.equal(await disque.qlen("long"), 0);
      });

      it("even if that had waited in its queue for most of its retry time", async () => {
        await using disque = new Disque(server.address);
        const ids = await addJobs(disque, "waited", 1, { retry: 1 });
        await sleep(700);
        let deliveries = 0;
        await using worker = disque.work("waited", () => sleep(1_500, deliveries++));
        const started = new Promise<CountedJob>((resolve) => worker.once("started", resolve));
        assert.equal((await started).id, ids[0]);
        // Until the first heartbeat is there; a real server may be half a second early, so just now.
        await sleep(50);
        assert.deepEqual(await disque.getJob("waited", { timeout: 1_000 }), []);
        await until(async () => (await sleep(20, worker.running)) === 0);
        assert.equal(deliveries, 1);
        assert.equal(await disque.show(ids[0] ?? ""), null);
      });

      it("but not without a heartbeat", async () => {
        await using disque = new Disque(server.address);
        let deliveries = 0;
        const gate = new Gate();
        const handler = (): unknown => (++deliveries === 1 ? gate.opened : gate.open());
        await addJobs(disque, "silent", 1, { retry: 1 });
        await using _worker = disque.work("silent", handler, { concurrency: 2, heartbeat: false });
        await gate.opened;
        assert.equal(deliveries, 2);
      });
    });
  });

  it("learns from its signal that half of the job's life is over", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 10, ttl: 30 });
    // Before it is delivered again, which its retry time would have it.
    server.advance(9_000);
    await disque.pause("q", "out");
    server.advance(9_000);
    await disque.pause("q", "none");
    let reason: unknown;
    await using worker = disque.work("q", async (_job, { signal }) => {
      reason = await aborted(signal);
    });
    let done = 0;
    worker.on("done", () => done++);
    await until(() => done === 1);
    assert.ok(reason instanceof ReplyError && reason.code === "TOOLATE");
    assert.equal(server.received("working"), 1);
  });

  it("learns from its signal that the job is known no more", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1);
    await using worker = disque.work("q", async (job, { signal }) => {
      await disque.delJob(job);
      throw await aborted(signal);
    });
    const reasons: unknown[] = [];
    worker.on("failed", (_job, error) => reasons.push(error));
    await until(() => reasons.length === 1);
    assert.ok(reasons[0] instanceof ReplyError && reasons[0].code === "NOJOB");
    assert.equal(server.received("working"), 1);
  });
});

describe("no heartbeat", () => {
  it("is sent for handlers that are done at once", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 100);
    await using _worker = disque.work("q", () => {}, { concurrency: 10 });
    await until(async () => (await disque.jscan("0", { busyloop: true })).ids.length === 0);
    assert.equal(server.received("working"), 0);
  });

  it("is sent for jobs that are delivered at most once", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 0, replicate: 1 });
    await using worker = disque.work("q", () => sleep(20));
    await until(() => worker.running === 1);
    await until(() => worker.running === 0);
    assert.equal(server.received("working"), 0);
  });

  it("takes a job out of its queue again that was just given back", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 3600 });
    await using _worker = disque.work("q", async (job) => {
      // As long as a first heartbeat takes to leave.
      await sleep(job.nacks % 3);
      if (job.nacks < 30) throw new Error("again");
    });
    await until(async () => (await disque.jscan("0", { busyloop: true })).ids.length === 0);
  });
});

describe("Heartbeat", () => {
  it("goes on at a fraction of the time that each answer gives", async () => {
    const given = [0.02, 0.04, 0.02, 0.02];
    let beats = 0;
    const heartbeat = new Heartbeat(async () => given[beats++] ?? 0, assert.fail);
    await until(() => beats === 5);
    // It was given no more time: that is a job without a retry time.
    await sleep(20);
    assert.equal(beats, 5);
    heartbeat.stop();
  });

  it("asks again when it got no answer, but not of a client that is closed", async () => {
    const errors = [new Error("lost"), new ClosedError("closed")];
    let beats = 0;
    const heartbeat = new Heartbeat(async () => {
      throw errors[beats++];
    }, assert.fail);
    await until(() => beats === 2);
    await turns(5);
    assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
    heartbeat.stop();
  });

  it("gives up the question that is under way when it is stopped", async () => {
    let signal: AbortSignal | undefined;
    const heartbeat = new Heartbeat((stopped) => {
      signal = stopped;
      return new Promise((_resolve, reject) =>
        stopped.addEventListener("abort", () => reject(stopped.reason)),
      );
    }, assert.fail);
    await until(() => signal !== undefined);
    heartbeat.stop();
    assert.equal(signal?.aborted, true);
    await turns(5);
    assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
  });

  it("tells once why there is no more time to be had, and ends", async () => {
    for (const code of ["TOOLATE", "NOJOB"]) {
      const reasons: ReplyError[] = [];
      let beats = 0;
      new Heartbeat(
        async () => {
          beats++;
          throw new ReplyError(`${code} for a test`);
        },
        (reason) => reasons.push(reason),
      );
      await until(() => reasons.length === 1);
      await turns(5);
      assert.equal(reasons[0]?.code, code);
      assert.equal(beats, 1);
    }
  });
});
