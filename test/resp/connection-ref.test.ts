import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connectOver } from "./connect.ts";

describe("unref()", () => {
  it("lets the process exit only while the connection is idle", async (context) => {
    await using server = await ScriptedServer.start();
    const { connection, peer, socket } = await connectOver(server);
    let isRef = true;
    for (const name of ["ref", "unref"] as const) {
      const original = socket[name].bind(socket);
      context.mock.method(socket, name, () => {
        isRef = name === "ref";
        return original();
      });
    }
    connection.unref();
    assert.equal(isRef, false);
    const replies = [connection.send(["PING"]), connection.send(["PING"])];
    assert.equal(isRef, true);
    connection.unref();
    assert.equal(isRef, true);
    await peer.received(2);
    peer.write("+1\r\n");
    await replies[0];
    assert.equal(isRef, true);
    peer.write("+2\r\n");
    await replies[1];
    assert.equal(isRef, false);
    connection.ref();
    assert.equal(isRef, true);
    const last = connection.send(["PING"]);
    await peer.received(3);
    peer.write("+3\r\n");
    await last;
    assert.equal(isRef, true);
    await connection.end();
  });
});
