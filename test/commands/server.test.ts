import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, type InfoSection } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";
import { describeOnServers } from "../support/servers.ts";

const SECTIONS: readonly InfoSection[] = [
  "server",
  "clients",
  "memory",
  "jobs",
  "queues",
  "persistence",
  "stats",
  "cpu",
  "commandstats",
];

describe("the commands on a server", () => {
  describeOnServers((server) => {
    it("hello returns the id of the node and the nodes that it knows", async () => {
      await using disque = new Disque(server.address);
      const { version, id, nodes } = await disque.hello();
      assert.equal(version, 1);
      assert.match(id, /^[0-9a-f]{40}$/);
      assert.equal(nodes.length, 1);
      assert.deepEqual([nodes[0]?.id, nodes[0]?.priority], [id, 1]);
      assert.equal(typeof nodes[0]?.host, "string");
      assert.ok(server.address.endsWith(`:${nodes[0]?.port}`));
    });

    it("info returns fields by section", async () => {
      await using disque = new Disque(server.address);
      const { server: facts } = await disque.info();
      assert.match(facts?.disque_version ?? "", /^\d+\.\d+/);
      assert.deepEqual(Object.keys(await disque.info("all")), SECTIONS);
      assert.deepEqual(
        Object.keys(await disque.info("default")),
        SECTIONS.filter((section) => section !== "commandstats"),
      );
    });

    for (const section of SECTIONS) {
      it(`info returns only the section ${section}`, async () => {
        await using disque = new Disque(server.address);
        const info = await disque.info(section);
        assert.deepEqual(Object.keys(info), [section]);
        assert.ok(Object.values(info[section] ?? {}).every((value) => typeof value === "string"));
      });
    }

    it("ping returns PONG or the message", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.ping(), "PONG");
      assert.equal(await disque.ping("hällo\r\n"), "hällo\r\n");
      assert.equal(await disque.ping(""), "");
    });

    it("time returns seconds and microseconds", async () => {
      await using disque = new Disque(server.address);
      const { seconds, microseconds } = await disque.time();
      assert.ok(Math.abs(seconds - Date.now() / 1000) < 60);
      assert.ok(Number.isInteger(microseconds) && microseconds >= 0 && microseconds < 1_000_000);
    });

    it("command, commandCount and commandInfo describe the commands of the server", async () => {
      await using disque = new Disque(server.address);
      const commands = await disque.command();
      assert.equal(await disque.commandCount(), commands.length);
      const [addjob, none, ...rest] = await disque.commandInfo("addjob", "nosuch");
      assert.deepEqual([none, rest], [null, []]);
      assert.deepEqual(
        commands.find(({ name }) => name === "addjob"),
        addjob,
      );
      assert.deepEqual([addjob?.arity, addjob?.firstKey, addjob?.lastKey, addjob?.keyStep], [-4, 0, 0, 0]);
      assert.ok(addjob?.flags.includes("write"));
      assert.deepEqual(await disque.commandInfo(), []);
    });

    it("bgrewriteaof resolves with the message of the server", async () => {
      await using disque = new Disque(server.address);
      assert.match(await disque.bgrewriteaof(), /^Background append only file rewriting/);
    });
  });
});

describe("shutdown", () => {
  for (const options of [undefined, {}, { rewriteAof: false }, { rewriteAof: true }]) {
    const what = options === undefined ? "" : JSON.stringify(options);
    it(`resolves when the server has closed the connection: shutdown(${what}) on disque/testing`, async () => {
      await using server = await TestServer.start();
      await using disque = new Disque(server.address);
      assert.equal(await disque.shutdown(options), undefined);
      assert.equal(server.clients, 0);
    });
  }

  it("stops a real server", { skip: skipWithoutServer }, async () => {
    await using server = await RealServer.start();
    await using disque = new Disque(server.address, { failoverTimeout: 0 });
    await disque.shutdown();
    await assert.rejects(disque.ping(), { name: "ConnectionError" });
  });
});
