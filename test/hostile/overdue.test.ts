import "../support/fake-clock.ts";
import assert from "node:assert/strict";
import { it } from "node:test";
import { ConnectionError, Disque, TimeoutError } from "../../src/index.ts";
import { rejection, scriptedNode } from "../client/scripted.ts";
import { pass } from "../support/fake-clock.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

it("a handshake fails after connectTimeout, even if each of its steps was answered in time", async () => {
  await using server = await ScriptedServer.start();
  await using disque = new Disque(server.endpoint, { connectTimeout: 60_000, failoverTimeout: 0 });
  const outcome = rejection(disque.ping());
  const peer = await server.accept();
  await peer.received(1);
  pass(59_900);
  // Redis with the module gets another command, for which 100 ms are left.
  peer.write("*2\r\n$6\r\nserver\r\n$5\r\nredis\r\n");
  await peer.received(2);
  pass(100);
  const error = await outcome;
  assert.ok(error instanceof ConnectionError);
  assert.ok(error.errors[0] instanceof TimeoutError);
  assert.match(error.message, /no reply within 60000 ms/);
  assert.deepEqual(peer.commands, [["HELLO"], ["CLUSTER", "NODES"]]);
});

it("a connection is lost if the reply to the PING of an idle connection is overdue", async () => {
  await using node = await scriptedNode();
  await using disque = new Disque(node.address);
  await disque.connect();
  const lost = new Promise<unknown>((resolve) => disque.once("disconnect", (_node, error) => resolve(error)));
  const peer = await node.server.accept();
  pass(10_000);
  assert.deepEqual((await peer.received(2))[1], ["PING"]);
  pass(9_900);
  await turns();
  assert.ok(disque.connectedNode);
  pass(200);
  assert.ok((await lost) instanceof TimeoutError);
});

it("a silent node is detected within 20 seconds by default", async () => {
  await using node = await scriptedNode();
  await using disque = new Disque(node.address);
  await disque.connect();
  let lost = false;
  disque.once("disconnect", () => {
    lost = true;
  });
  for (let second = 0; second < 20; second++) {
    pass(1_000);
    await turns();
  }
  // Bytes that may still be in the system's buffers are given a little more time.
  pass(1);
  await turns();
  assert.ok(lost);
});
