// Replies that never end. One takes only the memory of what has arrived, which is freed when the reply is overdue.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ConnectionError, Disque, TimeoutError } from "../../src/index.ts";
import { rejection, scriptedNode } from "../client/scripted.ts";
import { connect } from "../resp/connect.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { flood } from "./flood.ts";
import { held, MIB } from "./memory.ts";

const MEBIBYTE = Buffer.alloc(MIB, "x");

/** A separate function, so that its variables are collectable when it returns. */
async function holdAndLose(server: ScriptedServer, before: number): Promise<void> {
  const { connection, peer } = await connect(server, { commandTimeout: 60_000 });
  const lost = rejection(connection.send(["PING"]));
  await peer.received(1);
  peer.write("$536870912\r\n");
  assert.equal(await flood(peer.socket, MEBIBYTE, 64 * MIB), 64 * MIB);
  const more = (await held()) - before;
  assert.ok(more < 72 * MIB, `${more} bytes are held`);
  connection.destroy(new TimeoutError("overdue"));
  assert.ok((await lost) instanceof ConnectionError);
  await connection.closed;
}

describe("a body announced with 512 MB that never ends", () => {
  it("takes the memory of the bytes that have arrived, until the reply is overdue", async () => {
    await using server = await ScriptedServer.start();
    const before = await held();
    await holdAndLose(server, before);
    const more = (await held()) - before;
    assert.ok(more < 8 * MIB, `${more} bytes are still held`);
  });

  it("is overdue for a client once nothing has arrived for commandTimeout", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address, { commandTimeout: 200 });
    const overdue = rejection(disque.call("PING"));
    const peer = await node.server.accept();
    await peer.received(2);
    peer.write("$536870912\r\n");
    for (let sent = 0; sent < 100; sent++) {
      peer.write("x");
      await pause(5);
    }
    assert.deepEqual(await Promise.race([overdue, "not overdue"]), "not overdue");
    const error = await overdue;
    assert.ok(error instanceof TimeoutError, String(error));
    assert.match(error.message, /no reply within 200 ms/);
    await peer.ended;
  });
});

it("an unfinished reply is released when its connection ends, even if the connection is still referenced", async () => {
  await using server = await ScriptedServer.start();
  const { connection, peer } = await connect(server);
  const lost = rejection(connection.send(["PING"]));
  await peer.received(1);
  const before = await held();
  peer.write("$536870912\r\n");
  await flood(peer.socket, Buffer.alloc(MIB), 64 * MIB);
  connection.destroy();
  await lost;
  await connection.closed;
  const more = (await held()) - before;
  assert.ok(more < 8 * MIB, `${more} bytes are held by what is ${connection.open ? "open" : "closed"}`);
});

describe("an array announced with 524,288 elements that never ends", () => {
  for (const [name, element] of [
    ["integers", ":1\r\n"],
    ["empty bulk strings", "$0\r\n\r\n"],
    ["short bulk strings", "$1\r\nx\r\n"],
    ["simple strings", "+x\r\n"],
    ["nulls", "$-1\r\n"],
    ["empty arrays", "*0\r\n"],
    ["arrays of one", "*1\r\n:1\r\n"],
    ["errors", "-E\r\n"],
    ["integers beyond those that are exact", ":9223372036854775807\r\n"],
  ] as const) {
    it(`takes no more than a few words of memory for each element that has arrived: ${name}`, async () => {
      const count = 100_000;
      await using server = await ScriptedServer.start();
      const { connection, peer } = await connect(server);
      const lost = rejection(connection.send(["PING"]));
      await peer.received(1);
      const before = await held();
      peer.write("*524288\r\n");
      const unit = Buffer.from(element.repeat(count / 100));
      await flood(peer.socket, unit, 100 * unit.length);
      const each = ((await held()) - before) / count;
      assert.ok(each < 256, `${each} bytes for each`);
      assert.ok(connection.open, "the array is within the limits");
      connection.destroy();
      await lost;
    });
  }
});
