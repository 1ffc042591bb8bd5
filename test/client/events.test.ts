import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, type Job } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { AT_MOST_ONCE, jobs, rejection, scriptedNode, until } from "./scripted.ts";

/** What an error thrown by a listener comes to, which node:test would take for a failure. */
async function uncaught(during: () => Promise<unknown>): Promise<unknown[]> {
  const listeners = process.rawListeners("uncaughtException") as NodeJS.UncaughtExceptionListener[];
  const errors: unknown[] = [];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => errors.push(error));
  try {
    await during();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
  return errors;
}

describe("what a client emits", () => {
  it("tells when a node was connected to and when it was lost, and nothing of its own closing", async () => {
    await using server = await TestServer.start();
    const disque = new Disque(server.address);
    const events: string[] = [];
    disque.on("connect", (node) => events.push(`connect ${node.address}`));
    disque.on("disconnect", (node, { name }) => events.push(`disconnect ${node.address} ${name}`));
    await disque.ping();
    server.faults.drop();
    await until(() => events.length === 2);
    await disque.ping();
    await disque.close();
    const { address } = server;
    assert.deepEqual(events, [
      `connect ${address}`,
      `disconnect ${address} ConnectionError`,
      `connect ${address}`,
    ]);
  });

  it("has never to be listened to, not even errors", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { failoverTimeout: 0 });
    await disque.ping();
    await server.faults.kill();
    await rejection(disque.ping());
  });

  it("harms no call when a listener throws: that ends the process as with any emitter", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const error = new Error("of the listener");
    for (const event of ["connect", "topology"] as const)
      disque.on(event, () => {
        throw error;
      });
    const errors = await uncaught(async () => assert.equal(await disque.ping(), "PONG"));
    assert.ok(errors.length >= 1 && errors.every((each) => each === error));
  });

  it("loses no job when a listener throws", async () => {
    await using node = await scriptedNode();
    const disque = new Disque(node.address);
    const orphans: Job[] = [];
    disque.on("orphan", (job) => {
      orphans.push(job);
      throw new Error("of the listener");
    });
    const waiting = rejection(disque.getJob("mail", { count: 2 }));
    await node.server.accept();
    const peer = await node.server.accept();
    await peer.received(2);
    const errors = await uncaught(async () => {
      const closed = disque.close();
      await waiting;
      peer.write(jobs(AT_MOST_ONCE, AT_MOST_ONCE));
      await closed;
    });
    assert.equal(orphans.length, 2);
    assert.equal(errors.length, 2);
  });
});
