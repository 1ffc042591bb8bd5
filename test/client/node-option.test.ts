import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CallOptions, ConnectionError, Disque, ReplyError } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";
import { rejection, until } from "./scripted.ts";

type Call = (disque: Disque, options: CallOptions) => Promise<unknown>;

/** Ids of jobs that do not exist. */
const UNKNOWN = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";

const CALLS: readonly [command: string, call: Call][] = [
  ["ping", (disque, options) => disque.ping("x", options)],
  ["hello", (disque, options) => disque.hello(options)],
  ["info", (disque, options) => disque.info("server", options)],
  ["time", (disque, options) => disque.time(options)],
  ["addjob", (disque, options) => disque.addJob("added", "body", options)],
  ["addjob", (disque, options) => disque.addJob("added", "body", { ...options, retry: 0 })],
  ["getjob", (disque, options) => disque.getJob("empty", { ...options, nohang: true })],
  ["getjob", (disque, options) => disque.getJob("empty", { ...options, timeout: 20 })],
  ["ackjob", (disque, options) => disque.ackJob([UNKNOWN], options)],
  ["fastack", (disque, options) => disque.fastAck([UNKNOWN], options)],
  ["nack", (disque, options) => disque.nackJob([UNKNOWN], options)],
  ["enqueue", (disque, options) => disque.enqueue([UNKNOWN], options)],
  ["dequeue", (disque, options) => disque.dequeue([UNKNOWN], options)],
  ["deljob", (disque, options) => disque.delJob([UNKNOWN], options)],
  ["working", (disque, options) => disque.working(UNKNOWN, options)],
  ["show", (disque, options) => disque.show(UNKNOWN, options)],
  ["qlen", (disque, options) => disque.qlen("empty", options)],
  ["qpeek", (disque, options) => disque.qpeek("empty", 1, options)],
  ["qstat", (disque, options) => disque.qstat("empty", options)],
  ["qscan", (disque, options) => disque.qscan(0, options)],
  ["jscan", (disque, options) => disque.jscan(0, options)],
  ["pause", (disque, options) => disque.pause("empty", "state", options)],
  ["config", (disque, options) => disque.config.get("port", options)],
  ["cluster", (disque, options) => disque.cluster.myId(options)],
  ["client", (disque, options) => disque.clientList(options)],
  ["qlen", (disque, options) => disque.call("QLEN", "empty", options)],
  ["getjob", (disque, options) => disque.call("GETJOB", "TIMEOUT", 20, "FROM", "empty", options)],
];

function isNoJob(error: unknown): void {
  assert.ok(error instanceof ReplyError && error.code === "NOJOB", String(error));
}

describe("the option `node`", () => {
  it("sends every kind of call to that node only, connected or not", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.node(0).address);
    await disque.connect();
    for (const [command, call] of CALLS)
      for (const node of cluster.nodes) {
        const before = cluster.nodes.map((each) => each.received(command));
        await call(disque, { node: node.id }).catch(isNoJob);
        const after = cluster.nodes.map((each) => each.received(command));
        for (const [at, each] of cluster.nodes.entries()) {
          // HELLO is sent when connecting and at intervals.
          if (command === "hello" && each !== node) continue;
          const count = (after[at] ?? 0) - (before[at] ?? 0);
          assert.ok(each === node ? count >= 1 : count === 0, `${String(call)}: ${count} at node ${at}`);
        }
      }
    assert.equal(disque.connectedNode?.id, cluster.node(0).id);
  });

  it("works with the first call of a client", async () => {
    await using cluster = await TestCluster.start(2);
    for (const { id } of cluster.nodes) {
      await using disque = new Disque(cluster.node(0).address);
      assert.equal(await disque.cluster.myId({ node: id }), id);
    }
  });

  it("restricts a call about the whole cluster to one node", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    for (const [at, { id }] of cluster.nodes.entries())
      for (let job = 0; job <= at; job++) await disque.addJob("mail", "body", { node: id, replicate: 1 });
    const lengths = await Promise.all(disque.nodes.map(({ id }) => disque.qlen("mail", { node: id })));
    assert.deepEqual(lengths.sort(), [1, 2, 3]);
  });

  for (const id of ["", "0".repeat(40), "127.0.0.1:7711"])
    it(`names an unknown node in the error: ${JSON.stringify(id)}`, async () => {
      await using cluster = await TestCluster.start(2);
      await using disque = new Disque(cluster.addresses);
      for (const [, call] of CALLS) {
        const error = await rejection(call(disque, { node: id }));
        assert.ok(error instanceof ConnectionError && !error.sent, String(error));
        assert.match(error.message, new RegExp(`no node with the id "${id}" is known`));
      }
    });

  it("must be a string", async () => {
    await using disque = new Disque();
    for (const node of [1, null, {}, ["a"]] as never[])
      for (const [, call] of CALLS) assert.ok((await rejection(call(disque, { node }))) instanceof TypeError);
  });

  it("makes the call reject when that node is gone, without asking another", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { failoverTimeout: 500 });
    await disque.connect();
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await second.faults.kill();
    for (const [command, call] of CALLS.filter(([name]) => name !== "hello")) {
      const before = first.received(command);
      const error = await rejection(call(disque, { node: second.id }));
      assert.ok(error instanceof ConnectionError, `${command}: ${error}`);
      assert.ok(error.message.includes(second.address), error.message);
      assert.equal(first.received(command), before, command);
    }
  });

  it("keeps getJob waiting at that node although jobs arrive elsewhere", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    const [first, second] = [cluster.node(0), cluster.node(1)];
    const waiting = disque.getJob("q", { node: second.id });
    await until(async () => (await disque.qstat("q", { node: second.id }))?.blocked === 1);
    const id = await disque.addJob("q", "body", { node: second.id, replicate: 1 });
    assert.deepEqual(
      (await waiting).map((job) => [job.id, job.node]),
      [[id, second.id]],
    );
    assert.equal(first.received("getjob"), 0);
  });
});

describe("a getJob without the option `node`", () => {
  it("waits at each good node in turn", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.addresses);
    const waiting = disque.getJob("q");
    await until(() => cluster.nodes.every((node) => node.received("getjob") > 0));
    await disque.addJob("q", "body");
    assert.equal((await waiting).length, 1);
  });
});

describe("on real servers", { skip: skipWithoutServer }, () => {
  it("the option `node` is the id of the node that answers", async () => {
    await using cluster = await RealCluster.start(3);
    await using disque = new Disque(cluster.addresses[0]);
    await disque.connect();
    assert.equal(disque.nodes.length, 3);
    for (const { id } of disque.nodes) {
      assert.equal(await disque.cluster.myId({ node: id }), id);
      const added = await disque.addJob(`at ${id}`, "body", { node: id, replicate: 1 });
      assert.equal(added.slice(2, 10), id.slice(0, 8));
      const [job] = await disque.getJob(`at ${id}`, { node: id });
      assert.deepEqual([job?.id, job?.node], [added, id]);
      assert.equal(await disque.ackJob([added], { node: id }), 1);
    }
  });
});
