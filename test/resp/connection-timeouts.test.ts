import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { describe, it } from "node:test";
import { Connection, ConnectionError, TimeoutError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

const LONGEST_DELAY = 2 ** 31 - 1;

describe("a command that is not answered in time", () => {
  it("ends the connection: it rejects with a TimeoutError, the others with a ConnectionError", async () => {
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

  it("is bounded by the connection's commandTimeout", async () => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server, { commandTimeout: 20 });
    assert.ok((await rejection(connection.send(["PING"]))) instanceof TimeoutError);
  });

  it("has 5 s by default", async (context) => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server);
    const timers = context.mock.method(globalThis, "setTimeout");
    const lost = rejection(connection.send(["PING"]));
    const delay = Number(timers.mock.calls[0]?.arguments[1]);
    assert.ok(delay > 4_000 && delay <= 5_000, `${delay} ms`);
    connection.destroy();
    await lost;
  });

  it("is given the rest of its time when the timer fires early", async (context) => {
    await using server = await ScriptedServer.start();
    const { connection } = await connect(server);
    const real = globalThis.setTimeout;
    const timers = context.mock.method(globalThis, "setTimeout", (fire: () => void) => real(fire, 0), {
      times: 1,
    });
    const asked = performance.now();
    assert.ok((await rejection(connection.send(["PING"], { timeout: 50 }))) instanceof TimeoutError);
    assert.ok(performance.now() - asked >= 50);
    assert.ok(timers.mock.callCount() >= 1);
  });

  it("is not overdue when its reply had come while the process was busy", async (context) => {
    const path = join(tmpdir(), `disque-busy-${process.pid}.sock`);
    await rm(path, { force: true });
    await using server = await ScriptedServer.start({ path });
    const [connection, peer] = await Promise.all([Connection.open({ path }), server.accept()]);
    const timers = context.mock.method(globalThis, "setTimeout");
    const reply = connection.send(["PING"], { timeout: 60_000 });
    const fire = timers.mock.calls[0]?.arguments[0];
    assert.ok(fire);
    await peer.received(1);
    // In the phase of the event loop that runs timers: the answer comes, a minute of work passes, the timer is due.
    timers.mock.restore();
    const { now } = performance;
    setTimeout(() => {
      peer.write("+PONG\r\n");
      context.mock.method(performance, "now", () => now.call(performance) + 60_001);
      fire();
    }, 0);
    assert.equal(await reply, "PONG");
    assert.ok(connection.open);
    await connection.end();
  });
});

describe("a timeout without bound", () => {
  it("of a command sets no timer", async (context) => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const { connection } = await connect(server, { commandTimeout: Number.POSITIVE_INFINITY });
    const timers = context.mock.method(globalThis, "setTimeout");
    assert.equal(await connection.send(["PING"]), "OK");
    assert.equal(timers.mock.callCount(), 0);
  });

  it("or beyond what a timer can wait does not fire at once", async (context) => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const timers = context.mock.method(globalThis, "setTimeout");
    for (const connectTimeout of [2 ** 40, Number.POSITIVE_INFINITY]) {
      const { connection } = await connect(server, { connectTimeout, commandTimeout: 2 ** 40 });
      assert.equal(await connection.send(["PING"]), "OK");
      connection.destroy();
      await connection.closed;
    }
    assert.deepEqual(
      timers.mock.calls.map((call) => call.arguments[1]),
      [LONGEST_DELAY, LONGEST_DELAY, LONGEST_DELAY, LONGEST_DELAY],
    );
  });
});

describe("an attempt to connect that takes too long", () => {
  it("rejects with a TimeoutError that names the address, and its socket is closed", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const { host, port } = server.endpoint;
    // The handshake of TLS never ends: the server speaks none.
    const attempt = rejection(Connection.open({ host, port, tls: true, connectTimeout: 20 }));
    const peer = await server.accept();
    const error = await attempt;
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, `${host}:${port}: connected, but no TLS handshake within 20 ms`);
    await peer.ended;
  });
});
