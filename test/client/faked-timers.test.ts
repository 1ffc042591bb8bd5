import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import timers from "node:timers";
import { Disque, type Job, TimeoutError } from "../../src/index.ts";
import { setImmediate } from "../../src/resp/timers.ts";
import { TestServer } from "../../src/testing/index.ts";
import { rejection } from "./scripted.ts";

/** Replaces everything that test frameworks fake: the global functions, those of `node:timers`, and the clocks. */
function stopTime(t: TestContext): void {
  const never = (): object => ({ ref: never, unref: never });
  const fakes = {
    setTimeout: never,
    setInterval: never,
    setImmediate: never,
    clearTimeout: never,
    clearInterval: never,
    clearImmediate: never,
  };
  for (const [target, replacements] of [
    [globalThis, { ...fakes, queueMicrotask: never }],
    [timers, fakes],
    [Date, { now: () => 0 }],
    [performance, { now: () => 0 }],
  ] as const) {
    const originals = Object.fromEntries(
      Object.keys(replacements).map((name) => [name, Reflect.get(target, name)]),
    );
    Object.assign(target, replacements);
    t.after(() => Object.assign(target, originals));
  }
}

/** Polls until the condition holds, with an immediate that is not faked. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}

test("a client that was imported before works while timers, clocks and microtasks are faked", {
  timeout: 30_000,
}, async (t) => {
  await using server = await TestServer.start();
  await using disque = new Disque(server.address);
  const events: string[] = [];
  disque.on("connect", () => events.push("connect"));
  disque.on("disconnect", () => events.push("disconnect"));
  stopTime(t);

  assert.equal(await disque.ping(), "PONG");
  assert.deepEqual(await disque.getJob("q", { timeout: 400 }), []);
  const handled: Job[] = [];
  const worker = disque.work("q", (job) => handled.push(job));
  worker.on("done", () => events.push("done"));
  const id = await disque.addJob("q", "body");
  await until(() => events.includes("done"));
  assert.deepEqual(
    handled.map((job) => job.id),
    [id],
  );
  await worker.stop();

  server.faults.drop();
  await until(() => events.includes("disconnect"));
  assert.equal(await disque.ping(), "PONG");
  server.faults.freeze();
  const error = await rejection(disque.ping("x", { commandTimeout: 20 }));
  assert.ok(error instanceof TimeoutError, String(error));
  server.faults.thaw();
  await until(() => events.filter((event) => event === "connect").length > 1);
});
