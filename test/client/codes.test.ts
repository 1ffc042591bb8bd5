import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ClosedError,
  ConnectionError,
  Disque,
  DisqueError,
  OverloadError,
  ProtocolError,
  ReplyError,
  TimeoutError,
} from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { NOBODY, rejection, scriptedNode } from "./scripted.ts";

async function assertCode(call: Promise<unknown>, type: unknown, code: string): Promise<void> {
  const error = await rejection(call);
  assert.ok(error instanceof DisqueError && error instanceof (type as typeof DisqueError), String(error));
  assert.equal(error.code, code);
}

describe("the code of an error that a call rejects with", () => {
  it("is the first word of a server error", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await disque.pause("q", "in");
    await assertCode(disque.addJob("q", "body"), ReplyError, "PAUSED");
    await assertCode(disque.addJob("other", "body", { replicate: 2 }), ReplyError, "NOREPL");
    await assertCode(disque.working("D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1"), ReplyError, "NOJOB");
    await assertCode(disque.call("NOSUCH"), ReplyError, "ERR");
  });

  it("is CONNECTION if the node cannot be reached or the connection is lost", async () => {
    await using lost = new Disque(NOBODY, { failoverTimeout: 0 });
    await assertCode(lost.ping(), ConnectionError, "CONNECTION");
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    const call = assertCode(disque.call("PING"), ConnectionError, "CONNECTION");
    const peer = await node.server.accept();
    await peer.received(2);
    peer.socket.destroy();
    await call;
  });

  it("is TIMEOUT for an overdue reply and PROTOCOL for an invalid one", async () => {
    await using silent = await scriptedNode();
    await using patient = new Disque(silent.address, { commandTimeout: 50, failoverTimeout: 0 });
    await assertCode(patient.call("PING"), TimeoutError, "TIMEOUT");
    await assertCode(patient.ping("x", { commandTimeout: 10 }), TimeoutError, "TIMEOUT");
    await using mad = await scriptedNode(() => ":5\r\n");
    await using disque = new Disque(mad.address);
    await assertCode(disque.ping(), ProtocolError, "PROTOCOL");
  });

  it("is CLOSED after close() and destroy(), and OVERLOAD for too many calls", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address, { maxPending: 1 });
    const first = assertCode(disque.qlen("q"), ClosedError, "CLOSED");
    await assertCode(disque.qlen("q"), OverloadError, "OVERLOAD");
    await (await node.server.accept()).received(2);
    disque.destroy();
    await first;
    await assertCode(disque.qlen("q"), ClosedError, "CLOSED");
  });
});
