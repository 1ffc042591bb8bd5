import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "../../src/testing/index.ts";
import { type Wire, WireClient } from "../conformance/wire.ts";
import { Nodes } from "./nodes.ts";

/** Servers started individually, each with its own clock. */
class Strangers implements AsyncDisposable {
  readonly servers: TestServer[] = [];
  readonly #clients: WireClient[] = [];

  static async start(count: number): Promise<Strangers> {
    const strangers = new Strangers();
    for (let n = 0; n < count; n++) {
      const server = await TestServer.start();
      strangers.servers.push(server);
      strangers.#clients.push(await WireClient.connect(server.host, server.port));
    }
    return strangers;
  }

  async call(server: number, line: string): Promise<Wire> {
    return (await this.#clients[server]?.call(...line.split(" "))) ?? "";
  }

  async meet(server: number, other: number): Promise<void> {
    const { host, port } = this.server(other);
    assert.equal(await this.call(server, `CLUSTER MEET ${host} ${port}`), "+OK");
  }

  server(number: number): TestServer {
    const server = this.servers[number];
    assert.ok(server);
    return server;
  }

  advance(ms: number): void {
    for (const server of this.servers) server.advance(ms);
  }

  /** The other nodes in HELLO: whether the id is known, and the priority. */
  async others(server: number): Promise<string[]> {
    const [, own, ...nodes] = await this.call(server, "HELLO");
    const ids = this.servers.map(({ id }) => `$${id}`);
    return [...nodes]
      .filter((node) => node[0] !== own)
      .map((node) => `${ids.indexOf(String(node[0]))} ${node[3]}`)
      .sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    for (const server of this.servers) await server.stop();
  }
}

test("servers that meet form a cluster, after a short handshake under a temporary id", async () => {
  await using strangers = await Strangers.start(2);
  await strangers.meet(0, 1);
  await strangers.meet(0, 1);
  assert.deepEqual(await strangers.others(0), ["-1 $5"]);
  assert.match(String(await strangers.call(0, "CLUSTER NODES")), / handshake 0 0 disconnected\n/);
  strangers.advance(100);
  strangers.advance(100);
  assert.deepEqual(await strangers.others(0), ["1 $1"]);
  assert.deepEqual(await strangers.others(1), ["0 $1"]);
  const id = String(await strangers.call(0, "ADDJOB q body 1000")).slice(1);
  assert.notEqual(await strangers.call(1, `SHOW ${id}`), "$-1");
});

test("a node learns its own host when another one meets it", async () => {
  await using strangers = await Strangers.start(2);
  const own = async (server: number): Promise<Wire | undefined> => {
    const [, id, ...nodes] = await strangers.call(server, "HELLO");
    return nodes.find((node) => node[0] === id)?.[1];
  };
  assert.equal(await own(0), "$");
  await strangers.meet(0, 1);
  strangers.advance(100);
  strangers.advance(100);
  assert.equal(await own(0), "$127.0.0.1");
  assert.equal(await own(1), "$127.0.0.1");
});

test("nodes discover each other through a common node", async () => {
  await using strangers = await Strangers.start(4);
  for (const other of [1, 2, 3]) await strangers.meet(0, other);
  for (let seconds = 0; seconds < 10; seconds++) strangers.advance(1000);
  for (const server of [0, 1, 2, 3]) {
    const expected = [0, 1, 2, 3].filter((other) => other !== server).map((other) => `${other} $1`);
    assert.deepEqual(await strangers.others(server), expected);
  }
});

test("a server that meets a cluster learns all of its nodes", async () => {
  await using nodes = await Nodes.start(3);
  await using strangers = await Strangers.start(1);
  const { host, port } = nodes.cluster.node(1);
  await strangers.call(0, `CLUSTER MEET ${host} ${port}`);
  for (let seconds = 0; seconds < 10; seconds++) {
    strangers.advance(1000);
    nodes.cluster.advance(1000);
  }
  assert.equal((await nodes.call(0, "HELLO")).length, 6);
  assert.equal((await strangers.call(0, "HELLO")).length, 6);
});

test("the handshake is given up if nothing listens on the address", async () => {
  await using strangers = await Strangers.start(1);
  await strangers.call(0, "CLUSTER MEET 127.0.0.1 1");
  strangers.advance(14_000);
  assert.deepEqual(await strangers.others(0), ["-1 $5"]);
  strangers.advance(1000);
  assert.deepEqual(await strangers.others(0), []);
});

test("a node that meets itself stays alone", async () => {
  await using strangers = await Strangers.start(1);
  await strangers.meet(0, 0);
  strangers.advance(1000);
  assert.deepEqual(await strangers.others(0), []);
});

test("a node that was down when it was met joins when it comes up", async () => {
  await using strangers = await Strangers.start(2);
  await strangers.server(1).faults.kill();
  await strangers.meet(0, 1);
  strangers.advance(1000);
  assert.deepEqual(await strangers.others(0), ["-1 $5"]);
  await strangers.server(1).faults.restart();
  strangers.advance(100);
  assert.deepEqual(await strangers.others(0), ["1 $1"]);
});

test("a forgotten node stays forgotten for a minute, even if others mention it", async () => {
  await using nodes = await Nodes.start(3);
  const { id } = nodes.cluster.node(2);
  assert.equal(await nodes.call(0, `CLUSTER FORGET ${id}`), "+OK");
  assert.match(String(await nodes.call(0, `CLUSTER FORGET ${id}`)), /^-ERR Unknown node /);
  assert.equal((await nodes.call(0, "HELLO")).length, 4);
  nodes.cluster.advance(59_000);
  assert.equal((await nodes.call(0, "HELLO")).length, 4);
  nodes.cluster.advance(5000);
  assert.deepEqual(await nodes.priorities(0), [1, 1, 1]);
});

test("a node after a soft reset knows no other node, and joins again when it is met", async () => {
  await using nodes = await Nodes.start(3);
  const id = await nodes.add(2, "q body 1000");
  assert.equal(await nodes.call(2, "CLUSTER RESET"), "+OK");
  assert.equal((await nodes.call(2, "HELLO")).length, 3);
  assert.equal(await nodes.call(2, `SHOW ${id}`), "$-1");
  const { host, port } = nodes.cluster.node(0);
  await nodes.call(2, `CLUSTER MEET ${host} ${port}`);
  nodes.cluster.advance(5000);
  for (const node of [0, 1, 2]) assert.deepEqual(await nodes.priorities(node), [1, 1, 1]);
});

test("a node after a hard reset has a new id, and its old id has no address any more", async () => {
  await using nodes = await Nodes.start(2);
  const { id } = nodes.cluster.node(1);
  assert.equal(await nodes.call(1, "CLUSTER RESET HARD"), "+OK");
  assert.notEqual(nodes.cluster.node(1).id, id);
  nodes.cluster.advance(60_000);
  const hello = await nodes.call(0, "HELLO");
  const other = typeof hello === "string" ? undefined : hello.find((node) => node[0] === `$${id}`);
  assert.deepEqual(other, [`$${id}`, "$", "$0", "$5"]);
  assert.match(String(await nodes.call(0, "CLUSTER NODES")), new RegExp(`${id} :0 noaddr `));
  await nodes.kill(1);
  const renamed = nodes.cluster.node(1).id;
  await nodes.cluster.node(1).faults.restart();
  assert.equal(nodes.cluster.node(1).id, renamed, "it keeps its new id");
});
