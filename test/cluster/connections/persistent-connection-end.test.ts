import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redactorFor } from "../../../src/cluster/connections/handshake.ts";
import type { PersistentConnection } from "../../../src/cluster/connections/persistent-connection.ts";
import { ClosedError, Connection, ConnectionError } from "../../../src/resp/index.ts";
import { rejection } from "../../client/scripted.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";
import { send, stage } from "./stage.ts";

describe("ending a persistent connection", () => {
  it("waits for the replies in flight and accepts no more commands", async () => {
    await using the = await stage();
    const answer = send(the.connection, "ECHO", 1);
    const peer = await the.server.accept();
    await peer.received(1);
    const ended = the.connection.end();
    peer.write(":1\r\n");
    assert.equal(await answer, 1);
    await ended;
    await peer.ended;
    assert.ok((await rejection(send(the.connection, "PING"))) instanceof ClosedError);
    assert.deepEqual(the.reported, ["open"]);
  });

  it("opens nothing if it was never open", async () => {
    await using the = await stage();
    await the.connection.end();
    assert.ok((await rejection(the.connection.open())) instanceof ClosedError);
    assert.deepEqual(the.reported, []);
  });

  it("gives up an attempt to connect without waiting for the node", async () => {
    await using the = await stage({ connect: (signal) => aborted(signal) });
    const opening = rejection(the.connection.open());
    await the.connection.end();
    assert.ok((await opening) instanceof ClosedError);
  });
});

describe("destroying a persistent connection", () => {
  it("rejects the commands in flight at once and reports no loss", async () => {
    await using the = await stage();
    const answer = rejection(send(the.connection, "ECHO", 1));
    const peer = await the.server.accept();
    await peer.received(1);
    the.connection.destroy(new ClosedError("destroyed"));
    const error = await answer;
    assert.ok(error instanceof ConnectionError && error.sent);
    await peer.ended;
    assert.deepEqual(the.reported, ["open"]);
    assert.ok((await rejection(the.connection.open())) instanceof ClosedError);
  });

  it("gives up an attempt to connect, for all calls that wait for it", async () => {
    const reason = new ClosedError("destroyed");
    await using the = await stage({ connect: (signal) => aborted(signal) });
    const calls = [the.connection.open(), send(the.connection, "PING")].map(rejection);
    the.connection.destroy(reason);
    assert.deepEqual(await Promise.all(calls), [reason, reason]);
  });
});

describe("a persistent connection that is ended or destroyed while it opens", () => {
  const endings: readonly (readonly [how: string, end: (connection: PersistentConnection) => void])[] = [
    ["destroyed", (connection) => connection.destroy(new ClosedError("destroyed"))],
    ["ended", (connection) => void connection.end()],
  ];
  for (const [how, end] of endings)
    it(`is closed at once: ${how}`, async () => {
      await using server = await ScriptedServer.start();
      const connection = await Connection.open(server.endpoint);
      let finish = (): void => {};
      await using the = await stage({
        connect: () =>
          new Promise((resolve) => {
            finish = () =>
              resolve({
                connection,
                hello: { version: 1, id: "", nodes: [] },
                dialect: "disque",
                redactor: redactorFor(undefined),
              });
          }),
      });
      const opening = rejection(the.connection.open());
      finish();
      end(the.connection);
      assert.ok((await opening) instanceof ClosedError);
      await connection.closed;
      assert.deepEqual(the.reported, []);
    });
});

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
