import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClosedError, ConnectionError, Disque, ReplyError, TimeoutError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { NOBODY, scriptedNode, until } from "./scripted.ts";

/** The error of an awaited call, as in user code. */
async function thrown(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  throw new Error("resolved");
}

/** Asserts that the caller is near the top of the stack, below only the client's own frames. */
function assertShows(error: Error, caller: string): void {
  const lines = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  // Node's own frames depend on the phase of the event loop.
  const frames = lines.filter((line) => !line.includes("(node:internal"));
  const at = frames.findIndex((frame) => frame.includes(caller));
  assert.ok(at >= 0 && at <= 2, error.stack);
  assert.match(frames[at] ?? "", /stacks\.test\.[jt]s:\d+:\d+/);
  assert.ok(
    error.stack?.startsWith(`${error.name}: ${error.message}`) || error.stack?.includes(error.message),
  );
}

describe("the stack of an error shows the caller", () => {
  it("for a server error", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    async function addsTooMuch(): Promise<void> {
      await disque.addJob("q", "body", { replicate: 2 });
    }
    const error = await thrown(addsTooMuch);
    assert.ok(error instanceof ReplyError);
    assertShows(error, "addsTooMuch");
  });

  it("for a server error to call(), to a subcommand, and in an iterator", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    async function callsNonsense(): Promise<void> {
      await disque.call("NONSENSE");
    }
    async function setsNonsense(): Promise<void> {
      await disque.config.set("nonsense", 1);
    }
    async function iterates(): Promise<void> {
      server.faults.answer("qscan", "ERR no");
      for await (const queue of disque.queues()) assert.fail(queue);
    }
    for (const call of [callsNonsense, setsNonsense, iterates]) {
      const error = await thrown(call);
      assert.ok(error instanceof ReplyError);
      const frames = (error.stack ?? "").split("\n");
      assert.ok(
        frames.some((frame) => frame.includes(call.name) && /stacks\.test/.test(frame)),
        error.stack,
      );
    }
  });

  it("for a connection that failed or was lost", async () => {
    await using unreachable = new Disque(NOBODY, { failoverTimeout: 0 });
    async function pingsNobody(): Promise<void> {
      await unreachable.ping();
    }
    async function connectsToNobody(): Promise<void> {
      await unreachable.connect();
    }
    for (const call of [pingsNobody, connectsToNobody]) {
      const error = await thrown(call);
      assert.ok(error instanceof ConnectionError);
      assertShows(error, call.name);
    }
  });

  it("for a call that timed out", async () => {
    await using server = await TestServer.start();
    server.faults.freeze();
    await using disque = new Disque(server.address);
    async function hurries(): Promise<void> {
      await disque.qlen("q", { commandTimeout: 10 });
    }
    const error = await thrown(hurries);
    assert.ok(error instanceof TimeoutError);
    assertShows(error, "hurries");
    disque.destroy();
  });

  it("for a closed client and a bad argument", async () => {
    const disque = new Disque();
    await disque.close();
    async function comesLate(): Promise<void> {
      await disque.ping();
    }
    async function miscounts(): Promise<void> {
      await disque.getJob("q", { count: -1 });
    }
    assertShows(await thrown(comesLate), "comesLate");
    const error = await thrown(miscounts);
    assert.ok(error instanceof RangeError);
    assert.match(error.stack ?? "", /miscounts.*stacks\.test/);
  });

  it("for a call in flight when the client was destroyed", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    await disque.connect();
    async function isCutOff(): Promise<void> {
      await disque.qlen("q");
    }
    const error = thrown(isCutOff);
    const peer = await node.server.accept();
    await peer.received(2);
    disque.destroy();
    assert.ok((await error) instanceof ClosedError);
    assertShows(await error, "isCutOff");
  });

  for (const reply of [":5\r\n", "what?\r\n"])
    it(`for an invalid reply: ${JSON.stringify(reply)}`, async () => {
      await using node = await scriptedNode(() => reply);
      await using disque = new Disque(node.address, { failoverTimeout: 0 });
      async function pings(): Promise<void> {
        await disque.ping();
      }
      const error = await thrown(pings);
      assertShows(error, "pings");
    });

  it("for a connection lost after the command was sent", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address);
    async function isCutOff(): Promise<void> {
      await disque.call("PING");
    }
    const outcome = thrown(isCutOff);
    const peer = await node.server.accept();
    await peer.received(2);
    peer.socket.destroy();
    const error = await outcome;
    assert.ok(error instanceof ConnectionError && error.sent);
    assertShows(error, "isCutOff");
  });

  it("for an unknown node and for too many calls", async () => {
    await using node = await scriptedNode();
    await using disque = new Disque(node.address, { maxPending: 1 });
    await disque.connect();
    async function asksNobody(): Promise<void> {
      await disque.qlen("q", { node: "nobody" });
    }
    async function asksTooMuch(): Promise<void> {
      await disque.qlen("q");
    }
    assertShows(await thrown(asksNobody), "asksNobody");
    const waiting = thrown(() => disque.qlen("first"));
    const error = await thrown(asksTooMuch);
    assert.equal(error.name, "OverloadError");
    assertShows(error, "asksTooMuch");
    disque.destroy();
    await waiting;
  });

  it("for each call that waits when the client is closed", async () => {
    await using server = await TestServer.start();
    const disque = new Disque(server.address);
    async function waitsFirst(): Promise<void> {
      await disque.getJob("q");
    }
    async function waitsToo(): Promise<void> {
      await disque.call("GETJOB", "FROM", "q");
    }
    const outcomes = [thrown(waitsFirst), thrown(waitsToo)];
    await until(async () => (await disque.qstat("q"))?.blocked === 2);
    await disque.close();
    const [one, other] = await Promise.all(outcomes);
    assert.ok(one instanceof ClosedError && other instanceof ClosedError && one !== other);
    assertShows(one, "waitsFirst");
    assertShows(other, "waitsToo");
  });

  it("but an aborted call rejects with the signal's reason unchanged", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    for (const reason of [new Error("mine"), "text"]) {
      const { stack } = reason instanceof Error ? reason : {};
      const controller = new AbortController();
      const calls = [
        disque.qlen("q", { signal: controller.signal }),
        disque.getJob("q", { signal: controller.signal }),
      ].map((call) => call.catch((error: unknown) => error));
      controller.abort(reason);
      for (const error of await Promise.all(calls)) assert.equal(error, reason);
      if (reason instanceof Error) assert.equal(reason.stack, stack);
    }
  });

  it("for each of two calls that fail for the same reason", async () => {
    await using disque = new Disque(NOBODY, { failoverTimeout: 0 });
    async function first(): Promise<void> {
      await disque.ping();
    }
    async function second(): Promise<void> {
      await disque.time();
    }
    const [one, other] = await Promise.all([thrown(first), thrown(second)]);
    assert.notEqual(one, other);
    assertShows(one, "first");
    assertShows(other, "second");
  });
});
