import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { Disque, type DisqueOptions, TimeoutError } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";

const REASON = new Error("no longer wanted");

type Call = (disque: Disque, options: { signal?: AbortSignal; commandTimeout?: number }) => Promise<unknown>;

const CALLS: readonly [string, Call][] = [
  ["ping", (disque, options) => disque.ping("x", options)],
  ["addJob", (disque, options) => disque.addJob("q", "body", { ...options, timeout: 1 })],
  [
    "addJob with retry 0",
    (disque, options) => disque.addJob("q", "b", { ...options, retry: 0, replicate: 1 }),
  ],
  ["getJob", (disque, options) => disque.getJob("q", { ...options, timeout: 1 })],
  ["getJob with nohang", (disque, options) => disque.getJob("q", { ...options, nohang: true })],
  ["ackJob", (disque, options) => disque.ackJob(["D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1"], options)],
  ["hello", (disque, options) => disque.hello(options)],
  ["call", (disque, options) => disque.call("PING", options)],
];

interface Stage {
  readonly name: string;
  readonly options?: DisqueOptions;
  /** Prevents calls from getting past this stage. */
  readonly begin: (cluster: TestCluster, disque: Disque) => Promise<void>;
}

const frozen = (cluster: TestCluster): void => {
  for (const { faults } of cluster.nodes) faults.freeze();
};

const STAGES: readonly Stage[] = [
  { name: "while it connects", begin: async (cluster) => frozen(cluster) },
  {
    name: "while it looks for a node",
    begin: async (cluster, disque) => {
      await Promise.all(cluster.nodes.map(({ faults }) => faults.kill()));
      await rejection(disque.ping("x", { commandTimeout: 20 }));
    },
  },
  {
    name: "while it is in flight",
    begin: async (cluster, disque) => {
      await disque.connect();
      frozen(cluster);
    },
  },
  {
    name: "while it pauses between attempts",
    begin: async (cluster, disque) => {
      await disque.connect();
      const LOADING = "LOADING Disque is loading the dataset in memory";
      for (const { faults } of cluster.nodes) {
        for (const name of ["ping", "addjob", "getjob", "ackjob", "hello"]) faults.answer(name, LOADING);
      }
    },
  },
];

describe("a call", { concurrency: true }, () => {
  for (const { name, begin } of STAGES) {
    for (const [method, call] of CALLS) {
      it(`is ended by its signal ${name}: ${method}`, async () => {
        await using cluster = await TestCluster.start(2);
        const disque = new Disque(cluster.addresses, { failoverTimeout: 60_000 });
        await begin(cluster, disque);
        const controller = new AbortController();
        const outcome = rejection(call(disque, { signal: controller.signal }));
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        controller.abort(REASON);
        assert.equal(await outcome, REASON);
        assert.equal(getEventListeners(controller.signal, "abort").length, 0);
        disque.destroy();
      });

      it(`is ended by its commandTimeout ${name}: ${method}`, async () => {
        await using cluster = await TestCluster.start(2);
        const disque = new Disque(cluster.addresses, { failoverTimeout: 60_000 });
        await begin(cluster, disque);
        const error = await rejection(call(disque, { commandTimeout: 20 }));
        assert.ok(error instanceof TimeoutError, String(error));
        assert.match(error.message, /^no reply within 2[01] ms$/);
        disque.destroy();
      });
    }
  }

  it("is ended by its signal without affecting another call", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 60_000 });
    await Promise.all(cluster.nodes.map(({ faults }) => faults.kill()));
    const controller = new AbortController();
    const aborted = rejection(disque.ping("a", { signal: controller.signal }));
    const patient = disque.ping("b");
    controller.abort(REASON);
    assert.equal(await aborted, REASON);
    await cluster.node(1).faults.restart();
    assert.equal(await patient, "b");
  });

  it("that fails over is ended by its signal even if its time is also over", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 0 });
    await disque.connect();
    cluster.node(0).faults.freeze();
    const controller = new AbortController();
    const outcome = rejection(disque.ping("x", { signal: controller.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    cluster.node(0).faults.drop();
    controller.abort(REASON);
    assert.equal(await outcome, REASON);
    cluster.node(0).faults.thaw();
  });
});

describe("a signal shared by a thousand calls", () => {
  it("ends them all, keeps no listener and emits no warning", async (test) => {
    const warn = test.mock.method(process, "emitWarning", () => {});
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 60_000 });
    for (const state of ["before it connects", "while connected", "while all are down"]) {
      if (state === "while connected") await disque.connect();
      if (state === "while all are down") await Promise.all(cluster.nodes.map(({ faults }) => faults.kill()));
      const controller = new AbortController();
      const { signal } = controller;
      const calls = Array.from({ length: 1_000 }, (_, n) => {
        const [, call] = CALLS[n % CALLS.length] ?? [];
        return call?.(disque, { signal }).catch((error: unknown) => error);
      });
      controller.abort(REASON);
      for (const error of await Promise.all(calls)) assert.equal(error, REASON, state);
      assert.equal(getEventListeners(signal, "abort").length, 0);
    }
    await cluster.node(0).faults.restart();
    await until(async () => (await disque.ping()) === "PONG");
    const { signal } = new AbortController();
    const pings = Array.from({ length: 1_000 }, () => disque.ping("x", { signal }));
    assert.equal((await Promise.all(pings)).length, 1_000);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    const warnings = warn.mock.calls.map((call) => String(call.arguments[0]));
    assert.deepEqual(
      warnings.filter((text) => text.includes("MaxListeners")),
      [],
    );
  });
});
