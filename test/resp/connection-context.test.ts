// A connection serves many requests, so it must not keep any request's AsyncLocalStorage store.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Connection } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { rejection } from "./connect.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

describe("the store of a request", () => {
  it("is not visible in onClose, whatever ended the connection", async () => {
    const storage = new AsyncLocalStorage<string>();
    const ends: ((connection: Connection) => unknown)[] = [
      (connection) => connection.end(),
      (connection) => connection.destroy(),
      (connection) => rejection(connection.send(["PING"], { timeout: 20 })),
      (connection) => connection.send(["QUIT"]).catch(() => {}),
    ];
    for (const end of ends) {
      await using server = await ScriptedServer.start();
      const seen: unknown[] = [];
      await storage.run("request", async () => {
        const onClose = (): void => void seen.push(storage.getStore());
        const connection = await Connection.open({ ...server.endpoint, onClose });
        const peer = await server.accept();
        void peer.received(1).then(([command]) => command?.[0] === "QUIT" && peer.socket.end());
        await end(connection);
        await connection.closed;
      });
      assert.deepEqual(seen, [undefined]);
    }
  });

  it("is visible after awaiting a reply, but not in a receiver", async () => {
    const storage = new AsyncLocalStorage<string>();
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const connection = await storage.run("opener", () => Connection.open(server.endpoint));
    await storage.run("caller", async () => {
      await connection.send(["PING"]);
      assert.equal(storage.getStore(), "caller");
      const store = await new Promise((resolve, reject) =>
        connection.submit(["PING"], { onReply: () => resolve(storage.getStore()), onFailure: reject }),
      );
      assert.equal(store, undefined);
    });
  });

  it("can be collected while the connection opened and used in it is still open", async () => {
    const storage = new AsyncLocalStorage<object>();
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const request = async (): Promise<[Connection, WeakRef<object>]> => {
      const store = { request: 1 };
      return storage.run(store, async () => {
        const connection = await Connection.open({ host: "localhost", port: server.endpoint.port });
        await connection.send(["PING"]);
        return [connection, new WeakRef(store)];
      });
    };
    const [connection, store] = await request();
    for (let round = 0; round < 20 && store.deref() !== undefined; round++) {
      await pause(5);
      collect();
    }
    assert.equal(store.deref(), undefined);
    assert.ok(connection.open);
  });
});
