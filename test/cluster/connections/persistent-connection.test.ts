import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Connect } from "../../../src/cluster/connections/persistent-connection.ts";
import { ConnectionError, ProtocolError, ReplyError, TimeoutError } from "../../../src/resp/index.ts";
import { rejection, until } from "../../client/scripted.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";
import { connectTo } from "./links.ts";
import { send, stage, TestSubmission, used } from "./stage.ts";

const REASON = new Error("no longer wanted");

describe("a persistent connection", () => {
  it("is opened by the first command and shared by all", async () => {
    await using the = await stage();
    const { connection, server, reported } = the;
    assert.deepEqual([connection.connected, connection.pending, reported], [false, 0, []]);
    const answers = [1, 2, 3].map((n) => send(connection, "ECHO", n));
    const opened = connection.open();
    assert.equal(connection.pending, 3);
    const peer = await server.accept();
    assert.deepEqual(
      (await peer.received(3)).map(([, n]) => n),
      ["1", "2", "3"],
    );
    assert.deepEqual([connection.connected, connection.pending, reported], [true, 3, ["open"]]);
    peer.write(":1\r\n:2\r\n:3\r\n");
    assert.deepEqual(await Promise.all(answers), [1, 2, 3]);
    assert.equal(connection.pending, 0);
    assert.equal(await connection.open(), await opened);
    assert.equal(server.attempts, 1);
  });

  it("reports its loss and is reopened by the next command", async () => {
    await using the = await stage();
    const peer = await used(the);
    peer.socket.resetAndDestroy();
    await until(() => the.reported.length === 2);
    assert.ok(the.reported[1] instanceof ConnectionError);
    assert.equal(the.connection.connected, false);
    await used(the);
    assert.equal(the.reported[2], "open");
  });

  it("rejects all waiting commands if it cannot be opened; the next command tries again", async () => {
    let isFailing = true;
    await using server = await ScriptedServer.start();
    const connect = connectTo(server.endpoint);
    const failure = new ConnectionError("no");
    await using the = await stage({
      connect: (...args) => (isFailing ? Promise.reject(failure) : connect(...args)),
    });
    const { connection } = the;
    const calls = [connection.open(), send(connection, "PING"), send(connection, "PING")];
    assert.deepEqual(await Promise.all(calls.map(rejection)), [failure, failure, failure]);
    assert.deepEqual([connection.pending, the.reported], [0, []]);
    isFailing = false;
    assert.equal((await connection.open()).connection.open, true);
  });

  for (const failure of [
    new TimeoutError("no connection within 5 ms"),
    new ProtocolError("no HELLO"),
    new ReplyError("ERR max number of clients reached", "AUTH"),
  ])
    it(`fails waiting commands as not sent: ${failure.name}`, async () => {
      await using the = await stage({ connect: () => Promise.reject(failure) });
      assert.equal(await rejection(the.connection.open()), failure);
      const error = await rejection(send(the.connection, "NACK", "id"));
      assert.ok(error instanceof ConnectionError);
      assert.deepEqual([error.sent, error.cause, error.message], [false, failure, failure.message]);
    });

  it("still opens for other callers when one aborts", async () => {
    await using the = await stage();
    const controller = new AbortController();
    const aborted = rejection(the.connection.open(controller.signal));
    const answer = send(the.connection, "ECHO", 2);
    controller.abort(REASON);
    assert.equal(await aborted, REASON);
    const peer = await the.server.accept();
    assert.deepEqual(await peer.received(1), [["ECHO", "2"]]);
    peer.write(":2\r\n");
    assert.equal(await answer, 2);
  });

  it("does not send a command that was cancelled while it opened", async () => {
    await using the = await stage();
    const cancelled = new TestSubmission("ECHO", 1);
    the.connection.submit(cancelled);
    const answer = send(the.connection, "ECHO", 2);
    cancelled.isCancelled = true;
    const peer = await the.server.accept();
    assert.deepEqual(await peer.received(1), [["ECHO", "2"]]);
    peer.write(":2\r\n");
    assert.equal(await answer, 2);
    assert.equal(cancelled.submissions, 0);
  });

  it("reports no loss if it is lost during the handshake", async () => {
    const connect: Connect = async (_signal, onClose) => {
      onClose(new ConnectionError("lost"));
      throw new ConnectionError("lost");
    };
    await using the = await stage({ connect });
    assert.match(String(await rejection(the.connection.open())), /lost/);
    assert.deepEqual(the.reported, []);
  });
});
