// What ends a worker or a loop, what does not, and how each reports it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { ClosedError, type CountedJob, Disque, ReplyError, type Worker } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { NOBODY, rejection, scriptedNode, until } from "../client/scripted.ts";
import { addJobs, Gate, turns } from "./consuming.ts";

/** Collects the warnings that this package emits meanwhile. */
async function warningsOf(during: () => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  const note = ({ name, message }: Error): void => {
    if (name === "DisqueWarning") warnings.push(message);
  };
  process.on("warning", note);
  try {
    await during();
    await turns(2);
  } finally {
    process.off("warning", note);
  }
  return warnings;
}

/** Collects the worker's `retrying` events. */
function attemptsOf(worker: Worker): { error: unknown; attempt: number; milliseconds: number }[] {
  const attempts: { error: unknown; attempt: number; milliseconds: number }[] = [];
  worker.on("retrying", (error, attempt, milliseconds) => attempts.push({ error, attempt, milliseconds }));
  return attempts;
}

describe("a worker keeps running", { concurrency: true }, () => {
  it("when its server is not up yet: it reports each attempt and starts once the server is up", async () => {
    const probe = await TestServer.start();
    const { port, address } = probe;
    await probe.stop();
    await using disque = new Disque(address, { failoverTimeout: 0 });
    const handled: string[] = [];
    await using worker = disque.work("q", (job) => handled.push(job.text()));
    const attempts = attemptsOf(worker);
    await until(() => attempts.length === 3);
    assert.deepEqual(
      attempts.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.ok(attempts.every(({ milliseconds }) => milliseconds >= 100 && milliseconds <= 5_000));
    assert.match(String(attempts[0]?.error), /no node can be reached/);
    await using server = await TestServer.start({ port });
    await using producer = new Disque(server.address);
    await addJobs(producer, "q", 1);
    await until(() => handled.length === 1);
  });

  it("when the only node that is up asks for a password: the other one may not", async () => {
    const probe = await TestServer.start();
    const { port, address } = probe;
    await using other = await TestServer.start();
    await using disque = new Disque([address, other.address], { failoverTimeout: 0 });
    const handled: string[] = [];
    await using worker = disque.work("q", (job) => handled.push(job.text()));
    const attempts = attemptsOf(worker);
    await addJobs(disque, "q", 1);
    await until(() => handled.length === 1);
    await probe.stop();
    await until(() => disque.connectedNode?.port === other.port);
    await addJobs(disque, "q", 1);
    await until(() => handled.length === 2);
    other.password = "secret";
    await until(() => attempts.some(({ error }) => String(error).includes("NOAUTH")));
    const seen = attempts.length;
    await until(() => attempts.length > seen);
    await using server = await TestServer.start({ port });
    await using producer = new Disque(server.address);
    await addJobs(producer, "q", 1);
    await until(() => handled.length === 3);
  });

  it("when GETJOB fails now and then", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    server.faults.answer("getjob", "ERR something odd", 2);
    await addJobs(disque, "q", 1);
    const handled: string[] = [];
    await using worker = disque.work("q", (job) => handled.push(job.text()));
    const attempts = attemptsOf(worker);
    await until(() => handled.length === 1);
    assert.deepEqual(
      attempts.map(({ error, attempt }) => `${error} ${attempt}`),
      ["ReplyError: ERR something odd 1", "ReplyError: ERR something odd 2"],
    );
  });

  it("when the server ends each wait at once, and asks at most 20 times a second", async () => {
    let asked = 0;
    await using node = await scriptedNode(([name]) => {
      if (name !== "GETJOB") return "+PONG\r\n";
      asked++;
      return "*-1\r\n";
    });
    await using disque = new Disque(node.address);
    const worker = disque.work("q", assert.fail, { concurrency: 5 });
    const loop = disque.jobs("q").next();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.ok(asked >= 4 && asked <= 40, `asked ${asked} times`);
    disque.destroy();
    await Promise.all([worker.stop(), rejection(loop)]);
  });
});

describe("without a listener for `retrying`", () => {
  it("a worker and a loop emit one warning for each outage", async () => {
    const warnings = await warningsOf(async () => {
      const disque = new Disque(NOBODY, { failoverTimeout: 0 });
      const worker = disque.work("q", assert.fail);
      const loop = disque.jobs("q");
      const first = loop.next();
      await new Promise((resolve) => setTimeout(resolve, 700));
      await Promise.all([worker.stop(), loop.return(), first]);
      await disque.close();
    });
    assert.equal(warnings.length, 2);
    for (const warning of warnings)
      assert.match(warning, /fetching jobs failed and will be retried: no node can be/);
  });

  it("the next outage emits another warning", async () => {
    const warnings = await warningsOf(async () => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      await using worker = disque.work("q", () => {});
      let done = 0;
      worker.on("done", () => done++);
      for (let outage = 1; outage <= 2; outage++) {
        server.faults.answer("getjob", `ERR outage ${outage}`, 2);
        await addJobs(disque, "q", 1);
        await until(() => done === outage);
      }
    });
    assert.deepEqual(
      warnings.map((warning) => warning.slice(warning.indexOf("ERR"))),
      ["ERR outage 1", "ERR outage 2"],
    );
  });
});

describe("a worker ends", { concurrency: true }, () => {
  it("with an error when all nodes refuse the password or the server lacks the command", async () => {
    await using server = await TestServer.start({ password: "secret" });
    await using stranger = new Disque(server.address, { password: "wrong" });
    const refused = stranger.work("q", assert.fail);
    const error = await rejection(refused.finished);
    assert.ok(error instanceof ReplyError && error.command === "AUTH");
    await refused.stop();

    await using other = await scriptedNode(([name]) =>
      name === "GETJOB" ? "-ERR unknown command 'GETJOB'\r\n" : "+PONG\r\n",
    );
    await using disque = new Disque(other.address);
    assert.match(String(await rejection(disque.work("q", assert.fail).finished)), /unknown command/);
  });

  it("with the event `stopped`, and a listener for it handles the rejection of `finished`", async () => {
    await using server = await TestServer.start({ password: "secret" });
    await using stranger = new Disque(server.address, { password: "wrong" });
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on("unhandledRejection", note);
    const [error] = await once(stranger.work("q", assert.fail), "stopped");
    await turns(5);
    process.off("unhandledRejection", note);
    assert.ok(error instanceof ReplyError);
    assert.deepEqual(unhandled, []);
  });

  it("without an error when its client is closed, once its handlers have finished", async () => {
    await using server = await TestServer.start();
    const disque = new Disque(server.address);
    await addJobs(disque, "q", 1);
    const gate = new Gate();
    const worker = disque.work("q", () => gate.opened, { concurrency: 2 });
    const events: string[] = [];
    worker.on("unsettled", (_job, error) => events.push(`unsettled ${error instanceof ClosedError}`));
    worker.on("stopped", (error) => events.push(`stopped ${error}`));
    await until(() => worker.running === 1);
    await disque.close();
    await turns(5);
    assert.deepEqual(events, []);
    gate.open();
    await worker.finished;
    await turns(1);
    assert.deepEqual(events, ["unsettled true", "stopped undefined"]);
    await worker.stop();
  });

  for (const way of ["close", "destroy"] as const) {
    it(`without an error when its client ends with ${way}() while it is paused`, async () => {
      await using server = await TestServer.start();
      const disque = new Disque(server.address);
      await disque.connect();
      const worker = disque.work("q", assert.fail);
      worker.concurrency = 0;
      await turns(5);
      await disque[way]();
      await worker.finished;
    });
  }

  it("when its own handler stops it without awaiting", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 3, { retry: 3600 });
    const stops: Promise<void>[] = [];
    const worker: Worker = disque.work("q", (_job: CountedJob) => {
      stops.push(worker.stop());
    });
    await worker.finished;
    await Promise.all(stops);
    assert.equal(await disque.qlen("q"), 2);
  });
});

describe("a loop", { concurrency: true }, () => {
  it("keeps running when its server is not up yet at the start", async () => {
    const probe = await TestServer.start();
    const { port, address } = probe;
    await probe.stop();
    await using disque = new Disque(address, { failoverTimeout: 0 });
    const loop = disque.jobs("q");
    const first = loop.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await using server = await TestServer.start({ port });
    await using producer = new Disque(server.address);
    await addJobs(producer, "q", 1);
    assert.equal((await first).value?.text(), "0");
    await loop.return();
  });

  it("ends by rejecting once with an error that retrying cannot fix", async () => {
    await using server = await TestServer.start({ password: "secret" });
    await using stranger = new Disque(server.address, { password: "wrong" });
    const loop = stranger.jobs("q");
    const pending = [loop.next(), loop.next()];
    assert.ok((await rejection(pending[0] ?? assert.fail())) instanceof ReplyError);
    assert.deepEqual(await pending[1], { done: true, value: undefined });
    assert.deepEqual(await loop.next(), { done: true, value: undefined });
    assert.deepEqual(await loop.return(), { done: true, value: undefined });
  });
});
