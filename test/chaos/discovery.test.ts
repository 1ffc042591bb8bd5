import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { ConnectionError, Disque, type HelloNode } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { NOBODY, rejection, until } from "../client/scripted.ts";
import { describeOnClusters } from "./clusters.ts";
import { scriptedCluster } from "./scripted-cluster.ts";

function addresses(disque: Disque): string[] {
  return disque.nodes.map(({ address }) => address);
}

describe("nodes that are not listed", () => {
  describeOnClusters((start) => {
    it("are discovered and take over when the listed one is killed", async () => {
      await using cluster = await start(3);
      const [listed = "", ...others] = cluster.addresses;
      await using disque = new Disque(listed);
      await disque.connect();
      assert.deepEqual(addresses(disque).sort(), [...cluster.addresses].sort());
      await cluster.kill(listed);
      assert.equal(await disque.ping(), "PONG");
      assert.ok(others.includes(disque.connectedNode?.address ?? ""));
    });

    for (const count of [1, 2, 3])
      it(`and ${count} listed by a host name but announced by address are known once each`, async () => {
        await using cluster = await start(3);
        const named = cluster.addresses.map((address) => address.replace("127.0.0.1", "localhost"));
        await using disque = new Disque(named.slice(0, count));
        await disque.connect();
        const expected = [...named.slice(0, count), ...cluster.addresses.slice(count)];
        assert.deepEqual(addresses(disque).sort(), expected.sort());
        assert.ok(disque.nodes.every(({ id, good }) => id !== "" && good));
        assert.equal(new Set(disque.nodes.map(({ id }) => id)).size, 3);
        // They are nodes like others: each can be asked.
        for (const { id } of disque.nodes) assert.equal((await disque.hello({ node: id })).id, id);
        assert.equal(disque.nodes.length, 3);
      });

    it("are never used with `discover: false`", async () => {
      await using cluster = await start(3);
      const [first = "", second = "", third = ""] = cluster.addresses;
      const before = await cluster.commandsAt(third);
      await using disque = new Disque([first, second], { discover: false, failoverTimeout: 1_000 });
      await disque.connect();
      assert.deepEqual(addresses(disque), [first, second]);
      await cluster.kill(first);
      assert.equal(await disque.ping(), "PONG");
      await cluster.kill(second);
      assert.ok((await rejection(disque.ping())) instanceof ConnectionError);
      assert.deepEqual(addresses(disque), [first, second]);
      assert.equal(await cluster.commandsAt(third), before);
    });
  });

  it("are discovered when they join later and forgotten when they are gone", async () => {
    await using cluster = await TestCluster.start(1);
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    await disque.connect();
    const joined = await cluster.add();
    await until(() => addresses(disque).includes(joined.address));
    const id = await disque.addJob("q", "body");
    assert.deepEqual(
      (await disque.show(id))?.nodesDelivered.toSorted(),
      cluster.nodes.map((node) => node.id).sort(),
    );

    await cluster.node(0).faults.kill();
    await until(async () => (await disque.ping()) === "PONG");
    await cluster.node(0).faults.restart();
    await using other = new Disque(joined.address, { discover: false });
    await other.cluster.forget(cluster.node(0).id);
    // A listed node is never forgotten; it is only no longer announced.
    await until(() => disque.nodes[0]?.priority === 5);
    assert.deepEqual(addresses(disque), [cluster.node(0).address, joined.address]);
  });

  it("are discovered even if the current node is gone and all calls use the option `node`", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    await disque.connect();
    await cluster.node(0).faults.kill();
    const joined = await cluster.add();
    await until(async () => {
      await disque.getJob("q", { node: cluster.node(1).id, nohang: true });
      return addresses(disque).includes(joined.address);
    });
    assert.equal(disque.connectedNode?.address, cluster.node(1).address);
  });

  it("are forgotten, and their connections closed, once they are no longer announced", async () => {
    await using cluster = await scriptedCluster(3, () => "+OK\r\n");
    const [first, second, third] = [cluster.node(0), cluster.node(1), cluster.node(2)];
    await using disque = new Disque(first.address, { refreshInterval: 20 });
    await disque.connect();
    await rejection(disque.ackJob(third.jobId()));
    assert.equal(third.commands.length, 1);
    first.hidden.add(third.id);
    await until(() => disque.nodes.length === 2);
    await third.peerOf("ACKJOB").ended;
    assert.deepEqual(addresses(disque), [first.address, second.address]);
  });
});

describe("an announced address that cannot be reached", () => {
  it("does not affect a client whose listed node works", async () => {
    await using cluster = await TestCluster.start(3);
    const asked: HelloNode[] = [];
    await using disque = new Disque(cluster.node(0).address, {
      refreshInterval: 20,
      mapNode(node) {
        asked.push(node);
        return NOBODY;
      },
    });
    await disque.connect();
    const { length } = asked;
    await using other = new Disque(cluster.node(1).address, { discover: false });
    const id = await other.addJob("q", "body", { replicate: 1 });
    assert.equal(await disque.ackJob(id), 0);
    assert.equal(await disque.show(id), null);
    await until(() => asked.length > length + 2);
    assert.equal(disque.connectedNode?.address, cluster.node(0).address);
    await cluster.node(0).faults.kill();
    const ping = disque.ping();
    await cluster.node(0).faults.restart();
    assert.equal(await ping, "PONG");
  });

  it("does not keep the client from switching to the next best node", async () => {
    await using cluster = await scriptedCluster(3, () => "+PONG\r\n");
    const [first, second, third] = [cluster.node(0), cluster.node(1), cluster.node(2)];
    await using disque = new Disque(first.address, { refreshInterval: 1_000 });
    await disque.connect();
    await second.server[Symbol.asyncDispose]();
    first.priorities.set(first.id, 100);
    await until(() => disque.connectedNode?.address === third.address);
    // One HELLO in the handshake and one more: the next best node is tried at once, not after the next HELLO.
    const hellos = first.server.commands.filter(([name]) => name === "HELLO");
    assert.equal(hellos.length, 2);
    assert.equal(await disque.ping(), "PONG");
  });
});

describe("mapNode", () => {
  it("returns where other nodes are dialled", async () => {
    await using cluster = await TestCluster.start(2);
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(first.address, {
      mapNode: ({ port }) => (port === second.port ? { host: "localhost", port } : null),
    });
    await disque.connect();
    assert.deepEqual(addresses(disque), [first.address, `localhost:${second.port}`]);
    await first.faults.kill();
    assert.equal(await disque.ping(), "PONG");
    assert.equal(disque.connectedNode?.address, `localhost:${second.port}`);
  });

  it("restricts the client to the listed nodes if it refuses all others", async () => {
    await using cluster = await TestCluster.start(3);
    await using disque = new Disque(cluster.node(0).address, { mapNode: () => null, failoverTimeout: 0 });
    await disque.connect();
    assert.deepEqual(addresses(disque), [cluster.node(0).address]);
    await cluster.node(0).faults.kill();
    await rejection(disque.ping());
    assert.deepEqual([cluster.node(1).clients, cluster.node(2).clients], [0, 0]);
  });

  it("makes every call reject with the error it throws", async () => {
    await using cluster = await TestCluster.start(2);
    const error = new Error("of the user's");
    await using disque = new Disque(cluster.node(0).address, {
      mapNode() {
        throw error;
      },
    });
    for (const call of [() => disque.connect(), () => disque.ping(), () => disque.getJob("q")])
      assert.equal(await rejection(call()), error);
    assert.equal(disque.connectedNode, undefined);
  });

  it("has no effect if it throws later", async () => {
    await using cluster = await TestCluster.start(2);
    let throwing = 0;
    await using disque = new Disque(cluster.node(0).address, {
      refreshInterval: 20,
      mapNode({ host, port }) {
        if (cluster.nodes.length < 3) return { host, port };
        throwing++;
        throw new Error("of the user's");
      },
    });
    await disque.connect();
    const before = addresses(disque);
    await cluster.add();
    await until(() => throwing > 2);
    assert.deepEqual(addresses(disque), before);
    assert.equal(await disque.ping(), "PONG");
  });
});

describe("a node's view of the cluster", () => {
  it("is requested again when the node becomes the current one, even over an open connection", async () => {
    await using cluster = await scriptedCluster(3, () => ":0\r\n");
    const [first, second, third] = [cluster.node(0), cluster.node(1), cluster.node(2)];
    second.hidden.add(third.id);
    await using disque = new Disque(first.address);
    await disque.connect();
    await disque.ackJob(second.jobId());
    // The connection is unchanged; only the node's view is new.
    second.hidden.clear();
    second.priorities.set(first.id, 100);
    await first.server[Symbol.asyncDispose]();
    await disque.qlen("q");
    assert.equal(disque.connectedNode?.address, second.address);
    assert.deepEqual(
      disque.nodes.map(({ address, priority }) => [address, priority]),
      [
        [first.address, 100],
        [second.address, 1],
        [third.address, 1],
      ],
    );
  });

  it("is requested regularly, and the client switches to a better node", async () => {
    await using cluster = await scriptedCluster(2, () => ":0\r\n");
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses, { refreshInterval: 20 });
    await disque.qlen("q");
    const moved = once(disque, "switch");
    first.priorities.set(first.id, 10);
    await moved;
    assert.equal(disque.connectedNode?.address, second.address);
    await disque.qlen("q");
    assert.deepEqual([first.commands.length, second.commands.length], [1, 1]);
  });

  it("does not make the client switch between equally good nodes", async () => {
    await using cluster = await scriptedCluster(2);
    const [first, second] = [cluster.node(0), cluster.node(1)];
    await using disque = new Disque(cluster.addresses, { refreshInterval: 10 });
    let hellos = 0;
    disque.on("topology", () => hellos++);
    const moved: string[] = [];
    disque.on("switch", (to) => moved.push(to.address));
    await disque.connect();
    for (const priority of [10, 100, 10, 1]) {
      second.priorities.set(first.id, priority);
      first.priorities.set(second.id, priority);
      const before = hellos;
      await until(() => hellos > before || disque.nodes[1]?.priority === priority);
    }
    assert.deepEqual(moved, []);
  });
});

it("with `shuffle` the listed nodes are tried in random order", async () => {
  await using cluster = await TestCluster.start(3);
  const firsts = new Set<string | undefined>();
  await until(async () => {
    await using disque = new Disque(cluster.addresses, { shuffle: true });
    await disque.connect();
    firsts.add(disque.connectedNode?.address);
    return firsts.size === 3;
  });
  for (let n = 0; n < 10; n++) {
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    assert.equal(disque.connectedNode?.address, cluster.node(0).address);
  }
});
