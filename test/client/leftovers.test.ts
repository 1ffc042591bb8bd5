import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { NOBODY, rejection, scriptedNode, until } from "./scripted.ts";

/** Sockets, servers and timers that keep the process alive. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /Wrap$|^Timeout$/.test(name))
    .sort();
}

/** Resolves when no more resources are left than before. Closing a socket takes a turn or two of the event loop. */
async function settled(before: readonly string[]): Promise<void> {
  const count = (all: readonly string[], name: string): number => all.filter((each) => each === name).length;
  await until(() => {
    const now = resources();
    return now.every((name) => count(now, name) <= count(before, name));
  });
}

const ENDS: readonly [string, (disque: Disque) => Promise<void> | void][] = [
  ["close()", (disque) => disque.close()],
  ["destroy()", (disque) => disque.destroy()],
];

describe("nothing is left behind", () => {
  for (const [name, end] of ENDS) {
    it(`after ${name}`, async () => {
      await using server = await TestServer.start();
      async function session(): Promise<void> {
        const disque = new Disque(server.address);
        const waiting = rejection(disque.getJob("q"));
        const aborted = rejection(disque.getJob("q", { signal: AbortSignal.timeout(1) }));
        await disque.getJob("other", { timeout: 1 });
        await aborted;
        await until(async () => (await disque.qstat("q"))?.blocked === 1);
        await end(disque);
        await waiting;
        await until(() => server.clients === 0);
      }
      await session();
      await until(() => !resources().includes("TCPSocketWrap"));
      // Not earlier: the server keeps a timer for its queues.
      const before = resources();
      await session();
      await settled(before);
    });

    it(`after ${name} of a client that found no node`, async () => {
      const before = resources();
      const disque = new Disque(NOBODY, { failoverTimeout: 0 });
      await rejection(disque.ping());
      await end(disque);
      await settled(before);
    });

    it(`after ${name} while the client connects to a silent node`, async () => {
      const before = resources();
      const server = await TestServer.start();
      server.faults.freeze();
      const disque = new Disque(server.address, { connectTimeout: 50, failoverTimeout: 0 });
      const calls = [disque.ping(), disque.getJob("q"), disque.connect()].map(rejection);
      await end(disque);
      await Promise.all(calls);
      await server.stop();
      await settled(before);
    });
  }

  it("by rejected calls whose results are ignored", async () => {
    // node:test fails a test on an unhandled rejection. Only the calls' own promises may reject.
    await using server = await TestServer.start();
    server.faults.freeze();
    const disque = new Disque(server.address);
    const calls = [disque.ping(), disque.getJob("q"), disque.addJob("q", "body"), disque.call("PING")];
    for (const call of calls) call.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    server.faults.drop();
    disque.destroy();
    await Promise.allSettled(calls);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("by an idle client, which keeps no timer", async () => {
    await using node = await scriptedNode(([name]) => (name === "GETJOB" ? "*-1\r\n" : "+PONG\r\n"));
    const timers = (): number => resources().filter((name) => name === "Timeout").length;
    const before = timers();
    await using disque = new Disque(node.address);
    await disque.ping();
    assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
    assert.equal(timers(), before);
  });
});
