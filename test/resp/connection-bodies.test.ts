// Bodies that are transferred or resized between `send` and the write: the announced length is sent, or nothing.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Argument, ConnectionError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

const MIB = 2 ** 20;
/** The options of `new ArrayBuffer`, which the ES2023 types lack. */
const Resizable = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void };

function transfer(body: Uint8Array): void {
  structuredClone(null, { transfer: [body.buffer as ArrayBuffer] });
}

function assertRefused(error: unknown): void {
  assert.ok(error instanceof ConnectionError, String(error));
  assert.match(error.message, /bytes of a command were transferred or shrunk before they were sent/);
}

describe("a body", () => {
  it("transferred before it is written destroys the connection, and nothing is sent", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const body = new Uint8Array(100_000);
    const sent = [["PING"], ["ADDJOB", "mail", body, 0], ["TIME"]].map((args: Argument[]) =>
      rejection(connection.send(args)),
    );
    transfer(body);
    for (const error of await Promise.all(sent)) {
      assertRefused(error);
      assert.equal(error instanceof ConnectionError && error.sent, false);
    }
    await peer.ended;
    assert.deepEqual(peer.chunks, []);
  });

  it("that shrinks destroys the connection too", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const memory = new Resizable(100_000, { maxByteLength: 200_000 });
    const sent = rejection(connection.send(["ADDJOB", "mail", new Uint8Array(memory), 0]));
    memory.resize(10);
    assertRefused(await sent);
    await peer.ended;
    assert.deepEqual(peer.chunks, []);
  });

  it("that grows is sent with its original length", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const { connection, peer } = await connect(server);
    const memory = new Resizable(100_000, { maxByteLength: 200_000 });
    const sent = connection.send(["ADDJOB", "mail", new Uint8Array(memory), 0]);
    memory.resize(200_000);
    assert.equal(await sent, "OK");
    assert.equal(peer.commands[0]?.[2]?.length, 100_000);
    assert.equal(await connection.send(["PING"]), "OK");
  });

  it("of up to 4 KiB may be transferred, because it was copied", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const { connection, peer } = await connect(server);
    const body = new Uint8Array(4_096).fill(120);
    const sent = connection.send(["ADDJOB", "mail", body, 0]);
    transfer(body);
    assert.equal(await sent, "OK");
    assert.equal(peer.commands[0]?.[2], "x".repeat(4_096));
  });

  it("transferred while it is being written or waits behind another one ends the connection", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    peer.socket.pause();
    const bodies = [new Uint8Array(32 * MIB), new Uint8Array(100_000)];
    const sent = bodies.map((body) => rejection(connection.send(["ADDJOB", "mail", body, 0])));
    await turn();
    await turn();
    for (const body of bodies) transfer(body);
    const late = rejection(connection.send(["PING"]));
    peer.socket.resume();
    for (const error of await Promise.all(sent)) assertRefused(error);
    assertRefused(await late);
    assert.deepEqual(peer.commands, []);
  });
});
