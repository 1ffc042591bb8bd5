import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { Connection, ConnectionError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("aborting a command", () => {
  it("before it is sent rejects with the signal's reason and sends nothing", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const { connection, peer } = await connect(server);
    const reason = new Error("no longer wanted");
    const signal = AbortSignal.abort(reason);
    assert.equal(await rejection(connection.send(["ADDJOB"], { signal })), reason);
    assert.equal(listeners(signal), 0);
    assert.equal(connection.pending, 0);
    assert.equal(await connection.send(["PING"]), "OK");
    assert.deepEqual(peer.commands, [["PING"]]);
  });

  it("rejects at once and drops its reply, so later replies still reach their own commands", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const controller = new AbortController();
    const reason = { any: "value" };
    const first = connection.send(["first"]);
    const aborted = rejection(connection.send(["aborted"], { signal: controller.signal }));
    const third = connection.send(["third"]);
    await peer.received(3);
    controller.abort(reason);
    assert.equal(await aborted, reason);
    assert.equal(listeners(controller.signal), 0);
    assert.equal(connection.pending, 3, "its reply is still waited for");
    peer.write("+1\r\n+2\r\n+3\r\n");
    assert.deepEqual(await Promise.all([first, third]), ["1", "3"]);
    assert.equal(connection.pending, 0);
  });

  it("in the turn in which it was sent rejects, and replies still reach their own commands", async () => {
    await using server = await ScriptedServer.start({ answer: ([name]) => `+${name}\r\n` });
    const { connection } = await connect(server);
    const controller = new AbortController();
    const aborted = rejection(connection.send(["aborted"], { signal: controller.signal }));
    const next = connection.send(["next"]);
    controller.abort();
    assert.equal(((await aborted) as Error).name, "AbortError");
    assert.equal(await next, "next");
  });

  it("rejects with the signal's reason alone even if the connection is then lost", async () => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server);
    const controller = new AbortController();
    const aborted = rejection(connection.send(["aborted"], { signal: controller.signal }));
    const other = rejection(connection.send(["other"]));
    controller.abort("enough");
    connection.destroy();
    assert.equal(await aborted, "enough");
    const lost = await other;
    assert.ok(lost instanceof ConnectionError);
    assert.equal(lost.sent, false);
  });

  it("after its reply has arrived has no effect", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const { connection } = await connect(server);
    const controller = new AbortController();
    const reply = connection.send(["PING"], { signal: controller.signal });
    assert.equal(listeners(controller.signal), 1);
    assert.equal(await reply, "OK");
    assert.equal(listeners(controller.signal), 0);
    controller.abort();
    assert.equal(await connection.send(["PING"]), "OK");
  });

  it("leaves no listener, and sharing a signal among thousands of commands emits no warning", async (context) => {
    const warn = context.mock.method(process, "emitWarning", () => {});
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const { signal } = new AbortController();
    const sent = Array.from({ length: 2000 }, () => connection.send(["PING"], { signal }));
    assert.equal(listeners(signal), 2000);
    await peer.received(2000);
    peer.write("+PONG\r\n".repeat(1000));
    await Promise.all(sent.slice(0, 1000));
    assert.equal(listeners(signal), 1000);
    const rest = Promise.allSettled(sent.slice(1000));
    connection.destroy();
    await rest;
    assert.equal(listeners(signal), 0);
    assert.equal(warn.mock.callCount(), 0);
  });
});

describe("aborting an attempt to connect", () => {
  it("before it starts rejects with the signal's reason", async () => {
    const reason = new Error("never mind");
    const attempt = Connection.open({ host: "127.0.0.1", port: 1, signal: AbortSignal.abort(reason) });
    assert.equal(await rejection(attempt), reason);
  });

  it("under way rejects with the signal's reason and closes the socket", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const controller = new AbortController();
    // The TLS handshake never ends, because the server does not speak TLS.
    const attempt = rejection(Connection.open({ ...server.endpoint, tls: true, signal: controller.signal }));
    const peer = await server.accept();
    const reason = new Error("never mind");
    controller.abort(reason);
    assert.equal(await attempt, reason);
    assert.equal(listeners(controller.signal), 0);
    await peer.ended;
  });

  it("after it has succeeded has no effect", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const controller = new AbortController();
    const { connection } = await connect(server, { signal: controller.signal });
    assert.equal(listeners(controller.signal), 0);
    controller.abort();
    assert.equal(await connection.send(["PING"]), "OK");
  });
});
