import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CountedJob, Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { addJobs, Gate, turns } from "./consuming.ts";

const HOUR = 3_600_000;

describe("a failed job with a backoff", () => {
  it("is returned to its queue after the backoff's delay; the backoff receives the job and the error", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 60 });
    const asked: string[] = [];
    const backoff = ({ nacks }: CountedJob, error: unknown): number => {
      asked.push(`${nacks} ${error}`);
      return 20 * 2 ** nacks;
    };
    const begin = performance.now();
    await using worker = disque.work("q", ({ nacks }) => nacks < 3 && Promise.reject("no"), { backoff });
    let done = 0;
    worker.on("done", () => done++);
    await until(() => done === 1);
    assert.deepEqual(asked, ["0 no", "1 no", "2 no"]);
    assert.ok(performance.now() - begin > 19 + 39 + 79);
  });

  it("takes up no concurrency while it waits, and its heartbeat continues", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 10, { retry: 1 });
    const done: string[] = [];
    const worker = disque.work("q", (job) => Number(job.text()) % 2 && Promise.reject("odd"), {
      backoff: () => HOUR,
    });
    worker.on("done", (job) => done.push(job.text()));
    await until(() => done.length === 5 && worker.running === 0);
    await until(() => server.received("working") > 5);
    const held = await disque.jscan("0", { busyloop: true, reply: "all" });
    assert.deepEqual([...new Set(held.jobs.map(({ state }) => state))], ["active"]);
    assert.equal(held.jobs.length, 5);
    await worker.stop();
  });

  it("is returned when the worker stops, or when it fails while the worker stops", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 2, { retry: 3600 });
    const gate = new Gate();
    const handler = async (job: CountedJob): Promise<void> => {
      if (job.text() === "1") await gate.opened;
      throw new Error(job.text());
    };
    const worker = disque.work("q", handler, { concurrency: 2, backoff: () => HOUR });
    await until(() => worker.running === 1);
    const stopped = worker.stop();
    await until(async () => (await disque.qlen("q")) === 1);
    gate.open();
    await stopped;
    assert.equal(await disque.qlen("q"), 2);
    const jobs = await disque.getJob("q", { count: 2, withCounters: true });
    assert.deepEqual(
      jobs.map(({ nacks }) => nacks),
      [1, 1],
    );
  });

  it("is returned at once when the backoff returns no delay or is false", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for (const backoff of [() => 0, () => -1, async () => 0, false as const]) {
      await addJobs(disque, "q", 1, { retry: 3600 });
      const handled: number[] = [];
      const handler = ({ nacks }: CountedJob): unknown => handled.push(nacks) < 5 && Promise.reject("no");
      await using worker = disque.work("q", handler, { backoff });
      let done = 0;
      worker.on("done", () => done++);
      await until(() => done === 1);
      assert.deepEqual(handled, [0, 1, 2, 3, 4]);
    }
  });

  it("waits for the delay that an async backoff resolves with", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 3600 });
    await using worker = disque.work("q", () => Promise.reject("no"), { backoff: async () => HOUR });
    await until(() => worker.held === 1);
    assert.equal(worker.running, 0);
  });

  it("waits a second and emits an event when the backoff throws, rejects or returns no number", async () => {
    const mistake = new Error("a mistake");
    const backoffs = {
      throws: () => {
        throw mistake;
      },
      rejects: () => Promise.reject(mistake),
      "gives nothing": () => undefined as never,
      "gives no number": () => "5" as never,
      "gives NaN": () => Number.NaN,
    };
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await Promise.all(
      Object.entries(backoffs).map(async ([queue, backoff]) => {
        await addJobs(disque, queue, 1, { retry: 3600 });
        const failedAt: number[] = [];
        const errors: string[] = [];
        const handler = (): Promise<never> => Promise.reject(failedAt.push(performance.now()));
        await using worker = disque.work(queue, handler, { backoff });
        worker.on("backoffError", (job, error) => errors.push(`${job.queue}: ${error}`));
        await until(() => failedAt.length === 2 && errors.length === 2);
        const [first = 0, second = 0] = failedAt;
        assert.ok(second - first > 990, `${queue}: again after ${second - first} ms`);
        assert.match(errors[0] ?? "", /: (Error: a mistake|TypeError: backoff must return a number, not)/);
      }),
    );
  });

  it("waits one to two seconds the first time by default", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 3600 });
    const failedAt: number[] = [];
    await using _worker = disque.work("q", () => Promise.reject(failedAt.push(performance.now())));
    await until(() => failedAt.length === 2);
    const [first = 0, second = 0] = failedAt;
    assert.ok(second - first > 990, `${second - first} ms`);
  });

  it("counts towards concurrency once too many are waiting", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 30, { retry: 3600 });
    const options = { backoff: () => HOUR, maxHeld: 10, concurrency: 3 };
    const worker = disque.work("q", () => Promise.reject("no"), options);
    await until(() => worker.held === 12);
    await turns(50);
    assert.equal(worker.held, 12);
    assert.equal(await disque.qlen("q"), 18);
    await worker.stop();
    assert.equal(worker.held, 0);
    assert.equal(await disque.qlen("q"), 30);
  });

  it("may wait for longer than a timer can", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on("warning", note);
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 3600 });
    let handled = 0;
    const worker = disque.work("q", () => Promise.reject(++handled), {
      backoff: () => Number.POSITIVE_INFINITY,
    });
    await until(() => handled === 1 && worker.running === 0);
    await turns(20);
    assert.equal(handled, 1);
    await worker.stop();
    process.off("warning", note);
    assert.deepEqual(warnings, []);
  });

  it("does not wait if it is delivered at most once", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1, { retry: 0, replicate: 1 });
    let failed = 0;
    const worker = disque.work("q", () => Promise.reject("no"), { backoff: assert.fail });
    worker.on("failed", () => failed++);
    await until(() => failed === 1);
    await worker.stop();
  });
});
