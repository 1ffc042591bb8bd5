// Replies that no command asked for, more replies than commands, and replies after the end.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ConnectionError, Disque, type DisqueError, ProtocolError } from "../../src/index.ts";
import { array, HELLO, jobs, rejection, scriptedNode, until } from "../client/scripted.ts";
import { connect } from "../resp/connect.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { flood } from "./flood.ts";
import { held, MIB } from "./memory.ts";

const UNASKED = /received a reply that no command asked for/;

describe("a reply that no command asked for", () => {
  it("ends an idle connection at once, even if millions follow", async () => {
    await using server = await ScriptedServer.start();
    const endings: (DisqueError | undefined)[] = [];
    const { connection, peer } = await connect(server, { onClose: (error) => endings.push(error) });
    const before = await held();
    const sent = await flood(peer.socket, Buffer.from("+PONG\r\n".repeat(10_000)), 200 * MIB);
    await connection.closed;
    assert.ok(sent < 16 * MIB, `${sent} bytes were taken`);
    assert.equal(endings.length, 1);
    assert.ok(endings[0] instanceof ProtocolError);
    assert.match(endings[0].message, UNASKED);
    const more = (await held()) - before;
    assert.ok(more < 8 * MIB, `${more} bytes are held`);
  });

  it("ends a client's connection, which emits an event, and the next call opens a new one", async () => {
    await using node = await scriptedNode(() => "+PONG\r\n");
    await using disque = new Disque(node.address);
    const errors: DisqueError[] = [];
    disque.on("disconnect", (_node, error) => errors.push(error));
    await disque.connect();
    const peer = await node.server.accept();
    peer.write(":1\r\n");
    await peer.ended;
    await until(() => errors.length === 1);
    assert.match(String(errors[0]), UNASKED);
    assert.equal(await disque.ping(), "PONG");
    assert.equal(errors.length, 1);
  });

  it("is not taken for the reply to the handshake", async () => {
    await using server = await ScriptedServer.start();
    await using disque = new Disque(server.endpoint, { failoverTimeout: 0 });
    const outcome = rejection(disque.ping());
    const peer = await server.accept();
    peer.write("+OK ready\r\n+OK\r\n+OK\r\n");
    const error = await outcome;
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, UNASKED);
  });

  it("ends the connection if it follows a correct HELLO reply", async () => {
    await using server = await ScriptedServer.start({ answer: () => `${HELLO}+OK\r\n` });
    await using disque = new Disque(server.endpoint, { failoverTimeout: 0 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError, String(error));
    assert.ok(!error.sent);
  });
});

describe("more replies than commands", () => {
  it("end the connection after each call got its own reply, and the next connection starts clean", async () => {
    await using node = await scriptedNode(() => "");
    await using disque = new Disque(node.address);
    const calls = [disque.qlen("a"), disque.qlen("b")];
    const peer = await node.server.accept();
    await peer.received(3);
    peer.write(":1\r\n:2\r\n:3\r\n:4\r\n");
    assert.deepEqual(await Promise.all(calls), [1, 2]);
    await peer.ended;
    const next = disque.qlen("c");
    const second = await node.server.accept();
    await second.received(2);
    second.write(":5\r\n");
    assert.equal(await next, 5);
  });

  it("on the connection of a waiting getJob are not given to the next one", async () => {
    const replies = [jobs("D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1").repeat(3)];
    await using node = await scriptedNode(([command]) => (command === "GETJOB" ? (replies.pop() ?? "") : ""));
    await using disque = new Disque(node.address);
    assert.equal((await disque.getJob("mail")).length, 1);
    const controller = new AbortController();
    const waiting = rejection(disque.getJob("mail", { signal: controller.signal }));
    const peers = [await node.server.accept(), await node.server.accept(), await node.server.accept()];
    await peers[1]?.ended;
    await peers[2]?.received(2);
    controller.abort();
    peers[2]?.socket.end();
    await waiting;
  });

  it("with more jobs than asked for are an error, and no job is handled", async () => {
    const id = (n: number): string => `D-0123abcd-ABCDEFGHIJKLMNOPQRSTUV${String(n).padStart(2, "0")}-05a1`;
    const many = jobs(...Array.from({ length: 3 }, (_, n) => id(n)));
    await using node = await scriptedNode(([command]) => (command === "GETJOB" ? many : ""));
    await using disque = new Disque(node.address, { failoverTimeout: 0 });
    for (const call of [
      () => disque.getJob("mail", { count: 2 }),
      () => disque.getJob("mail"),
      () => disque.getJob("mail", { nohang: true }),
      () => disque.getJob("mail", { count: 2, withCounters: true }),
    ]) {
      const error = await rejection(call());
      assert.ok(error instanceof ProtocolError, String(error));
      assert.match(error.message, /expected at most [12] jobs, got 3/);
    }
    assert.equal((await disque.getJob("mail", { count: 3 })).length, 3);
  });
});

describe("replies after the end", () => {
  for (const [name, act] of [
    ["end()", (connection) => void connection.end()],
    ["destroy()", (connection) => connection.destroy()],
  ] satisfies [string, (connection: Awaited<ReturnType<typeof connect>>["connection"]) => void][]) {
    it(`are not read, however many: ${name}`, async () => {
      await using server = await ScriptedServer.start();
      const endings: unknown[] = [];
      const { connection, peer } = await connect(server, { onClose: (error) => endings.push(error) });
      const before = await held();
      act(connection);
      await Promise.all([
        flood(peer.socket, Buffer.from("+PONG\r\n".repeat(10_000)), 200 * MIB),
        peer.closed,
      ]);
      await connection.closed;
      assert.equal(endings.length, 1);
      assert.ok(!(endings[0] instanceof ProtocolError));
      const more = (await held()) - before;
      assert.ok(more < 8 * MIB, `${more} bytes are held`);
    });
  }

  it("have no effect on a client that was closed or destroyed", async () => {
    for (const finish of [(disque: Disque) => disque.close(), async (disque: Disque) => disque.destroy()]) {
      await using node = await scriptedNode();
      const disque = new Disque(node.address);
      await disque.connect();
      const peer = await node.server.accept();
      const told: unknown[] = [];
      for (const event of ["disconnect", "connect", "orphan"] as const)
        disque.on(event, (...args: unknown[]) => told.push(event, ...args));
      const finished = finish(disque);
      peer.write(array(array("+x\r\n")).repeat(100));
      await Promise.all([finished, peer.ended]);
      await turn();
      assert.deepEqual(
        told.filter((what) => what === "orphan" || what === "connect"),
        [],
      );
    }
  });
});
