// Texts in which each line or field becomes an object: texts beyond the limits are rejected before objects are created.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, ProtocolError } from "../../src/index.ts";
import { bulk, rejection, scriptedNode } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const LONG = 20 * 2 ** 20;
const NODE = `${"a".repeat(40)} 10.0.0.1:7711 noflags 0 0 connected\n`;

const CALLS: readonly [string, (disque: Disque) => Promise<unknown>, reply: string, message: RegExp][] = [
  [
    "CLIENT LIST with too many lines",
    (disque) => disque.clientList(),
    bulk("a=1\n".repeat(17_000)),
    /16384 lines/,
  ],
  [
    "CLIENT LIST with too many fields",
    (disque) => disque.clientList(),
    bulk("a=1 ".repeat(300_000)),
    /fields/,
  ],
  [
    "CLIENT LIST with too many names of fields",
    (disque) => disque.clientList(),
    bulk(Array.from({ length: 300 }, (_, index) => `f${index}=1`).join(" ")),
    /256 names of fields/,
  ],
  [
    "a CLIENT LIST that is too long",
    (disque) => disque.clientList(),
    bulk("x".repeat(LONG)),
    /16777216 bytes/,
  ],
  [
    "INFO with too many lines",
    (disque) => disque.info(),
    bulk("a:1\r\n".repeat(17_000)),
    /16384 (lines|fields)/,
  ],
  [
    "CLUSTER NODES with too many nodes",
    (disque) => disque.cluster.nodes(),
    bulk(NODE.repeat(17_000)),
    /16384 lines/,
  ],
  [
    "CLUSTER NODES with endless flags",
    (disque) => disque.cluster.nodes(),
    bulk(NODE.replace("noflags", ",".repeat(1_000))),
    /flags of CLUSTER NODES/,
  ],
  [
    "CLUSTER INFO with too many fields",
    (disque) => disque.cluster.info(),
    bulk("a:1\r\n".repeat(2_000)),
    /fields/,
  ],
  [
    "SHOW with too many fields",
    (disque) => disque.show("D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1"),
    `*2100\r\n${bulk("x").repeat(2_100)}`,
    /1024 fields/,
  ],
  [
    "a longer text than call() converts",
    (disque) => disque.call("X"),
    bulk("x".repeat(2 * LONG)),
    /buffers: true/,
  ],
  [
    "more jobs than QPEEK asked for",
    (disque) => disque.qpeek("mail", 2),
    "*3\r\n*0\r\n*0\r\n*0\r\n",
    /at most 2 jobs/,
  ],
];

describe("a text reply beyond its limits is a ProtocolError", () => {
  for (const [what, call, reply, message] of CALLS)
    it(what, async () => {
      await using node = await scriptedNode(() => reply);
      await using disque = new Disque(node.address, { failoverTimeout: 0 });
      const error = await rejection(call(disque));
      assert.ok(error instanceof ProtocolError, String(error));
      assert.match(error.message, message);
    });

  it("but is returned as bytes on request", async () => {
    await using node = await scriptedNode(() => bulk("x".repeat(2 * LONG)));
    await using disque = new Disque(node.address, { failoverTimeout: 0 });
    const reply = await disque.call("X", { buffers: true });
    assert.ok(Buffer.isBuffer(reply) && reply.length === 2 * LONG);
  });

  it("but in the module's handshake only the first 1,024 nodes are read", async () => {
    const lines = Array.from(
      { length: 2_000 },
      (_, index) =>
        `${index.toString(16).padStart(40, "0")} 10.0.0.1:${index + 1}@17711 master - 0 0 ${index} connected\n`,
    );
    const text = `${"f".repeat(40)} :7711@17711 myself,master - 0 0 0 connected\n${lines.join("")}`;
    await using server = await ScriptedServer.start({
      answer: ([verb]) =>
        verb === "CLUSTER" ? bulk(text) : verb === "HELLO" ? "*2\r\n+server\r\n+redis\r\n" : "+PONG\r\n",
    });
    await using disque = new Disque(server.endpoint, { discover: false });
    assert.equal((await disque.hello()).nodes.length, 1_024);
  });
});
