// A node that refuses the password is not asked over and over.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { array, bulk, NODE_ID, until } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

describe("an announced node that refuses the password", () => {
  it("is sent it once, however often the client sends HELLO", async () => {
    await using other = await ScriptedServer.start({
      answer: ([verb]) =>
        verb === "AUTH" ? "-ERR invalid password\r\n" : "-NOAUTH Authentication required.\r\n",
    });
    const announced = ["e".repeat(40), "127.0.0.1", String(other.endpoint.port), "1"].map(bulk);
    const own = [NODE_ID, "", "7711", "10"].map(bulk);
    await using server = await ScriptedServer.start({
      answer: ([verb]) =>
        verb === "HELLO" ? array(":1\r\n", bulk(NODE_ID), array(...own), array(...announced)) : "+OK\r\n",
    });
    await using disque = new Disque(server.endpoint, { password: "one", refreshInterval: 5 });
    await disque.connect();
    const count = (where: ScriptedServer, name: string): number =>
      where.commands.filter(([verb]) => verb === name).length;
    await until(() => count(other, "AUTH") > 0);
    const seen = count(server, "HELLO");
    await until(() => count(server, "HELLO") > seen + 50);
    assert.equal(count(other, "AUTH"), 1);
  });
});
