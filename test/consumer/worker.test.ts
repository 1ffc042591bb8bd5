import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CountedJob, Disque, type Worker, type WorkerEvents } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { AT_LEAST_ONCE, bulk, scriptedNode, until } from "../client/scripted.ts";
import { describeOnServers } from "../support/servers.ts";
import { AT_MOST_ONCE, addJobs, Gate, numbers, sorted, uncaught } from "./consuming.ts";

/** Resolves with the arguments of the worker's next event of this name. */
function next<Name extends keyof WorkerEvents>(worker: Worker, name: Name): Promise<WorkerEvents[Name]> {
  return new Promise((resolve) => {
    const listener = (...args: WorkerEvents[Name]): void => resolve(args);
    worker.once<keyof WorkerEvents>(name, listener as (...args: unknown[]) => void);
  });
}

describe("work()", () => {
  describeOnServers((server) => {
    it("acknowledges a job when its handler resolves, and emits how long it took", async () => {
      await using disque = new Disque(server.address);
      const id = await disque.addJob("resolved", "body");
      const gate = new Gate();
      await using worker = disque.work("resolved", () => gate.opened);
      const events: string[] = [];
      for (const name of ["started", "done", "failed", "unsettled"] as const)
        worker.on(name, (job: CountedJob) => events.push(`${name} ${job.id === id}`));
      await next(worker, "started");
      await until(() => worker.running === 1);
      assert.equal((await disque.show(id))?.state, "active");
      const done = next(worker, "done");
      gate.open();
      const [job, milliseconds] = await done;
      assert.equal(job.text(), "body");
      assert.ok(milliseconds > 0 && milliseconds < 10_000);
      assert.deepEqual(events, ["started true", "done true"]);
      assert.equal(await disque.show(id), null);
      await until(() => worker.running === 0);
    });

    const failures: readonly [string, () => unknown, unknown][] = [
      ["rejects", () => Promise.reject(new Error("no")), new Error("no")],
      ["throws before it returns a promise", () => thrower(new Error("sync")), new Error("sync")],
      ["rejects with a value that is not an error", () => Promise.reject("text"), "text"],
      ["rejects without a value", () => Promise.reject(), undefined],
      ["throws null", () => thrower(null), null],
    ];
    for (const [what, fail, error] of failures) {
      it(`returns a job at once, with a nack, when its handler ${what}`, async () => {
        await using disque = new Disque(server.address);
        await disque.addJob(what, "body", { retry: 3600 });
        const counts: number[] = [];
        await using worker = disque.work(
          what,
          (job) => {
            counts.push(job.nacks);
            return job.nacks < 2 ? fail() : undefined;
          },
          { backoff: false },
        );
        const errors: unknown[] = [];
        worker.on("failed", (_job, reason, milliseconds) => errors.push(reason, milliseconds >= 0));
        await next(worker, "done");
        assert.deepEqual(counts, [0, 1, 2]);
        assert.deepEqual(errors, [error, true, error, true]);
      });
    }

    it("handles jobs that are delivered at most once, whether they succeed or fail", async () => {
      await using disque = new Disque(server.address);
      const ids = await addJobs(disque, "once", 6, AT_MOST_ONCE);
      await using worker = disque.work("once", (job) => (Number(job.text()) % 2 ? thrower("odd") : "even"));
      const texts = { done: [] as string[], failed: [] as string[] };
      worker.on("done", (job) => texts.done.push(job.text()));
      worker.on("failed", (job) => texts.failed.push(job.text()));
      await until(() => texts.done.length + texts.failed.length === 6);
      assert.deepEqual(texts, { done: ["0", "2", "4"], failed: ["1", "3", "5"] });
      assert.equal(await disque.qlen("once"), 0);
      assert.equal(await disque.show(ids[0] ?? ""), null);
    });

    it("passes a job that failed too often to the poison handler, then acknowledges it", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "bad mail", 1, { retry: 3600 });
      let attempts = 0;
      const poison = {
        after: 3,
        handler: (job: CountedJob) => disque.addJob("dead mail", job.body),
      };
      await using worker = disque.work("bad mail", () => thrower(++attempts), { poison, backoff: false });
      const [job] = await next(worker, "done");
      assert.equal(attempts, 4);
      assert.equal(job.nacks, 4);
      assert.equal(await disque.show(job), null);
      assert.equal((await disque.getJob("dead mail"))[0]?.text(), "0");
    });

    it("returns a poison job when the poison handler fails", async () => {
      await using disque = new Disque(server.address);
      await addJobs(disque, "worse mail", 1, { retry: 3600 });
      const handled: number[] = [];
      const handler = ({ nacks }: CountedJob): unknown => handled.push(nacks) < 3 && thrower("no");
      await using worker = disque.work("worse mail", () => thrower("no"), {
        poison: { after: 0, handler },
        backoff: false,
      });
      await next(worker, "done");
      assert.deepEqual(handled, [1, 2, 3]);
    });

    it("can run several workers on one client without handling a job twice", async () => {
      await using disque = new Disque(server.address);
      const texts: string[] = [];
      const workers = Array.from({ length: 4 }, () =>
        disque.work(["shared", "empty"], (job) => texts.push(job.text()), { concurrency: 5 }),
      );
      await addJobs(disque, "shared", 200);
      await until(() => texts.length === 200);
      await Promise.all(workers.map((worker) => worker.stop()));
      assert.deepEqual(sorted(texts), numbers(200));
    });
  });

  it("emits `unsettled` when the server refuses the acknowledgement", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    server.faults.answer("ackjob", "ERR no", 1);
    server.faults.answer("nack", "ERR neither", 1);
    await addJobs(disque, "q", 2, { retry: 60 });
    await using worker = disque.work("q", (job) => job.text() === "1" && thrower("failed"), {
      backoff: false,
    });
    const events: string[] = [];
    for (const name of ["started", "done", "failed"] as const)
      worker.on(name, (job: CountedJob) => events.push(`${name} ${job.text()}`));
    worker.on("unsettled", (job, error) => events.push(`unsettled ${job.text()} ${error}`));
    await until(() => events.length === 5);
    assert.deepEqual(events, [
      "started 0",
      // The next GETJOB leaves in the same write as the acknowledgement.
      "started 1",
      "failed 1",
      "unsettled 0 ReplyError: ERR no",
      "unsettled 1 ReplyError: ERR neither",
    ]);
    server.advance(60_000);
    await until(() => events.includes("done 0"));
  });

  it("creates the signal of a handler on first use and returns the same one each time", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 1);
    const signals: AbortSignal[] = [];
    await using worker = disque.work("q", async (_job, context) => {
      signals.push(context.signal, context.signal);
    });
    await next(worker, "done");
    assert.equal(signals[0], signals[1]);
    assert.equal(signals[0]?.aborted, false);
  });

  it("is not affected by a listener that throws: its error is uncaught, as with any emitter", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 3);
    let told = 0;
    const errors = await uncaught(async () => {
      const handler = (job: CountedJob): unknown => job.text() === "1" && job.nacks === 0 && thrower("once");
      const worker = disque.work("q", handler, { backoff: false });
      for (const name of ["started", "done", "failed", "stopped"] as const)
        worker.on(name, () => {
          told++;
          throw new Error("of the listener");
        });
      await until(() => told === 8);
      await worker.stop();
    });
    assert.equal(errors.length, 9);
    assert.equal(await disque.qlen("q"), 0);
  });
});

describe("acknowledgements", () => {
  it("that coincide are sent in one ACKJOB or FASTACK", async () => {
    for (const [fastAck, command] of [
      [false, "ackjob"],
      [true, "fastack"],
    ] as const) {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      await addJobs(disque, "q", 50);
      const gate = new Gate();
      await using worker = disque.work("q", () => gate.opened, { concurrency: 50, fastAck });
      await until(() => worker.running === 50);
      gate.open();
      await until(() => worker.running === 0);
      await server.received(command, 1);
      assert.equal(server.received(command), 1);
      assert.equal(server.received(fastAck ? "ackjob" : "fastack"), 0);
      assert.equal((await disque.jscan("0", { busyloop: true })).ids.length, 0);
    }
  });

  it("and nacks that coincide are sent in one command each", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 20);
    const gate = new Gate();
    await using worker = disque.work(
      "q",
      async (job) => {
        await gate.opened;
        if (Number(job.text()) % 2 && job.nacks === 0) throw new Error("odd");
      },
      { concurrency: 20, backoff: false },
    );
    await until(() => worker.running === 20);
    gate.open();
    await until(async () => (await disque.jscan("0", { busyloop: true })).ids.length === 0);
    assert.equal(server.received("nack"), 1);
  });

  it("are sent for the valid ids if another id is malformed", async () => {
    const acknowledged: string[] = [];
    let fetches = 0;
    await using node = await scriptedNode(([name, ...args]) => {
      if (name === "WORKING") return ":60\r\n";
      if (name === "ACKJOB") {
        acknowledged.push(...args);
        return `:${args.length}\r\n`;
      }
      if (name !== "GETJOB") return "+PONG\r\n";
      if (++fetches > 1) return args.includes("NOHANG") ? "*0\r\n" : "";
      const counters = `${bulk("nacks")}:0\r\n${bulk("additional-deliveries")}:0\r\n`;
      return `*2\r\n${["D-malformed", AT_LEAST_ONCE].map((id) => `*7\r\n${bulk("q")}${bulk(id)}${bulk("")}${counters}`).join("")}`;
    });
    const disque = new Disque(node.address);
    const worker = disque.work("q", () => {}, { concurrency: 2 });
    const [[done], [unsettled, error]] = await Promise.all([next(worker, "done"), next(worker, "unsettled")]);
    assert.equal(done.id, AT_LEAST_ONCE);
    assert.equal(unsettled.id, "D-malformed");
    assert.ok(error instanceof TypeError);
    assert.deepEqual(acknowledged, [AT_LEAST_ONCE]);
    disque.destroy();
    await worker.stop();
  });
});

function thrower(reason: unknown): never {
  throw reason;
}
