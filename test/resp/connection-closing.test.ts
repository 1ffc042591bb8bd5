import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ClosedError, Connection, ConnectionError, TimeoutError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, connectOver, rejection } from "./connect.ts";

describe("end()", () => {
  it("lets pending commands finish, rejects new ones, then closes", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const sent = [connection.send(["one"]), connection.send(["two"])];
    const ended = connection.end();
    assert.ok(!connection.open);
    assert.ok((await rejection(connection.send(["late"]))) instanceof ClosedError);
    await peer.received(2);
    peer.write("+1\r\n");
    assert.equal(await sent[0], "1");
    assert.equal(connection.pending, 1);
    peer.write("+2\r\n");
    assert.equal(await sent[1], "2");
    await ended;
    await peer.ended;
    assert.deepEqual(peer.commands, [["one"], ["two"]]);
  });

  it("closes at once when nothing is pending, and may be called again", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    await Promise.all([connection.end(), connection.end()]);
    await connection.end();
    await connection.closed;
    await peer.ended;
    assert.ok((await rejection(connection.send(["late"]))) instanceof ClosedError);
  });

  it("waits no longer than the commands' timeouts", async () => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server);
    const lost = rejection(connection.send(["PING"], { timeout: 20 }));
    await connection.end();
    assert.ok((await lost) instanceof TimeoutError);
  });

  it("also sends what is still buffered behind a large write", async () => {
    await using server = await ScriptedServer.start({ answer: ([name]) => `+${name}\r\n` });
    const { connection, peer } = await connect(server);
    peer.socket.pause();
    const body = Buffer.alloc(8_000_000);
    const first = connection.send(["first", body]);
    await turn();
    const second = connection.send(["second"]);
    const ended = connection.end();
    peer.socket.resume();
    assert.deepEqual(await Promise.all([first, second]), ["first", "second"]);
    await ended;
  });
});

describe("destroy()", () => {
  it("rejects all commands and says which were sent", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const left = rejection(connection.send(["left"]));
    await peer.received(1);
    const kept = rejection(connection.send(["kept"]));
    connection.destroy();
    assert.equal(connection.pending, 0);
    for (const [error, sent] of [
      [await left, true],
      [await kept, false],
    ] as const) {
      assert.ok(error instanceof ConnectionError);
      assert.ok(error.cause instanceof ClosedError);
      assert.ok(error.message.startsWith(connection.address));
      assert.equal(error.sent, sent);
    }
    await connection.closed;
    await peer.ended;
    assert.deepEqual(peer.commands, [["left"]]);
  });

  it("counts a command buffered behind a full socket as not sent", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer, socket } = await connectOver(server);
    peer.socket.pause();
    const first = rejection(connection.send(["first", Buffer.alloc(8_000_000)]));
    await turn();
    assert.ok(socket.writableNeedDrain);
    const second = rejection(connection.send(["second"]));
    await turn();
    connection.destroy();
    const errors = await Promise.all([first, second]);
    assert.deepEqual(
      errors.map((error) => error instanceof ConnectionError && error.sent),
      [true, false],
    );
  });

  it("takes a reason, which becomes the cause of the errors", async () => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server);
    const lost = rejection(connection.send(["PING"]));
    const reason = new TimeoutError("HELLO was not answered");
    connection.destroy(reason);
    const error = await lost;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.cause, reason);
    const late = await rejection(connection.send(["PING"]));
    assert.ok(late instanceof ConnectionError);
    assert.equal(late.cause, reason);
    assert.equal(late.sent, false);
  });

  it("interrupts end()", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const lost = rejection(connection.send(["GETJOB"]));
    await peer.received(1);
    const ended = connection.end();
    connection.destroy();
    assert.ok((await lost) instanceof ConnectionError);
    await ended;
  });
});

describe("a connection over a socket that is already dead", () => {
  it("is lost at once and leaves nothing pending", async () => {
    await using server = await ScriptedServer.start();
    const { socket } = await connectOver(server);
    socket.destroy();
    await once(socket, "close");
    const closings: unknown[] = [];
    const connection = new Connection(socket, "server:7711", { onClose: (error) => closings.push(error) });
    const lost = await rejection(connection.send(["PING"], { timeout: Number.POSITIVE_INFINITY }));
    assert.ok(lost instanceof ConnectionError);
    assert.equal(lost.sent, false);
    await connection.closed;
    await connection.end();
    assert.equal(closings.length, 1);
    assert.ok(closings[0] instanceof ConnectionError);
  });
});

describe("a socket that cannot close gracefully", () => {
  it("is destroyed after half a second", async (context) => {
    await using server = await ScriptedServer.start();
    const { connection, socket } = await connectOver(server);
    context.mock.method(socket, "_final", () => {});
    const ended = connection.end();
    await turn();
    assert.ok(!socket.destroyed);
    await ended;
    assert.ok(socket.destroyed);
  });

  it("is destroyed at once by destroy()", async (context) => {
    await using server = await ScriptedServer.start();
    const { connection, socket } = await connectOver(server);
    context.mock.method(socket, "_final", () => {});
    const ended = connection.end();
    connection.destroy();
    assert.ok(socket.destroyed);
    await ended;
  });
});
