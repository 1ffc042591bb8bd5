// Replies made to exhaust memory. Limits bound what a server can make a connection hold.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque, ProtocolError } from "../../src/index.ts";
import type { ParserLimits } from "../../src/resp/index.ts";
import { HELLO, rejection } from "../client/scripted.ts";
import { connect } from "../resp/connect.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { flood } from "./flood.ts";
import { held, MIB } from "./memory.ts";

/** The number of bytes that the system may buffer between two sockets while none are read. */
const IN_BETWEEN = 16 * MIB;

/** This many units exceed every limit. */
const ENOUGH = 80;

interface Bomb {
  readonly name: string;
  readonly head: string;
  readonly unit: string;
  readonly message: RegExp;
  readonly limits?: ParserLimits;
}

const BOMBS: readonly Bomb[] = [
  { name: "an endless line", head: "+", unit: "x".repeat(65_536), message: /longer than 65536 bytes/ },
  { name: "an endless error", head: "-ERR ", unit: "x".repeat(65_536), message: /longer than 65536 bytes/ },
  { name: "an endless integer", head: ":", unit: "1".repeat(65_536), message: /longer than 65536 bytes/ },
  { name: "an endless length", head: "$", unit: "1".repeat(65_536), message: /longer than 65536 bytes/ },
  {
    name: "arrays nested without end",
    head: "",
    unit: "*1\r\n".repeat(16_384),
    message: /nested deeper than 32/,
  },
  {
    name: "an array longer than allowed",
    head: "*9223372036854775807\r\n",
    unit: ":1\r\n".repeat(16_384),
    message: /cannot have \d+ elements/,
  },
  {
    name: "a bulk string longer than allowed",
    head: "$9223372036854775807\r\n",
    unit: "x".repeat(65_536),
    message: /cannot have \d+ bytes/,
  },
  {
    name: "many long arrays, each within its limit",
    head: "*1024\r\n",
    unit: `*1024\r\n${":1\r\n".repeat(1_024)}`,
    limits: { maxElements: 65_536 },
    message: /elements, at most 65536/,
  },
  {
    name: "many bulk strings, each within its limit",
    head: "*1024\r\n",
    unit: `$65536\r\n${"x".repeat(65_536)}\r\n`,
    limits: { maxReplyLength: MIB },
    message: /a reply is longer than 1048576 bytes/,
  },
  {
    name: "many lines, each within its limit",
    head: "*1024\r\n",
    unit: `+${"x".repeat(60_000)}\r\n`,
    limits: { maxReplyLength: MIB },
    message: /a reply is longer than 1048576 bytes/,
  },
  {
    name: "a bulk string longer than a whole reply may be",
    head: "$2097152\r\n",
    unit: "x".repeat(65_536),
    limits: { maxReplyLength: MIB },
    message: /a reply is longer than 1048576 bytes/,
  },
  {
    name: "a body that is longer than what was announced",
    head: "$3\r\n",
    unit: "x".repeat(65_536),
    message: /not followed by CRLF/,
  },
];

describe("a reply made to exhaust memory is rejected with the limit it exceeds", () => {
  for (const { name, head, unit, message, limits } of BOMBS) {
    it(`sent to a connection: ${name}`, async () => {
      await using server = await ScriptedServer.start();
      const { connection, peer } = await connect(server, limits);
      const first = rejection(connection.send(["PING"]));
      const second = rejection(connection.send(["PING"]));
      await peer.received(2);
      const before = await held();
      peer.write(head);
      const [sent, error] = await Promise.all([
        flood(peer.socket, Buffer.from(unit), 200 * MIB),
        first,
        peer.closed,
      ]);
      assert.ok(error instanceof ProtocolError, String(error));
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(connection.address));
      assert.ok((await second) instanceof ConnectionError);
      assert.ok(sent < IN_BETWEEN, `${sent} bytes were taken`);
      const more = (await held()) - before;
      assert.ok(more < 8 * MIB, `${more} bytes are held`);
    });

    it(`sent to a client: ${name}`, async () => {
      let bombs = 0;
      await using server = await ScriptedServer.start({
        answer([command]) {
          if (command === "HELLO") return HELLO;
          bombs++;
          return head + unit.repeat(ENOUGH);
        },
      });
      await using disque = new Disque(server.endpoint, { failoverTimeout: 0, replyLimits: limits });
      const error = await rejection(disque.call("PING"));
      assert.ok(error instanceof ProtocolError, String(error));
      assert.match(error.message, message);
      assert.equal(bombs, 1, "what may have been run is not asked again");
    });

    it(`sent to a client in place of HELLO: ${name}`, async () => {
      await using server = await ScriptedServer.start({ answer: () => head + unit.repeat(ENOUGH) });
      await using disque = new Disque(server.endpoint, { failoverTimeout: 0, replyLimits: limits });
      const error = await rejection(disque.ping());
      assert.ok(error instanceof ConnectionError, String(error));
      assert.ok(error.errors[0] instanceof ProtocolError);
      assert.match(error.message, message);
    });
  }
});
