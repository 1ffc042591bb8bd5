import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterTable, configTable } from "../../src/commands/subcommands.ts";
import { table } from "../../src/commands/table.ts";
import { ConnectionError, Disque, ReplyError } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";
import { type ScriptedNode, scriptedCluster } from "./scripted-cluster.ts";

/** Where a call is resent after its connection was lost: to the same node, to another one, or nowhere. */
type Where = "another node" | "the same node" | "nowhere";
type Call = (disque: Disque, node: ScriptedNode) => Promise<unknown>;

const RESENT: readonly [where: Where, method: string, call: Call][] = [
  ["another node", "addJob", (disque) => disque.addJob("q", "body")],
  ["another node", "addJob", (disque) => disque.addJob("q", "body", { retry: 1, replicate: 1 })],
  ["another node", "addJob", (disque) => disque.addJob("q", "body", { async: true })],
  ["nowhere", "addJob", (disque) => disque.addJob("q", "body", { retry: 0, replicate: 1 })],
  ["nowhere", "addJob", (disque) => disque.addJob("q", "body", { resend: false })],
  ["another node", "getJob", (disque) => disque.getJob("q")],
  ["another node", "getJob", (disque) => disque.getJob("q", { timeout: 1_000 })],
  ["another node", "getJob", (disque) => disque.getJob("q", { nohang: true })],
  ["another node", "ackJob", (disque, node) => disque.ackJob(node.jobId())],
  ["another node", "fastAck", (disque, node) => disque.fastAck(node.jobId())],
  ["nowhere", "nackJob", (disque, node) => disque.nackJob(node.jobId())],
  ["the same node", "delJob", (disque, node) => disque.delJob(node.jobId())],
  ["the same node", "enqueue", (disque, node) => disque.enqueue(node.jobId())],
  ["the same node", "dequeue", (disque, node) => disque.dequeue(node.jobId())],
  ["the same node", "working", (disque, node) => disque.working(node.jobId())],
  ["the same node", "show", (disque, node) => disque.show(node.jobId())],
  ["nowhere", "jscan", (disque) => disque.jscan("0")],
  ["another node", "qlen", (disque) => disque.qlen("q")],
  ["another node", "qstat", (disque) => disque.qstat("q")],
  ["another node", "qpeek", (disque) => disque.qpeek("q", 1)],
  ["nowhere", "qscan", (disque) => disque.qscan("0")],
  ["the same node", "pause", (disque) => disque.pause("q", "in")],
  ["another node", "pause", (disque) => disque.pause("q", "in", { bcast: true })],
  ["another node", "info", (disque) => disque.info()],
  ["another node", "ping", (disque) => disque.ping()],
  ["another node", "time", (disque) => disque.time()],
  ["another node", "command", (disque) => disque.command()],
  ["another node", "commandCount", (disque) => disque.commandCount()],
  ["another node", "commandInfo", (disque) => disque.commandInfo("get")],
  ["the same node", "bgrewriteaof", (disque) => disque.bgrewriteaof()],
  ["the same node", "clientList", (disque) => disque.clientList()],
  ["nowhere", "clientKill", (disque) => disque.clientKill({ id: 1 })],
  ["the same node", "clientGetName", (disque) => disque.clientGetName()],
  ["nowhere", "clientSetName", (disque) => disque.clientSetName("name")],
  ["nowhere", "clientPause", (disque) => disque.clientPause(1)],
  ["the same node", "slowlogGet", (disque) => disque.slowlogGet()],
  ["the same node", "slowlogLen", (disque) => disque.slowlogLen()],
  ["the same node", "slowlogReset", (disque) => disque.slowlogReset()],
  ["the same node", "latencyHistory", (disque) => disque.latencyHistory("event")],
  ["the same node", "latencyGraph", (disque) => disque.latencyGraph("event")],
  ["the same node", "latencyLatest", (disque) => disque.latencyLatest()],
  ["the same node", "latencyDoctor", (disque) => disque.latencyDoctor()],
  ["the same node", "latencyReset", (disque) => disque.latencyReset()],
  ["the same node", "cluster.meet", (disque) => disque.cluster.meet("10.0.0.1", 7711)],
  ["another node", "cluster.nodes", (disque) => disque.cluster.nodes()],
  ["another node", "cluster.myId", (disque) => disque.cluster.myId()],
  ["another node", "cluster.info", (disque) => disque.cluster.info()],
  ["the same node", "cluster.saveConfig", (disque) => disque.cluster.saveConfig()],
  ["the same node", "cluster.forget", (disque) => disque.cluster.forget("a".repeat(40))],
  ["nowhere", "cluster.reset", (disque) => disque.cluster.reset()],
  ["the same node", "cluster.leaving", (disque) => disque.cluster.leaving(true)],
  ["the same node", "config.get", (disque) => disque.config.get("*")],
  ["the same node", "config.set", (disque) => disque.config.set("a", "b")],
  ["the same node", "config.resetStat", (disque) => disque.config.resetStat()],
  ["the same node", "config.rewrite", (disque) => disque.config.rewrite()],
  ["nowhere", "call", (disque) => disque.call("PING")],
  ["nowhere", "call", (disque) => disque.call("GETJOB", "FROM", "q")],
];

/** Not tested here: the stage answers HELLO itself, and SHUTDOWN is answered by closing the connection. */
const ELSEWHERE = ["hello", "shutdown"];

async function goesOn(call: Call): Promise<Where> {
  await using cluster = await scriptedCluster(2);
  const [first, second] = [cluster.node(0), cluster.node(1)];
  const disque = new Disque(cluster.addresses);
  try {
    const outcome = rejection(call(disque, first));
    await cluster.received(1);
    assert.deepEqual(second.commands, []);
    first.drop();
    await Promise.race([outcome, cluster.received(2)]);
    const [sent, again] = [...first.commands, ...second.commands];
    if (again !== undefined) {
      // With one node less, fewer copies of a job are asked for.
      const words = sent?.[0] === "ADDJOB" ? 4 : undefined;
      assert.deepEqual(again.slice(0, words), sent?.slice(0, words));
      return second.commands.length === 1 ? "another node" : "the same node";
    }
    const error = await outcome;
    assert.ok(error instanceof ConnectionError, String(error));
    assert.equal(error.sent, true);
    return "nowhere";
  } finally {
    disque.destroy();
  }
}

describe("a call that was sent before its connection was lost", { concurrency: true }, () => {
  for (const [where, method, call] of RESENT) {
    const name = String(call).replace(/^.*disque\.(.*)$/s, "$1");
    it(`is resent ${where === "nowhere" ? where : `to ${where}`}: ${method} ${name}`, async () => {
      assert.equal(await goesOn(call), where);
    });
  }

  it("is tested with every command", () => {
    const methods = [
      ...Object.keys(table),
      ...Object.keys(clusterTable).map((name) => `cluster.${name}`),
      ...Object.keys(configTable).map((name) => `config.${name}`),
      "call",
    ].filter((name) => !ELSEWHERE.includes(name));
    assert.deepEqual([...new Set(RESENT.map(([, method]) => method))].sort(), methods.sort());
  });
});

it("a call is resent to the same node even if that is unreachable for a while", async () => {
  await using cluster = await TestCluster.start(2);
  const [first, second] = [cluster.node(0), cluster.node(1)];
  await using disque = new Disque(cluster.addresses);
  const id = await disque.addJob("q", "body", { replicate: 1 });
  first.faults.freeze();
  const outcome = rejection(disque.working(id));
  await until(() => disque.nodes[0]?.pending === 1);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  await first.faults.kill();
  // Time for a failing attempt to connect.
  await until(() => disque.nodes[0]?.connected === false);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  first.faults.thaw();
  await first.faults.restart();
  const error = await outcome;
  assert.ok(error instanceof ReplyError, String(error));
  assert.equal(error.code, "NOJOB");
  assert.deepEqual([first.received("working"), second.received("working")], [1, 0]);
});

it("a call is resent to the same node even if that is loading at first", async () => {
  const LOADING = "-LOADING Disque is loading the dataset in memory\r\n";
  const answers = ["", LOADING, LOADING, ":300\r\n"];
  await using cluster = await scriptedCluster(2, () => answers.shift() ?? "");
  const [first, second] = [cluster.node(0), cluster.node(1)];
  await using disque = new Disque(cluster.addresses);
  const working = disque.working(first.jobId());
  await cluster.received(1);
  first.drop();
  assert.equal(await working, 300);
  assert.deepEqual([first.commands.length, second.commands.length], [4, 0]);
});

describe("a call that was not sent yet", { concurrency: true }, () => {
  /** Calls about a job of a node that is not connected and cannot be reached. */
  const CALLS: readonly [string, Call][] = [
    ["nackJob", (disque, node) => disque.nackJob(node.jobId())],
    ["working", (disque, node) => disque.working(node.jobId())],
    ["enqueue", (disque, node) => disque.enqueue(node.jobId())],
    ["ackJob", (disque, node) => disque.ackJob(node.jobId())],
  ];
  for (const [name, call] of CALLS) {
    it(`goes to the next node, whatever it does: ${name}`, async () => {
      await using cluster = await scriptedCluster(2, () => ":1\r\n");
      const [first, second] = [cluster.node(0), cluster.node(1)];
      await using disque = new Disque(first.address);
      await disque.connect();
      await second.server[Symbol.asyncDispose]();
      assert.equal(await call(disque, second), 1);
      assert.equal(first.commands.length, 1);
    });

    it(`goes to the next node if its own does not answer the handshake: ${name}`, async () => {
      await using cluster = await scriptedCluster(2, () => ":1\r\n");
      const [first, second] = [cluster.node(0), cluster.node(1)];
      await using disque = new Disque(first.address, { connectTimeout: 50 });
      await disque.connect();
      second.deaf = true;
      assert.equal(await call(disque, second), 1);
      assert.equal(first.commands.length, 1);
      assert.deepEqual(second.commands, []);
    });
  }
});
