// A server that answers at once with no result: neither waits nor scans may keep the process busy.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "../../src/index.ts";
import { array, bulk, rejection, scriptedNode } from "../client/scripted.ts";

/** Milliseconds to observe, and commands that one consumer may send meanwhile: 20 per second, and a few at the start. */
const WATCHED = 1_000;
const MOST = 30;

const empty = ([verb]: string[]): string =>
  verb === "GETJOB" ? "*-1\r\n" : verb === "PING" ? "+PONG\r\n" : array(bulk("1"), array());

describe("a server that ends each wait at once without a job", () => {
  it("is asked at most 20 times a second by jobs()", async () => {
    await using node = await scriptedNode(empty);
    await using disque = new Disque(node.address);
    const controller = new AbortController();
    const ended = rejectionOrEnd(disque.jobs("mail", { signal: controller.signal }).next());
    await sleep(WATCHED);
    const asked = node.server.commands.filter(([verb]) => verb === "GETJOB").length;
    controller.abort();
    await ended;
    assert.ok(asked <= MOST, `${asked} GETJOBs`);
  });

  it("is asked at most 20 times a second by work()", async () => {
    await using node = await scriptedNode(empty);
    await using disque = new Disque(node.address);
    const worker = disque.work("mail", () => {});
    await sleep(WATCHED);
    const asked = node.server.commands.filter(([verb]) => verb === "GETJOB").length;
    await worker.stop();
    assert.ok(asked <= MOST, `${asked} GETJOBs`);
  });

  it("is asked at most 20 times a second by getJob()", async () => {
    await using node = await scriptedNode(empty);
    await using disque = new Disque(node.address);
    assert.deepEqual(await disque.getJob("mail", { timeout: WATCHED }), []);
    const asked = node.server.commands.filter(([verb]) => verb === "GETJOB").length;
    assert.ok(asked <= MOST, `${asked} GETJOBs`);
  });
});

describe("a scan with endless empty pages", () => {
  for (const [name, scan] of [
    ["queues", (disque: Disque, signal: AbortSignal) => disque.queues({ signal })],
    ["scanJobs", (disque: Disque, signal: AbortSignal) => disque.scanJobs({ signal })],
  ] as const)
    it(`lets other work run, and can be aborted: ${name}()`, async () => {
      await using node = await scriptedNode(empty);
      await using disque = new Disque(node.address);
      const controller = new AbortController();
      const outcome = rejection(scan(disque, controller.signal).next());
      // A timer fires while the scan is running.
      await sleep(20);
      controller.abort(new Error("enough"));
      assert.match(String(await outcome), /enough/);
    });
});

function rejectionOrEnd(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}
