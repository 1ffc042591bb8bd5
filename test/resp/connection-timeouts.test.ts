import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Connection, ConnectionError, TimeoutError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

describe("a command that is not answered in time", () => {
  it("rejects with a TimeoutError and ends the connection, other commands reject with a ConnectionError", async () => {
    await using server = await ScriptedServer.start();
    let closedWith: unknown;
    const { connection, peer } = await connect(server, {
      onClose: (error) => {
        closedWith = error;
      },
    });
    const patient = rejection(connection.send(["GETJOB"], { timeout: 60_000 }));
    const overdue = rejection(connection.send(["PING"], { timeout: 20 }));
    const usual = rejection(connection.send(["PING"]));
    const late = await overdue;
    assert.ok(late instanceof TimeoutError);
    assert.equal(late.message, `${connection.address}: no reply within 20 ms`);
    for (const lost of [await patient, await usual]) {
      assert.ok(lost instanceof ConnectionError);
      assert.equal(lost.sent, true);
      assert.ok(lost.cause instanceof TimeoutError);
    }
    assert.ok(closedWith instanceof TimeoutError);
    await peer.ended;
  });

  it("affects all small commands that were sent together", async () => {
    await using server = await ScriptedServer.start();
    for (let time = 0; time < 20; time++) {
      const { connection } = await connect(server, { commandTimeout: 10 });
      const sent = Array.from({ length: 9 }, () => rejection(connection.send(["PING", "x".repeat(80)])));
      for (const error of await Promise.all(sent)) assert.ok(error instanceof TimeoutError, String(error));
    }
  });

  it("is limited by the connection's commandTimeout", async () => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server, { commandTimeout: 20 });
    assert.ok((await rejection(connection.send(["PING"]))) instanceof TimeoutError);
  });

  it("has 5 s by default", async () => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server);
    const late = await rejection(connection.send(["PING"]));
    assert.ok(late instanceof TimeoutError);
    assert.match(late.message, /no reply within 5000 ms/);
  });

  it("does not time out if its reply arrived while the process was busy", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const reply = connection.send(["PING"], { timeout: 100 });
    await peer.received(1);
    peer.write("+PONG\r\n");
    const start = performance.now();
    while (performance.now() - start < 200);
    assert.equal(await reply, "PONG");
    assert.ok(connection.open);
  });
});

describe("a timeout that is infinite or too long for a timer", () => {
  for (const timeout of [Number.POSITIVE_INFINITY, 2 ** 40]) {
    it(`does not fire at once: ${timeout}`, async () => {
      await using server = await ScriptedServer.start();
      const { connection, peer } = await connect(server, {
        connectTimeout: timeout,
        commandTimeout: timeout,
      });
      const replies = [connection.send(["PING"]), connection.send(["PING"], { timeout })];
      await peer.received(2);
      for (let count = 0; count < 10; count++) await pause(2);
      peer.write("+OK\r\n+OK\r\n");
      assert.deepEqual(await Promise.all(replies), ["OK", "OK"]);
    });
  }
});

describe("an attempt to connect that takes too long", () => {
  it("rejects with a TimeoutError that names the address, and closes the socket", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const { host, port } = server.endpoint;
    // The TLS handshake never ends, because the server does not speak TLS.
    const attempt = rejection(Connection.open({ host, port, tls: true, connectTimeout: 500 }));
    const peer = await server.accept();
    const error = await attempt;
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, `${host}:${port}: connected, but no TLS handshake within 500 ms`);
    await peer.ended;
  });
});
