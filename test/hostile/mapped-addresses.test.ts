// IPv4 addresses in NAT64 and 6to4 notation are refused like those in their own notation.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { array, bulk, NODE_ID } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

describe("an announced address that maps to a link-local or unspecified one", () => {
  for (const host of [
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "64:ff9b::0.0.0.0",
    "2002:0:1::",
    "::ffff:169.254.169.254",
  ])
    it(`is not added to the nodes: ${host}`, async () => {
      const nodes = [
        [NODE_ID, "", "7711", "1"],
        ["e".repeat(40), host, "80", "1"],
        ["d".repeat(40), "2001:db8::1", "7711", "100"],
      ].map((node) => array(...node.map(bulk)));
      await using server = await ScriptedServer.start({
        answer: ([verb]) => (verb === "HELLO" ? array(":1\r\n", bulk(NODE_ID), ...nodes) : "+PONG\r\n"),
      });
      await using disque = new Disque(server.endpoint);
      await disque.ping();
      assert.deepEqual(
        disque.nodes.map(({ id }) => id.slice(0, 1)),
        ["0", "d"],
      );
    });
});
