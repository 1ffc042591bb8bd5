import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, ReplyError } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";
import { scriptedNode } from "./scripted.ts";

describe("call()", () => {
  describeOnServers((server) => {
    it("returns the plain reply, with bulk strings as text", async () => {
      await using disque = new Disque(server.address);
      assert.equal(await disque.call("ping"), "PONG");
      assert.equal(await disque.call("PING", "ü"), "ü");
      assert.equal(await disque.call("QLEN", "q"), 0);
      assert.equal(await disque.call("QSTAT", "q"), null);
      assert.deepEqual(await disque.call("COMMAND", "INFO", "time"), [
        ["time", 1, ["readonly", "fast"], 0, 0, 0],
      ]);
    });

    it("returns bytes on request", async () => {
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

    it("rejects with the server's error", async () => {
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

  it("returns errors nested in a reply in their place", async () => {
    await using node = await scriptedNode(() => "*3\r\n:1\r\n-ERR inside\r\n*1\r\n-OOM deep\r\n");
    await using disque = new Disque(node.address);
    const reply = await disque.call("ANY");
    assert.deepEqual(reply, [1, new ReplyError("ERR inside"), [new ReplyError("OOM deep")]]);
  });
});

describe("a reply of the wrong shape", () => {
  it("rejects only its own call with a ProtocolError", async () => {
    await using node = await scriptedNode(([name]) => (name === "QLEN" ? "$1\r\n1\r\n" : "+PONG\r\n"));
    await using disque = new Disque(node.address);
    const [wrong, ping] = await Promise.allSettled([disque.qlen("q"), disque.ping()]);
    assert.equal(wrong.status === "rejected" && String(wrong.reason).includes("ProtocolError"), true);
    assert.deepEqual(ping, { status: "fulfilled", value: "PONG" });
  });

  it("is reported with the error nested in it", async () => {
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
