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
    it("rejects the call with the signal's reason and unblocks its client on the server", async () => {
      await using disque = new Disque(server.address);
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = rejection(disque.getJob("aborted", { signal }));
      await until(async () => (await disque.qstat("aborted"))?.blocked === 1);
      controller.abort(REASON);
      assert.equal(await waiting, REASON);
      await until(async () => (await disque.qstat("aborted"))?.blocked === 0);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      const id = await disque.addJob("aborted", "body");
      assert.deepEqual(
        (await disque.getJob("aborted")).map((job) => job.id),
        [id],
      );
    });

    it("does not affect other waiting calls, even for the same queue", async () => {
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

  it("rejects the call at once while it is still connecting", async () => {
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
    assert.deepEqual(await disque.getJob("q", { nohang: true }), []);
  });

  it("emits no warning when many calls share a signal", async () => {
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
    await until(async () => (await disque.qstat("q"))?.blocked === 0);
    process.off("warning", note);
    assert.deepEqual(warnings, []);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

interface Waiting {
  readonly disque: Disque;
  readonly outcome: Promise<unknown>;
  /** The server side of the shared connection and of the connection that carries the GETJOB. */
  readonly shared: Peer;
  readonly peer: Peer;
}

/** A getJob that waits at a scripted node, which has not answered it yet. */
async function waitingOn(
  address: string,
  accept: () => Promise<Peer>,
  signal?: AbortSignal,
): Promise<Waiting> {
  const disque = new Disque(address);
  const outcome = rejection(disque.getJob("mail", { signal, count: 2 }));
  const [shared, peer] = [await accept(), await accept()];
  await peer.received(2);
  return { disque, outcome, shared, peer };
}

describe("a job that arrives after its getJob was aborted", () => {
  it("goes back to its queue, and the connection stays open", async () => {
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
    peer.write(jobs(AT_LEAST_ONCE));
    assert.deepEqual((await shared.received(2)).slice(1), [["ENQUEUE", AT_LEAST_ONCE]]);
    const next = rejection(disque.getJob("mail"));
    await peer.received(3);
    assert.ok(peer.socket.writable && peer.socket.readable);
    disque.destroy();
    await next;
  });

  it("is emitted as `orphan` if it cannot go back", async () => {
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
    peer.write(jobs(AT_MOST_ONCE, AT_LEAST_ONCE));
    const job = await orphan;
    assert.ok(job instanceof Job);
    assert.deepEqual([job.id, job.queue, job.text()], [AT_MOST_ONCE, "mail", "body"]);
    assert.deepEqual((await shared.received(2)).slice(1), [["ENQUEUE", AT_LEAST_ONCE]]);
  });

  for (const id of [AT_LEAST_ONCE, AT_MOST_ONCE])
    it(`goes to another call of the client that waits for its queue: ${id}`, async () => {
      await using node = await scriptedNode();
      const controller = new AbortController();
      const { disque, outcome, shared, peer } = await waitingOn(
        node.address,
        () => node.server.accept(),
        controller.signal,
      );
      const orphans: Job[] = [];
      disque.on("orphan", (job) => orphans.push(job));
      const others = ["other", "mail", "mail"].map((queue) => disque.getJob(queue, { count: 5 }));
      const peers = [await node.server.accept(), await node.server.accept(), await node.server.accept()];
      for (const each of peers) await each.received(2);
      controller.abort(REASON);
      assert.equal(await outcome, REASON);
      peer.write(jobs(id));
      const given = await Promise.race(others);
      assert.deepEqual(
        given.map((job) => job.id),
        [id],
      );
      assert.equal(shared.commands.length, 1);
      assert.deepEqual(orphans, []);
      disque.destroy();
      assert.equal(
        (await Promise.allSettled(others)).filter(({ status }) => status === "rejected").length,
        2,
      );
    });

  it("does not go to a call that asked for counters if the job has none", async () => {
    await using node = await scriptedNode(([name]) => (name === "ENQUEUE" ? ":1\r\n" : ""));
    const controller = new AbortController();
    const { disque, outcome, shared, peer } = await waitingOn(
      node.address,
      () => node.server.accept(),
      controller.signal,
    );
    const counting = rejection(disque.getJob("mail", { withCounters: true }));
    await (await node.server.accept()).received(2);
    controller.abort(REASON);
    await outcome;
    peer.write(jobs(AT_LEAST_ONCE));
    assert.deepEqual((await shared.received(2)).slice(1), [["ENQUEUE", AT_LEAST_ONCE]]);
    disque.destroy();
    await counting;
  });

  it("goes back before close() resolves", async () => {
    await using node = await scriptedNode(([name]) => (name === "ENQUEUE" ? ":1\r\n" : ""));
    const { disque, outcome, shared, peer } = await waitingOn(node.address, () => node.server.accept());
    const closed = disque.close();
    assert.ok((await outcome) instanceof ClosedError);
    peer.write(jobs(AT_LEAST_ONCE));
    await closed;
    assert.deepEqual(shared.commands.slice(1), [["ENQUEUE", AT_LEAST_ONCE]]);
  });

  it("is ignored if the node sends more jobs than the call asked for", async () => {
    await using node = await scriptedNode(([name]) => (name === "ENQUEUE" ? ":1\r\n" : ""));
    const { disque, outcome, shared, peer } = await waitingOn(node.address, () => node.server.accept());
    const orphans: Job[] = [];
    disque.on("orphan", (job) => orphans.push(job));
    const closed = disque.close();
    await outcome;
    peer.write(jobs(AT_MOST_ONCE, AT_MOST_ONCE, AT_LEAST_ONCE));
    await closed;
    assert.deepEqual([shared.commands.length, orphans.length], [1, 0]);
  });

  for (const [what, bytes] of [
    ["no job", "*-1\r\n"],
    ["nothing", ""],
    ["half a job", jobs(AT_LEAST_ONCE).slice(0, 30)],
    ["an error", "-LEAVING This node is leaving the cluster\r\n"],
    ["a reply that is not a job", ":5\r\n"],
    ["bytes that are not a reply", "HTTP/1.1 400\r\n"],
  ] as const) {
    it(`close() resolves if none arrives: ${what}`, async () => {
      await using node = await scriptedNode();
      const { disque, outcome, shared, peer } = await waitingOn(node.address, () => node.server.accept());
      const closed = disque.close();
      assert.ok((await outcome) instanceof ClosedError);
      peer.socket.end(bytes);
      await closed;
      assert.equal(shared.commands.length, 1);
    });
  }
});

describe("a job that arrives after a call of another kind was aborted", () => {
  for (const [name, fetch] of [
    ["getJob with nohang", (disque, signal) => disque.getJob("mail", { nohang: true, count: 2, signal })],
    [
      "call(GETJOB)",
      (disque, signal) => disque.call("GETJOB", "NOHANG", "COUNT", 2, "FROM", "mail", { signal }),
    ],
  ] satisfies [string, (disque: Disque, signal: AbortSignal) => Promise<unknown>][])
    it(`goes back to its queue or is emitted as \`orphan\`: ${name}`, async () => {
      await using node = await scriptedNode(([command]) => (command === "ENQUEUE" ? ":1\r\n" : ""));
      await using disque = new Disque(node.address);
      const orphan = new Promise<Job>((resolve) => disque.once("orphan", resolve));
      const controller = new AbortController();
      const outcome = rejection(fetch(disque, controller.signal));
      const peer = await node.server.accept();
      await peer.received(2);
      controller.abort(REASON);
      assert.equal(await outcome, REASON);
      peer.write(jobs(AT_MOST_ONCE, AT_LEAST_ONCE));
      assert.equal((await orphan).id, AT_MOST_ONCE);
      assert.deepEqual((await peer.received(3)).slice(2), [["ENQUEUE", AT_LEAST_ONCE]]);
    });

  it("is handed to a waiting call(GETJOB) as a plain reply", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    const controller = new AbortController();
    const waiting = disque.call("GETJOB", "FROM", "mail");
    await node.server.accept();
    await (await node.server.accept()).received(2);
    const outcome = rejection(disque.getJob("mail", { signal: controller.signal }));
    const peer = await node.server.accept();
    await peer.received(2);
    controller.abort(REASON);
    await outcome;
    peer.write(jobs(AT_LEAST_ONCE));
    assert.deepEqual(await waiting, [["mail", AT_LEAST_ONCE, "body"]]);
    disque.destroy();
  });
});
