import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, type Job } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { AT_MOST_ONCE, jobs, rejection, scriptedNode, until } from "./scripted.ts";

/** Collects errors thrown by listeners, which node:test would otherwise report as failures. */
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

describe("the events of a client", () => {
  it("report connections and their loss, but not its own closing", async () => {
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

  it("need no listeners, not even for errors", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, { failoverTimeout: 0 });
    await disque.ping();
    await server.faults.kill();
    await rejection(disque.ping());
  });

  it("do not affect calls when a listener throws: its error is uncaught, as with any emitter", async () => {
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

  it("include every orphan even when a listener throws", async () => {
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
