// Nodes that accept connections and send nothing, or too little: each wait ends, in any state of the client.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { ClosedError, ConnectionError, Disque, TimeoutError } from "../../src/index.ts";
import { HELLO, rejection, scriptedNode } from "../client/scripted.ts";
import { makeCertificate } from "../support/certificate.ts";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";

const TIMEOUT = 500;

/** Writes the text over and over, one byte at a time, each well within the timeout, until the other side is gone. */
function dribble(peer: Peer, text: string): void {
  let at = 0;
  const timer = setInterval(() => peer.write(text[at++ % text.length] ?? ""), TIMEOUT / 6);
  peer.socket.once("close", () => clearInterval(timer));
  peer.socket.once("end", () => {
    clearInterval(timer);
    peer.socket.end();
  });
}

/** The error of a new client's first call. */
async function handshake(server: ScriptedServer, onPeer: (peer: Peer) => void): Promise<ConnectionError> {
  await using disque = new Disque(server.endpoint, { connectTimeout: TIMEOUT, failoverTimeout: 0 });
  const outcome = rejection(disque.ping());
  onPeer(await server.accept());
  const error = await outcome;
  assert.ok(error instanceof ConnectionError, String(error));
  assert.ok(error.errors[0] instanceof TimeoutError, String(error.errors[0]));
  return error;
}

describe("a handshake as a whole is limited by connectTimeout", () => {
  it("if the node sends nothing", async () => {
    await using server = await ScriptedServer.start();
    assert.match((await handshake(server, () => {})).message, /no reply within \d+ ms/);
  });

  it("if it answers byte by byte, each in time", async () => {
    await using server = await ScriptedServer.start();
    assert.match((await handshake(server, (peer) => dribble(peer, HELLO))).message, /no reply within \d+ ms/);
  });

  it("if a line never ends", async () => {
    await using server = await ScriptedServer.start();
    assert.match((await handshake(server, (peer) => dribble(peer, "+OK"))).message, /no reply within \d+ ms/);
  });

  it("if the TLS handshake never completes", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const { cert: ca } = makeCertificate();
    const options = { tls: { ca }, connectTimeout: TIMEOUT, failoverTimeout: 0 };
    await using disque = new Disque(server.endpoint, options);
    const outcome = rejection(disque.ping());
    dribble(await server.accept(), "\x16\x03\x03\x40\x00");
    const error = await outcome;
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /no TLS handshake within|SSL routines/);
  });

  it("and is retried only after pauses, until failoverTimeout", async () => {
    await using server = await ScriptedServer.start();
    await using disque = new Disque(server.endpoint, { connectTimeout: TIMEOUT, failoverTimeout: 2_000 });
    const outcome = rejection(disque.ping());
    assert.ok((await outcome) instanceof ConnectionError);
    // In 2,000 ms there are at most 2,000 / (500 + 50) attempts, and one more that started in time.
    assert.ok(server.attempts >= 1 && server.attempts <= 5, String(server.attempts));
  });
});

describe("a reply is overdue after commandTimeout", () => {
  it("even if it has begun to arrive, and so are the replies behind it", async () => {
    await using node = await scriptedNode();
    // Long enough for the two replies to arrive while the machine is busy.
    await using disque = new Disque(node.address, { commandTimeout: 1_000, failoverTimeout: 0 });
    await disque.connect();
    const calls = Array.from({ length: 5 }, (_, at) => disque.call("ECHO", at));
    const outcomes = Promise.allSettled(calls);
    const peer = await node.server.accept();
    await peer.received(6);
    peer.write("+0\r\n+1\r\n$5\r\nab");
    const settled = await outcomes;
    assert.deepEqual(
      settled.slice(0, 2).map((outcome) => outcome.status === "fulfilled" && outcome.value),
      ["0", "1"],
    );
    for (const outcome of settled.slice(2)) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof TimeoutError, inspect(outcome));
      assert.match(outcome.reason.message, /no reply within 1000 ms/);
    }
  });

  it("for a waiting getJob two seconds after its own timeout", async () => {
    await using node = await scriptedNode();
    const options = { commandTimeout: TIMEOUT, failoverTimeout: 0 };
    await using disque = new Disque(node.address, options);
    const overdue = rejection(disque.getJob("mail", { timeout: 20 }));
    await node.server.accept();
    const peer = await node.server.accept();
    await peer.received(2);
    peer.write("*1\r\n*3\r\n$4\r\nmail");
    const error = await overdue;
    assert.ok(error instanceof ConnectionError, String(error));
    assert.match(error.message, /no reply within 2020 ms/);
  });

  it("during close(), which then ends", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address, { commandTimeout: TIMEOUT, failoverTimeout: 0 });
    await disque.connect();
    const overdue = rejection(disque.call("PING"));
    const peer = await node.server.accept();
    await peer.received(2);
    const closed = disque.close();
    peer.write("+PON");
    assert.ok((await overdue) instanceof TimeoutError);
    await closed;
  });
});

describe("a getJob that is aborted or closed at a node that never completes its reply", () => {
  it("rejects at once, and close() ends when the reply is overdue", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address, { commandTimeout: TIMEOUT });
    const controller = new AbortController();
    const aborted = rejection(disque.getJob("mail", { signal: controller.signal }));
    await node.server.accept();
    const waiting = await node.server.accept();
    await waiting.received(2);
    controller.abort("enough");
    assert.equal(await aborted, "enough");
    await disque.close();
    await waiting.ended;
  });

  it("is dropped after the timeout of close(), even if bytes keep arriving", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address);
    const waiting = rejection(disque.getJob("mail"));
    await node.server.accept();
    const peer = await node.server.accept();
    await peer.received(2);
    dribble(peer, "*1\r\n*3\r\n$100000\r\n");
    await disque.close({ timeout: 5 * TIMEOUT });
    assert.ok((await waiting) instanceof ClosedError);
    await peer.closed;
  });
});
