import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Argument, ReplyError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, connectOver, rejection } from "./connect.ts";

const echo = ([first]: string[]): string => `+${first}\r\n`;

/** Counts the writes of the socket's stream, each of one or several chunks. */
function countWrites(context: TestContext, socket: Socket): () => number {
  const { _write, _writev } = socket;
  assert.ok(_writev);
  const single = context.mock.fn(_write);
  const several = context.mock.fn(_writev);
  Object.assign(socket, { _write: single, _writev: several });
  return () => single.mock.callCount() + several.mock.callCount();
}

describe("a command", () => {
  it("resolves with its reply", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const reply = connection.send(["GETJOB", "FROM", "mail"]);
    assert.equal(connection.pending, 1);
    assert.deepEqual(await peer.received(1), [["GETJOB", "FROM", "mail"]]);
    peer.write("*1\r\n*3\r\n$4\r\nmail\r\n$1\r\nx\r\n$2\r\n\r\n\r\n");
    assert.deepEqual(await reply, [[Buffer.from("mail"), Buffer.from("x"), Buffer.from("\r\n")]]);
    assert.equal(connection.pending, 0);
    assert.ok(connection.open);
  });

  it("resolves with an error reply as a value", async () => {
    await using server = await ScriptedServer.start({ answer: () => "-PAUSED Queue paused\r\n" });
    const { connection } = await connect(server);
    const reply = await connection.send(["ADDJOB", "mail", "x", 0]);
    assert.ok(reply instanceof ReplyError);
    assert.equal(reply.code, "PAUSED");
  });

  it("rejects if an argument cannot be sent, without affecting other commands", async () => {
    await using server = await ScriptedServer.start({ answer: echo });
    const { connection, peer } = await connect(server);
    const before = connection.send(["before"]);
    const bad = rejection(connection.send(["bad", null] as unknown as Argument[]));
    const nan = rejection(connection.send(["bad", Number.NaN]));
    const none = rejection(connection.send([]));
    const after = connection.send(["after"]);
    assert.ok((await bad) instanceof TypeError);
    assert.ok((await nan) instanceof RangeError);
    assert.ok((await none) instanceof TypeError);
    assert.deepEqual(await Promise.all([before, after]), ["before", "after"]);
    assert.deepEqual(peer.commands, [["before"], ["after"]]);
  });

  it("may be sent as soon as a reply arrives", async () => {
    await using server = await ScriptedServer.start({ answer: echo });
    const { connection } = await connect(server);
    const chain = async (name: string): Promise<string[]> => {
      const replies: string[] = [];
      for (let step = 0; step < 20; step++) replies.push(String(await connection.send([`${name}${step}`])));
      return replies;
    };
    const expected = (name: string): string[] => Array.from({ length: 20 }, (_, step) => `${name}${step}`);
    const chains = await Promise.all([chain("a"), chain("b"), chain("c")]);
    assert.deepEqual(chains, [expected("a"), expected("b"), expected("c")]);
  });
});

describe("the commands of one turn of the event loop", () => {
  it("are sent in one write, even with promises and ticks between them", async (context) => {
    await using server = await ScriptedServer.start({ answer: echo });
    const { connection, peer, socket } = await connectOver(server);
    const writes = countWrites(context, socket);
    const sent: Promise<unknown>[] = [];
    const send = (name: string): void => {
      sent.push(connection.send([name]));
    };
    send("now");
    process.nextTick(send, "tick");
    queueMicrotask(() => send("microtask"));
    for (let step = 0; step < 10; step++) {
      await Promise.resolve();
      send(`continuation ${step}`);
    }
    assert.equal(peer.chunks.length, 0);
    const commands = await peer.received(13);
    assert.equal(writes(), 1);
    assert.equal(peer.chunks.length, 1);
    assert.deepEqual(
      await Promise.all(sent),
      commands.map(([name]) => name),
    );
  });

  it("are sent in one write even with large bodies among them", async (context) => {
    await using server = await ScriptedServer.start({ answer: echo });
    const { connection, socket } = await connectOver(server);
    const writes = countWrites(context, socket);
    const body = Buffer.alloc(50_000, "\r\n");
    const replies = await Promise.all([
      connection.send(["a"]),
      connection.send(["b", body, body]),
      connection.send(["c", body.toString()]),
    ]);
    assert.equal(writes(), 1);
    assert.deepEqual(replies, ["a", "b", "c"]);
  });

  it("do not wait for commands of the next turn", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const first = rejection(connection.send(["first"]));
    await peer.received(1);
    const second = rejection(connection.send(["second"]));
    await peer.received(2);
    assert.equal(peer.chunks.length, 2);
    connection.destroy();
    await Promise.all([first, second]);
  });
});

describe("replies", () => {
  it("reach their commands in order, however the stream is split", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    peer.socket.setNoDelay(true);
    const sent = Array.from({ length: 100 }, (_, index) => connection.send(["ECHO", index]));
    await peer.received(100);
    const stream = Array.from({ length: 100 }, (_, index) => `*2\r\n$1\r\n\r\r\n:${index}\r\n`).join("");
    for (let at = 0; at < stream.length; at += 7) {
      peer.write(stream.slice(at, at + 7));
      await turn();
    }
    assert.deepEqual(
      await Promise.all(sent),
      Array.from({ length: 100 }, (_, index) => [Buffer.from("\r"), index]),
    );
  });

  it("reach ten thousand commands in flight", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const numbers = Array.from({ length: 10_000 }, (_, index) => index);
    const sent = numbers.map((number) => connection.send(["ECHO", number]));
    assert.equal(connection.pending, 10_000);
    await peer.received(10_000);
    peer.write(numbers.map((number) => `:${number}\r\n`).join(""));
    assert.deepEqual(await Promise.all(sent), numbers);
    assert.equal(connection.pending, 0);
  });

  it("may be larger than one read of a socket", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const body = Buffer.alloc(5_000_000, "0123456789\r\n");
    const sent = Promise.all([connection.send(["GETJOB"]), connection.send(["PING"])]);
    await peer.received(2);
    peer.write(Buffer.concat([Buffer.from(`$${body.length}\r\n`), body, Buffer.from("\r\n+PONG\r\n")]));
    const [received, pong] = await sent;
    assert.ok(Buffer.isBuffer(received) && received.equals(body));
    assert.equal(pong, "PONG");
  });
});

describe("a server that does not read", () => {
  it("is not sent more than its socket buffers, and answers everything once it reads again", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+OK\r\n" });
    const { connection, peer, socket } = await connectOver(server);
    peer.socket.pause();
    const body = Buffer.alloc(4096, "x");
    const batch = 100 * (4096 + 64);
    const sent: Promise<unknown>[] = [];
    for (let round = 0; round < 60; round++) {
      for (let index = 0; index < 100; index++) sent.push(connection.send(["ADDJOB", "mail", body, 0]));
      await turn();
      assert.ok(socket.writableLength <= batch, `${socket.writableLength} bytes in round ${round}`);
    }
    assert.ok(socket.writableNeedDrain, "the socket's buffer filled up");
    peer.socket.resume();
    const replies = await Promise.all(sent);
    assert.equal(replies.length, 6000);
    assert.ok(replies.every((reply) => reply === "OK"));
    assert.equal(socket.writableLength, 0);
  });
});
