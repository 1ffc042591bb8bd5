import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { ConnectionError, Disque, TimeoutError } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";
import { describeOnClusters } from "./clusters.ts";

/** Milliseconds: short to keep the test fast, but enough for a healthy node. */
const SHORT = { commandTimeout: 500, connectTimeout: 500 };

async function blocked(disque: Disque, queue: string): Promise<number> {
  return (await disque.qstat(queue))?.blocked ?? 0;
}

describe("a node that freezes", () => {
  describeOnClusters((start) => {
    it("is left by all calls, including waiting ones, and does no harm when it thaws", async () => {
      await using cluster = await start(3);
      const [frozen = "", next = ""] = cluster.addresses;
      await using disque = new Disque(cluster.addresses, SHORT);
      const id = await disque.addJob("before", "body", { replicate: 2 });
      const waiting = disque.getJob("waited for");
      await until(async () => (await blocked(disque, "waited for")) === 1);
      await until(() => disque.connectedNode?.address === frozen);
      cluster.freeze(frozen);

      const once = rejection(disque.addJob("once", "body", { retry: 0, replicate: 1 }));
      const [pong, added, length] = await Promise.all([
        disque.ping("unique"),
        disque.addJob("after", "body", { replicate: 2, timeout: 1_000 }),
        disque.qlen("nothing"),
        disque.ackJob(id),
      ]);
      assert.deepEqual([pong, length], ["unique", 0]);
      assert.equal(disque.connectedNode?.address, next);
      const error = await once;
      assert.ok(error instanceof TimeoutError || (error instanceof ConnectionError && error.sent));

      await using other = new Disque(next, { discover: false });
      await until(async () => (await blocked(other, "waited for")) === 1);
      cluster.thaw(frozen);
      const late = await other.addJob("waited for", "late", { replicate: 1 });
      assert.deepEqual(
        (await waiting).map((job) => job.id),
        [late],
      );
      const [after] = await disque.getJob("after");
      assert.ok(after !== undefined);
      assert.equal(after.text(), "body");
      assert.ok(added.startsWith("D-"));
      assert.equal(await disque.ping("still"), "still");
    });
  });

  it("is not redialled by the commands whose connection timed out", async () => {
    await using cluster = await TestCluster.start(2);
    const frozen = cluster.node(0);
    await using disque = new Disque(cluster.addresses, { commandTimeout: 2_000 });
    // Both commands use the same connection.
    const add = (): Promise<unknown> => Promise.all([disque.addJob("q", "1"), disque.addJob("q", "2")]);
    await disque.connect();
    await add();
    assert.equal(disque.connectedNode?.address, frozen.address);
    const attempts: unknown[] = [];
    const note = (trace: unknown): unknown => attempts.push(trace);
    subscribe("tracing:disque:connect:start", note);
    frozen.faults.freeze();
    await add();
    unsubscribe("tracing:disque:connect:start", note);
    const nodes = attempts.map((trace) => (trace as { node: string }).node);
    assert.ok(nodes.length > 0 && !nodes.includes(frozen.address), nodes.join());
    frozen.faults.thaw();
  });

  it("is detected by a client that only waits for jobs", async (test) => {
    await using cluster = await TestCluster.start(2);
    const [frozen, next] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses, { commandTimeout: 50 });
    test.mock.timers.enable({ apis: ["setInterval"] });
    const waiting = disque.getJob("q");
    await until(async () => (await blocked(disque, "q")) === 1);
    frozen.faults.freeze();
    test.mock.timers.tick(10_000);
    await until(() => disque.connectedNode?.address !== frozen.address);
    await using other = new Disque(next.address, { discover: false });
    await until(async () => (await blocked(other, "q")) === 1);
    await other.addJob("q", "body", { replicate: 1 });
    assert.equal((await waiting)[0]?.text(), "body");
    frozen.faults.thaw();
  });

  it("does not block an addJob with an infinite timeout", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses, { commandTimeout: 50 });
    await disque.connect();
    cluster.node(0).faults.freeze();
    const adding = disque.addJob("q", "body", { timeout: Number.POSITIVE_INFINITY, replicate: 2 });
    await until(() => disque.nodes[0]?.pending === 1);
    await disque.ping();
    assert.match(await adding, /^D-/);
    cluster.node(0).faults.thaw();
  });

  it("is skipped when a client connects", async () => {
    await using cluster = await TestCluster.start(3);
    cluster.node(0).faults.freeze();
    await using disque = new Disque(cluster.addresses, { connectTimeout: 50 });
    assert.equal(await disque.ping(), "PONG");
    assert.equal(disque.connectedNode?.address, cluster.node(1).address);
    cluster.node(0).faults.thaw();
  });

  it("makes a call with `resend: false` reject with the reason for the loss", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { commandTimeout: 50 });
    await disque.connect();
    cluster.node(0).faults.freeze();
    const options = { resend: false, replicate: 1 };
    const errors = [disque.ping(), disque.addJob("q", "a", options), disque.addJob("q", "b", options)];
    const [ping, ...lost] = await Promise.all([
      errors[0],
      ...errors.slice(1).map((call) => call && rejection(call)),
    ]);
    assert.equal(ping, "PONG");
    for (const error of lost)
      assert.ok(
        error instanceof TimeoutError || (error instanceof ConnectionError && error.sent),
        String(error),
      );
    cluster.node(0).faults.thaw();
  });
});
