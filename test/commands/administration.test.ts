import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { describeOnServers } from "../support/servers.ts";

describe("the clients of a server", () => {
  describeOnServers((server) => {
    it("are returned by clientList, one record per connection", async () => {
      await using disque = new Disque(server.address, { name: "lister" });
      const own = (await disque.clientList()).find(({ name }) => name === "lister");
      assert.match(own?.addr ?? "", /^127\.0\.0\.1:\d+$/);
      assert.deepEqual([own?.cmd, own?.flags], ["client", "N"]);
      assert.match(own?.id ?? "", /^\d+$/);
    });

    it("have a name, which clientSetName sets and clientGetName returns", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.clientGetName(), null);
      assert.equal(await disque.clientSetName("billing"), undefined);
      assert.equal(await disque.clientGetName(), "billing");
      await disque.clientSetName("");
      assert.equal(await disque.clientGetName(), null);
      await assert.rejects(disque.clientSetName("two words"), { code: "ERR", command: "CLIENT SETNAME" });
    });

    it("are disconnected by clientKill if they match its options, by default except the client itself", async () => {
      await using disque = new Disque(server.address);
      for (const by of ["id", "addr"] as const) {
        await using other = new Disque(server.address, { name: `victim-${by}` });
        await other.connect();
        const victim = (await disque.clientList()).find(({ name }) => name === `victim-${by}`);
        const filter = by === "id" ? { id: Number(victim?.id) } : { addr: victim?.addr ?? "" };
        assert.equal(await disque.clientKill(filter), 1);
        assert.equal(await disque.clientKill(filter), 0);
      }
      const [, own = ""] = /addr=(\S+).*cmd=client/.exec(String(await disque.call("CLIENT", "LIST"))) ?? [];
      assert.equal(await disque.clientKill({ addr: own }), 0);
      assert.equal(await disque.clientKill({ addr: own, skipme: true }), 0);
      assert.equal(await disque.clientKill({ addr: own, skipme: false }), 1);
    });

    it("are disconnected by clientKill by type", async () => {
      await using disque = new Disque(server.address);
      await using other = new Disque(server.address);
      await Promise.all([disque.connect(), other.connect()]);
      assert.ok((await disque.clientKill({ type: "normal" })) >= 1);
    });

    it("are paused by clientPause", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.clientPause(1), undefined);
      assert.equal(await disque.clientPause(0), undefined);
      assert.equal(await disque.ping(), "PONG");
    });
  });
});

describe("the configuration of a server", () => {
  describeOnServers((server) => {
    it("is returned by config.get, with values by name", async () => {
      await using disque = new Disque(server.address);
      const { hz, port, ...others } = await disque.config.get("*");
      assert.equal(hz, "10");
      assert.ok(server.address.endsWith(`:${port}`));
      assert.ok(Object.keys(others).length > 20);
      assert.deepEqual(Object.keys(await disque.config.get("maxmemory-*")).sort(), [
        "maxmemory-policy",
        "maxmemory-samples",
      ]);
      assert.deepEqual({ ...(await disque.config.get("nosuch")) }, {});
    });

    it("is changed by config.set, with strings and numbers", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.config.set("slowlog-max-len", 64), undefined);
      assert.equal((await disque.config.get("slowlog-max-len"))["slowlog-max-len"], "64");
      await disque.config.set("slowlog-max-len", "128");
      assert.equal((await disque.config.get("slowlog-max-len"))["slowlog-max-len"], "128");
      await assert.rejects(disque.config.set("nosuch", 1), { code: "ERR", command: "CONFIG SET" });
    });

    it("is not rewritten if the server was started without a file", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.config.resetStat(), undefined);
      await assert.rejects(disque.config.rewrite(), { code: "ERR", command: "CONFIG REWRITE" });
    });
  });
});

describe("the slow log and the latency monitor", () => {
  describeOnServers((server) => {
    it("return and reset slow log entries", async () => {
      await using disque = new Disque(server.address);
      await disque.config.set("slowlog-log-slower-than", 0);
      await disque.slowlogReset();
      await disque.ping("a");
      await disque.ping("b");
      assert.ok((await disque.slowlogLen()) >= 2);
      const entries = await disque.slowlogGet();
      const pings = entries.filter(({ args }) => args[0]?.toString() === "PING");
      assert.deepEqual(
        pings.map(({ args }) => args[1]?.toString()),
        ["b", "a"],
      );
      assert.ok(pings.every(({ id, time, duration }) => id >= 0 && time > 1e9 && duration >= 0));
      assert.equal((await disque.slowlogGet(1)).length, 1);
      assert.deepEqual(await disque.slowlogGet(0), []);
      await disque.config.set("slowlog-log-slower-than", 10 ** 9);
      assert.equal(await disque.slowlogReset(), undefined);
      assert.equal(await disque.slowlogLen(), 0);
    });

    it("return and reset latency samples", async () => {
      await using disque = new Disque(server.address);
      await disque.latencyReset();
      assert.deepEqual(await disque.latencyLatest(), []);
      assert.deepEqual(await disque.latencyHistory("command"), []);
      await assert.rejects(disque.latencyGraph("command"), { code: "ERR", command: "LATENCY GRAPH" });
      await disque.config.set("latency-monitor-threshold", 1);
      await disque.call("DEBUG", "SLEEP", "0.002");
      const latest = (await disque.latencyLatest()).find(({ event }) => event === "command");
      assert.ok(latest !== undefined);
      // On a busy machine other commands may be slow too. The slowest one within a second is recorded, but does not update the
      // maximum, which may then be lower (latency.c, latencyAddSample).
      assert.ok(latest.time > 1e9 && latest.latency >= 1 && latest.max >= 1);
      const history = await disque.latencyHistory("command");
      assert.ok(history.some(({ time, latency }) => time === latest.time && latency >= latest.latency));
      assert.match(await disque.latencyGraph("command"), /^command - high \d+ ms/);
      assert.match(await disque.latencyDoctor(), /command/);
      await disque.config.set("latency-monitor-threshold", 0);
      assert.equal(await disque.latencyReset("command", "nosuch"), 1);
      await disque.latencyReset();
      assert.deepEqual(await disque.latencyLatest(), []);
      assert.equal(await disque.latencyReset(), 0);
    });
  });
});

describe("the cluster of a node", () => {
  describeOnServers((server) => {
    it("is described by cluster.nodes, cluster.myId and cluster.info", async () => {
      await using disque = new Disque(server.address);
      const id = await disque.cluster.myId();
      assert.equal(id, (await disque.hello()).id);
      const [own] = await disque.cluster.nodes();
      assert.deepEqual([own?.id, own?.flags, own?.connected], [id, ["myself"], true]);
      assert.ok(server.address.endsWith(`:${own?.port}`));
      assert.deepEqual([own?.host, own?.pingSent, own?.pongReceived], ["", 0, 0]);
      const { cluster_state, cluster_size } = await disque.cluster.info();
      assert.deepEqual([cluster_state, cluster_size], ["ok", "1"]);
    });

    it("is left and joined again with cluster.leaving", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.cluster.leaving(), false);
      assert.equal(await disque.cluster.leaving(true), true);
      assert.equal(await disque.cluster.leaving(), true);
      assert.equal(await disque.cluster.leaving(false), false);
    });

    it("is saved by saveConfig and reset by reset; forget rejects for an unknown node", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.cluster.saveConfig(), undefined);
      await assert.rejects(disque.cluster.forget("f".repeat(40)), { code: "ERR", command: "CLUSTER FORGET" });
      await assert.rejects(disque.cluster.meet("no.ip.address", 7711), { command: "CLUSTER MEET" });
      assert.equal(await disque.cluster.reset(), undefined);
      const before = await disque.cluster.myId();
      assert.equal(await disque.cluster.reset("soft"), undefined);
      assert.equal(await disque.cluster.myId(), before);
      assert.equal(await disque.cluster.reset("hard"), undefined);
      assert.notEqual(await disque.cluster.myId(), before);
    });
  });

  it("is extended by meet and reduced by forget", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    assert.equal(await disque.cluster.meet("127.0.0.1", 1), undefined);
    const [, met] = await disque.cluster.nodes();
    assert.deepEqual(
      [met?.host, met?.port, met?.flags, met?.connected],
      ["127.0.0.1", 1, ["handshake"], false],
    );
    assert.equal(await disque.cluster.forget(met?.id ?? ""), undefined);
    assert.equal((await disque.cluster.nodes()).length, 1);
  });
});
