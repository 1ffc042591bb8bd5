// Nodes that refuse new connections while old ones still work, and passwords that differ between nodes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque, ReplyError } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { rejection, until } from "../client/scripted.ts";

/** Ways to refuse: [description, start, stop]. */
const REFUSALS: readonly [string, (node: TestServer) => unknown, (node: TestServer) => unknown][] = [
  ["resets new connections", ({ faults }) => faults.refuse(true), ({ faults }) => faults.refuse(false)],
  ["is full", ({ faults }) => faults.full(true), ({ faults }) => faults.full(false)],
  ["no longer listens", ({ faults }) => faults.closePort(), ({ faults }) => faults.openPort()],
];

describe("a node that refuses new connections", { concurrency: true }, () => {
  for (const [what, refuse, admit] of REFUSALS) {
    it(`is left by calls that need a new connection: it ${what}`, async () => {
      await using cluster = await TestCluster.start(3);
      const [first, second] = [cluster.node(0), cluster.node(1)];
      await using disque = new Disque(cluster.addresses);
      await disque.connect();
      refuse(first);
      const ids = await Promise.all(
        Array.from({ length: 20 }, () => disque.addJob("q", "body", { replicate: 2 })),
      );
      assert.ok(ids.every((id) => !id.includes(first.id.slice(0, 8))));
      assert.equal(disque.connectedNode?.id, second.id);
      const waiting = disque.getJob("later");
      await disque.addJob("later", "body");
      const [job] = await waiting;
      assert.notEqual(job?.node, first.id);
      // It is tried again in the background, and is good again once it accepts connections.
      await admit(first);
      await until(() => disque.nodes[0]?.good === true);
      assert.equal(await disque.ping("x", { node: first.id }), "x");
    });

    it(`is left by a getJob that must wait: it ${what}`, async () => {
      await using cluster = await TestCluster.start(3);
      await using disque = new Disque(cluster.addresses);
      await disque.connect();
      refuse(cluster.node(0));
      const waiting = disque.getJob("q");
      await using other = new Disque(cluster.node(2).address, { discover: false });
      const id = await other.addJob("q", "body", { replicate: 1 });
      assert.deepEqual(
        (await waiting).map((job) => job.id),
        [id],
      );
    });

    it(`is waited for if it is the only node: it ${what}`, async () => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      await disque.connect();
      refuse(server);
      const waiting = disque.getJob("q");
      assert.equal(await disque.ping(), "PONG");
      setTimeout(() => admit(server), 300);
      await disque.addJob("q", "body");
      assert.equal((await waiting).length, 1);
    });

    it(`is reported if it is the only node for too long: it ${what}`, async () => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address, { failoverTimeout: 2_000 });
      await disque.connect();
      refuse(server);
      const error = await rejection(disque.getJob("q"));
      assert.ok(error instanceof ConnectionError, String(error));
      assert.match(error.message, /max number of clients reached|ECONNREFUSED|ECONNRESET|closed/);
    });
  }

  it("does not make the client report the error of another, full node", async () => {
    await using server = await TestServer.start({ password: "secret" });
    server.faults.full(true);
    await using disque = new Disque(server.address, { password: "secret", failoverTimeout: 0 });
    const error = await rejection(disque.addJob("q", "body"));
    assert.ok(error instanceof ConnectionError && !error.sent, String(error));
    assert.match(error.message, /max number of clients reached/);
    server.faults.full(false);
    await until(() =>
      disque.ping().then(
        () => true,
        () => false,
      ),
    );
  });
});

describe("a password that is rotated node by node", () => {
  async function rotate(password: string, servers: readonly TestServer[], at: number): Promise<TestServer> {
    const { port } = servers[at] as TestServer;
    await servers[at]?.stop();
    return TestServer.start({ port, password });
  }

  it("restricts the client to the nodes that accept its password", async () => {
    const servers = await Promise.all([1, 2, 3].map(() => TestServer.start({ password: "old" })));
    await using disque = new Disque(
      servers.map(({ address }) => address),
      { password: "old", discover: false },
    );
    await disque.ping();
    for (const at of [0, 1]) {
      servers[at] = await rotate("new", servers, at);
      assert.equal(await disque.ping(), "PONG");
      await disque.addJob("q", "body");
      assert.equal((await disque.getJob("q")).length, 1);
    }
    assert.equal(disque.connectedNode?.port, servers[2]?.port);
    servers[2] = await rotate("new", servers, 2);
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ReplyError, String(error));
    assert.deepEqual([error.message, error.command], ["ERR invalid password", "AUTH"]);
    await disque.close();
    for (const server of servers) await server.stop();
  });

  it("needs no new client if the option is a function", async () => {
    const servers = await Promise.all([1, 2].map(() => TestServer.start({ password: "old" })));
    let password = "old";
    await using disque = new Disque(
      servers.map(({ address }) => address),
      { password: async () => password, discover: false },
    );
    await disque.ping();
    servers[0] = await rotate("new", servers, 0);
    assert.equal(await disque.ping(), "PONG");
    password = "new";
    servers[1] = await rotate("new", servers, 1);
    assert.equal(await disque.ping(), "PONG");
    await disque.close();
    for (const server of servers) await server.stop();
  });
});
