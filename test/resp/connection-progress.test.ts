// The timeout of a command only counts time without progress.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ConnectionError, TimeoutError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

const MIB = 2 ** 20;

/** Makes a socket read a chunk, then wait, over and over. */
function throttle(socket: Socket, milliseconds: number): void {
  socket.on("data", () => {
    socket.pause();
    setTimeout(() => socket.resume(), milliseconds);
  });
}

describe("receiving bytes of a reply", () => {
  it("is progress for its command and those behind it", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server, { commandTimeout: 400 });
    const replies = Promise.all([connection.send(["GETJOB"]), connection.send(["PING"])]);
    await peer.received(2);
    const start = performance.now();
    peer.write("$10\r\n");
    for (let sent = 0; sent < 10; sent++) {
      await pause(100);
      peer.write("x");
    }
    peer.write("\r\n+PONG\r\n");
    assert.deepEqual(await replies, [Buffer.from("xxxxxxxxxx"), "PONG"]);
    assert.ok(performance.now() - start > 800);
  });
});

describe("sending bytes of a command", () => {
  it("is progress: a large body arrives once over a slow link", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const { connection, peer } = await connect(server, { commandTimeout: 1_000 });
    throttle(peer.socket, 5);
    const body = Buffer.alloc(24 * MIB, "x");
    const start = performance.now();
    const replies = await Promise.all([
      connection.send(["ADDJOB", "mail", body, 0]),
      connection.send(["PING"]),
    ]);
    assert.deepEqual(replies, ["OK", "OK"]);
    assert.ok(performance.now() - start > 1_000, "the link was not slow enough to show anything");
    assert.equal(peer.commands.length, 2);
  });

  it("is no progress once the peer is frozen and the send buffers are full", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server, { commandTimeout: 200 });
    peer.socket.pause();
    const large = rejection(connection.send(["ADDJOB", "mail", Buffer.alloc(32 * MIB), 0]));
    const small = rejection(connection.send(["PING"]));
    assert.ok((await large) instanceof TimeoutError);
    const error = await small;
    assert.ok(error instanceof TimeoutError || error instanceof ConnectionError);
    await connection.closed;
  });

  it("is no progress for earlier commands, so a frozen peer is still detected", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const { connection } = await connect(server, { commandTimeout: 200 });
    const first = rejection(connection.send(["PING"]));
    let sent = 0;
    const timer = setInterval(() => {
      sent++;
      connection.send(["PING"], { timeout: 60_000 }).catch(() => {});
    }, 10);
    const error = await first;
    clearInterval(timer);
    assert.ok(error instanceof TimeoutError);
    assert.ok(sent < 200, `${sent} commands until it was noticed`);
  });
});
