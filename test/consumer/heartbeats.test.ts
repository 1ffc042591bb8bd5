import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type HeartbeatEntry, Heartbeats } from "../../src/consumer/heartbeats.ts";
import { ClosedError, type CountedJob, Disque, ReplyError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { addJobs, Gate, turns } from "./consuming.ts";

/** The reason with which the handler's signal is aborted. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
}

// Concurrent, because real time has to pass.
describe("a long handler", { concurrency: true }, () => {
  describeOnServers((server) => {
    describe("keeps its job from being delivered again", { concurrency: true }, () => {
      it("for three seconds with a retry time of one", async () => {
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

      it("even if the job was queued for most of its retry time", async () => {
        await using disque = new Disque(server.address);
        const ids = await addJobs(disque, "waited", 1, { retry: 2 });
        await sleep(1_000);
        let deliveries = 0;
        await using worker = disque.work("waited", () => sleep(2_500, deliveries++));
        const started = new Promise<CountedJob>((resolve) => worker.once("started", resolve));
        assert.equal((await started).id, ids[0]);
        assert.deepEqual(await disque.getJob("waited", { timeout: 1_500 }), []);
        await until(async () => (await sleep(20, worker.running)) === 0);
        assert.equal(deliveries, 1);
        assert.equal(await disque.show(ids[0] ?? ""), null);
      });

      it("but not if heartbeats are disabled", async () => {
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

  it("has its signal aborted when half of the job's life is over", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 10, ttl: 30 });
    // Just before the retry time, after which the job would be redelivered.
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

  it("has its signal aborted when the server no longer knows the job", async () => {
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
  it("is sent for handlers that finish within 100 ms", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 100);
    await using _worker = disque.work("q", () => sleep(10), { concurrency: 10 });
    await until(async () => (await disque.jscan("0", { busyloop: true })).ids.length === 0);
    assert.equal(server.received("working"), 0);
  });

  it("is sent for jobs that are delivered at most once", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 0, replicate: 1 });
    await using worker = disque.work("q", () => sleep(150));
    await until(() => worker.running === 1);
    await until(() => worker.running === 0);
    assert.equal(server.received("working"), 0);
  });

  it("takes a job that was just returned out of its queue again", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 3600 });
    await using _worker = disque.work(
      "q",
      async (job) => {
        // About the time it takes to send a first heartbeat.
        await sleep(98 + (job.nacks % 6));
        if (job.nacks < 30) throw new Error("again");
      },
      { backoff: false },
    );
    await until(async () => (await disque.jscan("0", { busyloop: true })).ids.length === 0);
  });
});

const NO_JOB = {} as CountedJob;

/** A job without content: the test only watches when its heartbeats are sent. */
function entry(): HeartbeatEntry {
  return { job: NO_JOB, heartbeatAt: Number.POSITIVE_INFINITY, heartbeat: undefined };
}

describe("Heartbeats", () => {
  it("repeat at a fraction of the time that each reply allows, until the job is settled", async () => {
    const given = [0.02, 0.04, 0.02];
    let sent = 0;
    const run = entry();
    const heartbeats = new Heartbeats([run], async () => given[sent++] ?? 0.01, assert.fail);
    heartbeats.join(run, performance.now());
    await until(() => sent === 5);
    heartbeats.leave(run);
    await sleep(50);
    assert.equal(sent, 5);
    assert.equal(run.heartbeatAt, Number.POSITIVE_INFINITY);
    heartbeats.end();
  });

  it("continue after a failure or a reply of 0, but not once the client is closed", async () => {
    const answers = [new Error("lost"), 0, new ClosedError("closed")];
    let sent = 0;
    const run = entry();
    const send = async (): Promise<number> => {
      const answer = answers[sent++] ?? assert.fail("after the client was closed");
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const heartbeats = new Heartbeats([run], send, assert.fail);
    heartbeats.join(run, performance.now());
    await until(() => sent === 3);
    await turns(5);
    assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
  });

  it("abort the one in flight when the job is settled, so that it is not resent", async () => {
    let asked: AbortSignal | undefined;
    const run = entry();
    const send = (_job: CountedJob, signal: AbortSignal): Promise<number> => {
      asked = signal;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const heartbeats = new Heartbeats([run], send, assert.fail);
    heartbeats.join(run, performance.now());
    await until(() => asked !== undefined);
    heartbeats.leave(run);
    assert.equal(asked?.aborted, true);
    await turns(5);
    assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
  });

  it("report once why the job cannot be kept, and stop", async () => {
    for (const code of ["TOOLATE", "NOJOB", "ACKED"]) {
      const reasons: ReplyError[] = [];
      let sent = 0;
      const run = entry();
      const send = async (): Promise<number> => {
        sent++;
        throw new ReplyError(`${code} for a test`);
      };
      const heartbeats = new Heartbeats([run], send, (_run, reason) => reasons.push(reason));
      heartbeats.join(run, performance.now());
      await until(() => reasons.length === 1);
      await turns(5);
      assert.deepEqual([reasons[0]?.code, sent], [code, 1]);
      assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
    }
  });

  it("come sooner once a short retry time is known, and share one timer", async () => {
    const runs = Array.from({ length: 50 }, entry);
    const [first, ...others] = runs;
    assert.ok(first);
    let sent = 0;
    const send = async (): Promise<number> => {
      sent++;
      return 1;
    };
    const heartbeats = new Heartbeats(runs, send, assert.fail);
    const time = performance.now();
    heartbeats.join(first, time);
    assert.equal(first.heartbeatAt, time + 100);
    await until(() => sent === 1 && first.heartbeatAt < Number.POSITIVE_INFINITY);
    heartbeats.leave(first);
    for (const run of others) heartbeats.join(run, time);
    assert.ok(others.every(({ heartbeatAt }) => heartbeatAt === time + 25));
    assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, 1);
    heartbeats.end();
  });
});
