// Servers that answer a command without reading it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Disque } from "../../src/index.ts";
import type { Connection } from "../../src/resp/index.ts";
import { HELLO } from "../client/scripted.ts";
import { connect } from "../resp/connect.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { MIB } from "./memory.ts";

/** Whether the promise settles within a second. */
function settles(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), delay(1_000, false)]);
}

describe("a server that answers commands it has not read", () => {
  // 20 MB stay in the socket's buffers: no reply is expected any more, and nothing more can be written.
  for (const [name, finish] of [
    ["end()", (connection) => connection.end()],
    [
      "end() and then destroy()",
      (connection) => {
        void connection.end();
        connection.destroy();
        return connection.closed;
      },
    ],
  ] satisfies [string, (connection: Connection) => Promise<void>][])
    it(`does not keep a connection from closing: ${name}`, async () => {
      await using server = await ScriptedServer.start({ deaf: true });
      const { connection, peer } = await connect(server);
      peer.socket.once("data", () => {
        peer.socket.pause();
        peer.write("+OK\r\n");
      });
      assert.equal(await connection.send(["ADDJOB", Buffer.alloc(20 * MIB)]), "OK");
      assert.ok(await settles(finish(connection)));
    });

  it("does not keep a client from closing", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const disque = new Disque(server.endpoint);
    const added = disque.addJob("q", Buffer.alloc(20 * MIB));
    const peer = await server.accept();
    peer.socket.once("data", () => {
      peer.write(HELLO);
      peer.socket.once("data", () => {
        peer.socket.pause();
        peer.write("+D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1\r\n");
      });
    });
    await added;
    assert.ok(await settles(disque.close()));
  });
});
