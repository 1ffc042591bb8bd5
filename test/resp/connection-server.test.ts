// What a server may do to a connection, by accident or on purpose.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Connection,
  ConnectionError,
  type ConnectionOptions,
  ProtocolError,
  ReplyError,
} from "../../src/resp/index.ts";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";
import { connect, connectOver, rejection } from "./connect.ts";

/** Sends three commands, lets the server act, and returns the outcomes of the commands. */
async function outcomes(
  act: (peer: Peer) => void,
  options: ConnectionOptions = {},
): Promise<{ connection: Connection; results: unknown[]; closings: unknown[] }> {
  await using server = await ScriptedServer.start();
  const closings: unknown[] = [];
  const { connection, peer } = await connect(server, {
    ...options,
    onClose: (error) => closings.push(error),
  });
  const sent = ["one", "two", "three"].map((name) =>
    connection.send([name]).catch((reason: unknown) => reason),
  );
  await peer.received(3);
  act(peer);
  const results = await Promise.all(sent);
  await connection.closed;
  return { connection, results, closings };
}

function assertLost(error: unknown, message: RegExp): void {
  assert.ok(error instanceof ConnectionError, String(error));
  assert.match(error.message, message);
  assert.equal(error.sent, true);
}

describe("a server that closes", () => {
  it("causes all unanswered commands to reject", async () => {
    const { results, closings } = await outcomes((peer) => peer.socket.end("+1\r\n"));
    assert.equal(results[0], "1");
    assertLost(results[1], /closed by the server/);
    assertLost(results[2], /closed by the server/);
    assert.equal(closings.length, 1);
    assertClosedByServer(closings[0]);
  });

  it("in the middle of a reply causes the same", async () => {
    const { results } = await outcomes((peer) => peer.socket.end("+1\r\n*2\r\n$5\r\nhel"));
    assert.equal(results[0], "1");
    assertLost(results[1], /closed by the server/);
    assertLost(results[2], /closed by the server/);
  });

  it("with a reset is reported with that reason", async () => {
    const { results, closings } = await outcomes((peer) => peer.socket.resetAndDestroy());
    for (const result of results) {
      assertLost(result, /127\.0\.0\.1:\d+: .*ECONNRESET/);
      assert.equal((result as ConnectionError & { cause: NodeJS.ErrnoException }).cause.code, "ECONNRESET");
    }
    assert.equal(closings.length, 1);
  });

  it("while nothing is pending is reported to onClose only", async () => {
    await using server = await ScriptedServer.start();
    const closings: unknown[] = [];
    const { connection, peer } = await connect(server, { onClose: (error) => closings.push(error) });
    peer.socket.end();
    await connection.closed;
    assert.equal(closings.length, 1);
    assertClosedByServer(closings[0]);
    const late = await rejection(connection.send(["PING"]));
    assert.ok(late instanceof ConnectionError);
    assert.equal(late.sent, false);
  });
});

function assertClosedByServer(error: unknown): void {
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, /closed by the server/);
}

describe("a server that sends invalid RESP", () => {
  it("loses its connection: the command being answered gets a ProtocolError, the others a ConnectionError", async () => {
    const { results, closings } = await outcomes((peer) =>
      peer.write("+1\r\nHTTP/1.1 200 OK\r\n+3\r\n+4\r\n"),
    );
    assert.equal(results[0], "1");
    assert.ok(results[1] instanceof ProtocolError);
    assert.match(results[1].message, /^127\.0\.0\.1:\d+: a reply cannot begin with the byte 72$/);
    assertLost(results[2], /cannot begin/);
    assert.ok((results[2] as Error).cause instanceof ProtocolError);
    assert.deepEqual(closings, [results[1]]);
  });

  const beyond: [string, ConnectionOptions, string][] = [
    ["maxDepth", { maxDepth: 1 }, "*1\r\n*1\r\n"],
    ["maxElements", { maxElements: 2 }, "*3\r\n"],
    ["maxBulkLength", { maxBulkLength: 2 }, "$3\r\n"],
    ["maxLineLength", { maxLineLength: 9 }, "+0123456789"],
  ];
  for (const [limit, options, bytes] of beyond) {
    it(`loses its connection when a reply exceeds ${limit}`, async () => {
      const { connection, results, closings } = await outcomes((peer) => peer.write(bytes), options);
      assert.ok(results[0] instanceof ProtocolError);
      assertLost(results[1], /./);
      assertLost(results[2], /./);
      assert.equal(connection.pending, 0);
      assert.deepEqual(closings, [results[0]]);
    });
  }
});

describe("data received after end()", () => {
  it("is ignored, whether valid or not", async () => {
    await using server = await ScriptedServer.start();
    const closings: unknown[] = [];
    const { connection, socket } = await connectOver(server, { onClose: (error) => closings.push(error) });
    const ended = connection.end();
    socket.emit("data", Buffer.from("+late\r\n?\r\n"));
    await ended;
    assert.deepEqual(closings, [undefined]);
  });
});

describe("a reply that no command asked for", () => {
  it("destroys the connection, and the data behind it is ignored", async () => {
    const { results, closings } = await outcomes((peer) =>
      peer.write("+1\r\n+2\r\n-ERR 3\r\n+4\r\n+5\r\n?\r\n"),
    );
    assert.deepEqual(results, ["1", "2", new ReplyError("ERR 3")]);
    assert.equal(closings.length, 1);
    assert.ok(closings[0] instanceof ProtocolError);
    assert.match(closings[0].message, /no command asked for/);
  });

  for (const [what, bytes] of [
    ["a reply", "+stray\r\n"],
    ["something malformed", "stray\r\n"],
  ] as const) {
    it(`is not taken for the reply to an unsent command: ${what}`, async () => {
      await using server = await ScriptedServer.start();
      const { connection, peer, socket } = await connectOver(server);
      const unsent = rejection(connection.send(["PING"]));
      socket.emit("data", Buffer.from(bytes));
      const lost = await unsent;
      assert.ok(lost instanceof ConnectionError, String(lost));
      assert.equal(lost.sent, false);
      assert.ok(lost.cause instanceof ProtocolError);
      await peer.ended;
      assert.deepEqual(peer.commands, []);
    });
  }
});
