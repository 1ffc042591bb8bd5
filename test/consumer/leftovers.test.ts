import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { until } from "../client/scripted.ts";
import { addJobs, Gate } from "./consuming.ts";

/** Sockets, servers and timers that keep the process alive. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /Wrap$|^Timeout$|^Immediate$/.test(name));
}

const SESSIONS: Readonly<Record<string, (disque: Disque) => Promise<void>>> = {
  async "a loop that is broken"(disque) {
    for await (const _ of disque.jobs("q", { count: 3 })) break;
  },

  async "a loop that is aborted while it waits"(disque) {
    const end = new AbortController();
    const loop = disque.jobs("nothing", { signal: end.signal }).next();
    await until(async () => (await disque.qstat("nothing"))?.blocked === 1);
    end.abort();
    await loop;
  },

  async "a worker that is stopped while it waits"(disque) {
    const worker = disque.work("nothing", assert.fail);
    await until(async () => (await disque.qstat("nothing"))?.blocked === 1);
    await worker.stop();
  },

  async "a worker with handlers that fail, are held, and never settle"(disque) {
    const worker = disque.work(
      "q",
      (job) => (Number(job.text()) % 2 ? Promise.reject("odd") : new Promise(() => {})),
      { concurrency: 2, backoff: () => 3_600_000 },
    );
    let failed = 0;
    worker.on("failed", () => failed++);
    await until(() => worker.running === 2 && failed === 1);
    await worker.stop({ timeout: 1 });
  },

  async "a worker that is stopped with time to spare"(disque) {
    const gate = new Gate();
    const worker = disque.work("q", () => gate.opened, { concurrency: 3 });
    await until(() => worker.running === 3);
    const stopped = worker.stop({ timeout: 3_600_000 });
    gate.open();
    await stopped;
  },
};

describe("no timer, socket or listener is left", () => {
  for (const [name, session] of Object.entries(SESSIONS)) {
    it(`after ${name}`, async () => {
      await using server = await TestServer.start();
      await using producer = new Disque(server.address);
      await addJobs(producer, "q", 6, { retry: 3600 });
      // Not earlier: the server keeps a timer for its jobs and queues.
      await producer.getJob("nothing", { timeout: 1 });
      await until(() => server.clients === 2);
      const before = resources();
      const disque = new Disque(server.address);
      await session(disque);
      await disque.close();
      await until(() => server.clients === 2);
      await until(() => resources().length <= before.length);
      assert.deepEqual(disque.eventNames(), []);
    });
  }

  it("on a signal that outlives the loops that used it", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>): void => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>): void => {
      listeners--;
      remove(...args);
    };
    await addJobs(disque, "q", 6);
    for (let loop = 0; loop < 3; loop++) for await (const _ of disque.jobs("q", { count: 2, signal })) break;
    assert.equal(listeners, 0);
  });
});
