import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, ReplyError } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";
import { scriptedNode } from "./scripted.ts";

describe("call()", () => {
  describeOnServers((server) => {
    it("gives the plain reply, with bulk strings as text", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.call("ping"), "PONG");
      assert.equal(await disque.call("PING", "ü"), "ü");
      assert.equal(await disque.call("QLEN", "q"), 0);
      assert.equal(await disque.call("QSTAT", "q"), null);
      assert.deepEqual(await disque.call("COMMAND", "INFO", "time"), [
        ["time", 1, ["readonly", "fast"], 0, 0, 0],
      ]);
    });

    it("gives bytes where they are asked for", async () => {
      await using disque = new Disque(server.address);
      const bytes = Buffer.of(0, 255, 13, 10);
      assert.deepEqual(await disque.call("PING", bytes, { buffers: true }), bytes);
      assert.equal(await disque.call("PING", { buffers: true }), "PONG");
      assert.equal(await disque.call("PING", Buffer.from("text"), { buffers: false }), "text");
    });

    it("sends numbers and bigints in decimal", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.call("PING", -1.5), "-1.5");
      assert.equal(await disque.call("PING", 18_446_744_073_709_551_615n), "18446744073709551615");
    });

    it("rejects with the error that the server answers", async () => {
      await using disque = new Disque(server.address);
      await assert.rejects(disque.call("NONSENSE", "x"), (error) => {
        assert.ok(error instanceof ReplyError);
        assert.deepEqual([error.code, error.command], ["ERR", "NONSENSE"]);
        assert.match(error.message, /^ERR unknown command/);
        return true;
      });
      await assert.rejects(disque.call("SHOW", "no id"), { code: "BADID" });
      await assert.rejects(disque.call("DEBUG", "ERROR", "OWN words"), { code: "OWN" });
    });
  });

  it("leaves errors that stand inside of a reply where they are", async () => {
    await using node = await scriptedNode(() => "*3\r\n:1\r\n-ERR inside\r\n*1\r\n-OOM deep\r\n");
    await using disque = new Disque(node.address);
    const reply = await disque.call("ANY");
    assert.deepEqual(reply, [1, new ReplyError("ERR inside"), [new ReplyError("OOM deep")]]);
  });
});

describe("a reply of the wrong shape", () => {
  it("rejects its call with a ProtocolError, and no other", async () => {
    await using node = await scriptedNode(([name]) => (name === "QLEN" ? "$1\r\n1\r\n" : "+PONG\r\n"));
    await using disque = new Disque(node.address);
    const [wrong, ping] = await Promise.allSettled([disque.qlen("q"), disque.ping()]);
    assert.equal(wrong.status === "rejected" && String(wrong.reason).includes("ProtocolError"), true);
    assert.deepEqual(ping, { status: "fulfilled", value: "PONG" });
  });

  it("is told by its call where an error stands inside of it", async () => {
    await using node = await scriptedNode(() => "*1\r\n-ERR inside\r\n");
    await using disque = new Disque(node.address);
    for (const call of [
      () => disque.getJob("q", { nohang: true }),
      () => disque.qpeek("q", 1),
      () => disque.command(),
    ])
      await assert.rejects(call(), { name: "ProtocolError", message: /got the error ERR/ });
  });
});
