import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Connection, type Signal } from "../../src/resp/index.ts";
import { onAbort } from "../../src/resp/signals.ts";
import { sleep } from "../../src/resp/timers.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

/** The minimum of an `AbortSignal` that a polyfill may provide. */
class ForeignSignal implements Signal {
  aborted = false;
  reason: unknown;
  readonly listeners: Set<() => void> = new Set();

  addEventListener(_type: "abort", listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.listeners.delete(listener);
  }

  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.listeners) listener();
  }
}

describe("a signal that is not Node's", () => {
  it("aborts a command", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const signal = new ForeignSignal();
    const answered = connection.send(["PING"], { signal });
    const aborted = rejection(connection.send(["TIME"], { signal }));
    await peer.received(2);
    peer.write("+PONG\r\n");
    assert.equal(await answered, "PONG");
    assert.equal(signal.listeners.size, 1);
    signal.abort("enough");
    assert.equal(await aborted, "enough");
    assert.equal(signal.listeners.size, 0);
    assert.equal(await rejection(connection.send(["PING"], { signal })), "enough");
  });

  it("aborts an attempt to connect and a pause", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const signal = new ForeignSignal();
    const attempt = rejection(Connection.open({ ...server.endpoint, tls: true, signal }));
    const pause = rejection(sleep(60_000, signal));
    await server.accept();
    signal.abort("enough");
    assert.equal(await attempt, "enough");
    assert.equal(await pause, "enough");
    assert.equal(signal.listeners.size, 0);
  });

  it("ends what it aborts with an AbortError if it has no reason", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const signal = new ForeignSignal();
    const { connection } = await connect(server);
    const ended = [
      connection.send(["PING"], { signal }),
      Connection.open({ ...server.endpoint, tls: true, signal }),
      sleep(60_000, signal),
    ].map(rejection);
    signal.abort(undefined);
    const late = [
      connection.send(["PING"], { signal }),
      Connection.open({ ...server.endpoint, signal }),
      sleep(60_000, signal),
    ].map(rejection);
    for (const error of await Promise.all([...ended, ...late]))
      assert.ok(error instanceof DOMException && error.name === "AbortError", String(error));
    connection.destroy();
  });

  it("is accepted even if the global EventTarget is not Node's, as in jsdom", (t) => {
    const { EventTarget: original } = globalThis;
    t.after(() => Object.assign(globalThis, { EventTarget: original }));
    Object.assign(globalThis, { EventTarget: ForeignSignal });
    const signal = new ForeignSignal();
    assert.ok(signal instanceof EventTarget);
    let calls = 0;
    onAbort(signal, () => calls++);
    signal.abort("enough");
    signal.abort("enough");
    assert.equal(calls, 1);
  });
});
