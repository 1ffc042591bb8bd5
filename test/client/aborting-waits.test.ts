import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { ClosedError, Disque, Job } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import type { Peer } from "../support/scripted-server.ts";
import { describeOnServers } from "../support/servers.ts";
import { AT_LEAST_ONCE, AT_MOST_ONCE, jobs, rejection, scriptedNode, until } from "./scripted.ts";

const REASON = new Error("no longer wanted");

describe("aborting a getJob that waits", () => {
  describeOnServers((server) => {
    it("rejects it with the signal's reason, and leaves no client waiting on the server", async () => {
      await using disque = new Disque(server.address);
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = rejection(disque.getJob("aborted", { signal }));
      await until(async () => (await disque.qstat("aborted"))?.blocked === 1);
      controller.abort(REASON);
      assert.equal(await waiting, REASON);
      await until(async () => (await disque.clientList()).length === 1);
      assert.equal((await disque.qstat("aborted"))?.blocked, 0);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      const id = await disque.addJob("aborted", "body");
      assert.deepEqual(
        (await disque.getJob("aborted")).map((job) => job.id),
        [id],
      );
    });

    it("touches no other that waits, even for the same queue", async () => {
      await using disque = new Disque(server.address);
      const controller = new AbortController();
      const aborted = rejection(disque.getJob("shared", { signal: controller.signal }));
      const waiting = disque.getJob("shared");
      await until(async () => (await disque.qstat("shared"))?.blocked === 2);
      controller.abort(REASON);
      assert.equal(await aborted, REASON);
      await until(async () => (await disque.qstat("shared"))?.blocked === 1);
      await disque.addJob("shared", "body");
      assert.equal((await waiting).length, 1);
    });
  });

  it("while it connects rejects it at once", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await disque.connect();
    server.faults.freeze();
    const controller = new AbortController();
    const waiting = rejection(disque.getJob("q", { signal: controller.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(REASON);
    assert.equal(await waiting, REASON);
    server.faults.thaw();
    await until(async () => (await disque.clientList()).length === 1);
  });

  it("with a signal that many share gives no warning", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Array.from({ length: 50 }, () => rejection(disque.getJob("q", { signal })));
    await until(async () => (await disque.qstat("q"))?.blocked === 50);
    controller.abort(REASON);
    assert.ok((await Promise.all(waiting)).every((reason) => reason === REASON));
    await until(() => server.clients === 1);
    process.off("warning", note);
    assert.deepEqual(warnings, []);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

interface Waiting {
  readonly disque: Disque;
  readonly outcome: Promise<unknown>;
  /** The node's ends of the shared connection and of the one that waits. */
  readonly shared: Peer;
  readonly peer: Peer;
}

/** A getJob that waits on a scripted node, which has not answered it. */
async function waitingOn(
  address: string,
  accept: () => Promise<Peer>,
  signal?: AbortSignal,
): Promise<Waiting> {
  const disque = new Disque(address);
  const outcome = rejection(disque.getJob("mail", { signal }));
  const [shared, peer] = [await accept(), await accept()];
  await peer.received(2);
  return { disque, outcome, shared, peer };
}

describe("a job that comes when its getJob was aborted", () => {
  it("is queued again where it came from", async () => {
    await using node = await scriptedNode(([name]) => (name === "ENQUEUE" ? ":1\r\n" : ""));
    const controller = new AbortController();
    const { disque, outcome, shared, peer } = await waitingOn(
      node.address,
      () => node.server.accept(),
      controller.signal,
    );
    await using _ = disque;
    controller.abort(REASON);
    assert.equal(await outcome, REASON);
    await peer.ended;
    peer.socket.end(jobs(AT_LEAST_ONCE));
    assert.deepEqual((await shared.received(2)).slice(1), [["ENQUEUE", AT_LEAST_ONCE]]);
  });

  it("goes to the event orphan if it cannot be queued again", async () => {
    await using node = await scriptedNode(([name]) => (name === "ENQUEUE" ? ":1\r\n" : ""));
    const controller = new AbortController();
    const { disque, outcome, shared, peer } = await waitingOn(
      node.address,
      () => node.server.accept(),
      controller.signal,
    );
    await using _ = disque;
    const orphan = new Promise<Job>((resolve) => disque.once("orphan", resolve));
    controller.abort(REASON);
    assert.equal(await outcome, REASON);
    await peer.ended;
    peer.socket.end(jobs(AT_MOST_ONCE, AT_LEAST_ONCE));
    const job = await orphan;
    assert.ok(job instanceof Job);
    assert.deepEqual([job.id, job.queue, job.text()], [AT_MOST_ONCE, "mail", "body"]);
    assert.deepEqual((await shared.received(2)).slice(1), [["ENQUEUE", AT_LEAST_ONCE]]);
  });

  it("is queued again before close() resolves", async () => {
    await using node = await scriptedNode(([name]) => (name === "ENQUEUE" ? ":1\r\n" : ""));
    const { disque, outcome, shared, peer } = await waitingOn(node.address, () => node.server.accept());
    const closed = disque.close();
    assert.ok((await outcome) instanceof ClosedError);
    await peer.ended;
    peer.socket.end(jobs(AT_LEAST_ONCE));
    await closed;
    assert.deepEqual(shared.commands.slice(1), [["ENQUEUE", AT_LEAST_ONCE]]);
  });

  for (const [what, bytes] of [
    ["no job", "*-1\r\n"],
    ["nothing", ""],
    ["half a job", jobs(AT_LEAST_ONCE).slice(0, 30)],
    ["an error", "-LEAVING This node is leaving the cluster\r\n"],
    ["what is no job", ":5\r\n"],
    ["what is no reply", "HTTP/1.1 400\r\n"],
  ] as const) {
    it(`may be none: ${what}`, async () => {
      await using node = await scriptedNode();
      const { disque, outcome, shared, peer } = await waitingOn(node.address, () => node.server.accept());
      const closed = disque.close();
      assert.ok((await outcome) instanceof ClosedError);
      await peer.ended;
      peer.socket.end(bytes);
      await closed;
      assert.equal(shared.commands.length, 1);
    });
  }
});
