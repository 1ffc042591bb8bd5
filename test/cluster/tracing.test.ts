import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { type TracingChannelSubscribers, tracingChannel } from "node:diagnostics_channel";
import { describe, it, type TestContext } from "node:test";
import { Disque, type DisqueOptions } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";

type Message = Record<string, unknown>;

/** A published stage: the object, and a copy of its contents at that time. */
interface Published {
  readonly stage: string;
  readonly message: Message;
  readonly known: Message;
}

/** Collects what a channel publishes until the end of the test. */
function listen(context: TestContext, name: string): Published[] {
  const published: Published[] = [];
  const on = (stage: string) => (message: unknown) => {
    const object = message as Message;
    published.push({ stage, message: object, known: { ...object } });
  };
  const subscribers: TracingChannelSubscribers<object> = {
    start: on("start"),
    end: on("end"),
    asyncStart: on("asyncStart"),
    asyncEnd: on("asyncEnd"),
    error: on("error"),
  };
  const channel = tracingChannel<unknown, object>(name);
  channel.subscribe(subscribers);
  context.after(() => channel.unsubscribe(subscribers));
  return published;
}

async function withDisque(
  options: DisqueOptions,
  use: (disque: Disque, server: TestServer) => Promise<void>,
) {
  await using server = await TestServer.start();
  await using disque = new Disque(server.address, options);
  await use(disque, server);
}

/** All calls of a process are published on one channel, so these tests run one after the other. */
describe("the channel disque:command", () => {
  it("publishes one object for a call, from its start to its end", async (context) => {
    await withDisque({}, async (disque, server) => {
      await disque.connect();
      const published = listen(context, "disque:command");
      await disque.addJob("mail", "secret body");
      assert.deepEqual(
        published.map(({ stage }) => stage),
        ["start", "end", "asyncStart", "asyncEnd"],
      );
      const [start, , , end] = published;
      assert.ok(start !== undefined && end !== undefined);
      assert.deepEqual(start.known, { command: "ADDJOB", queue: "mail" });
      assert.equal(end.message, start.message);
      const { duration, ...known } = end.known;
      assert.deepEqual(known, { command: "ADDJOB", queue: "mail", node: server.address });
      assert.ok(typeof duration === "number" && duration > 0);
    });
  });

  it("publishes the error of a call that rejects", async (context) => {
    await withDisque({}, async (disque) => {
      const published = listen(context, "disque:command");
      const failure = await disque
        .working("D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1")
        .catch((error) => error);
      const error = published.find(({ stage }) => stage === "error");
      assert.equal(error?.known.command, "WORKING");
      assert.equal(error?.known.error, failure);
      assert.equal(published.at(-1)?.stage, "asyncEnd");
      assert.equal(published.at(-1)?.known.error, failure);
    });
  });

  it("publishes the error of a bad argument", async (context) => {
    await withDisque({}, async (disque) => {
      const published = listen(context, "disque:command");
      await assert.rejects(disque.qlen(7 as never), TypeError);
      assert.ok(published.find(({ stage }) => stage === "error")?.known.error instanceof TypeError);
    });
  });

  it("does not prevent a call from rejecting if its argument cannot be converted to a string", async (context) => {
    await withDisque({}, async (disque) => {
      listen(context, "disque:command");
      const queue: string = Object.create(null);
      await assert.rejects(disque.qlen(queue), TypeError);
    });
  });

  it("publishes the queues of a call", async (context) => {
    await withDisque({}, async (disque) => {
      const published = listen(context, "disque:command");
      await disque.getJob(["a", "b"], { nohang: true });
      await disque.qlen("c");
      await disque.cluster.myId();
      await disque.call("PING");
      const ended = published
        .filter(({ stage }) => stage === "asyncEnd")
        .map(({ known }) => [known.command, known.queue]);
      assert.deepEqual(ended, [
        ["GETJOB", "a,b"],
        ["QLEN", "c"],
        ["CLUSTER MYID", undefined],
        ["PING", undefined],
      ]);
    });
  });

  it("publishes arguments and results only with `traceBodies`", async (context) => {
    await withDisque({ traceBodies: true }, async (disque) => {
      const published = listen(context, "disque:command");
      const id = await disque.addJob("mail", "body");
      assert.deepEqual(published[0]?.known.args, ["mail", "body"]);
      assert.equal(published.at(-1)?.known.result, id);
    });
  });

  it("runs a call in the context that a subscriber binds", async (context) => {
    await withDisque({}, async (disque) => {
      const span = new AsyncLocalStorage<string>();
      const { start } = tracingChannel<unknown, object>("disque:command");
      start.bindStore(span, (message) => `span of ${(message as { command: string }).command}`);
      context.after(() => start.unbindStore(span));
      const channel = listen(context, "disque:connect");
      await disque.ping();
      assert.ok(channel.length > 0);
      assert.equal(span.getStore(), undefined, "the context does not leak into the caller");
    });
  });

  it("keeps the caller's line in the stack of an error", async (context) => {
    await withDisque({}, async (disque) => {
      listen(context, "disque:command");
      await assert.rejects(disque.call("NOSUCH"), (error: Error) => {
        assert.match(error.stack ?? "", /tracing\.test/);
        return true;
      });
    });
  });
});

describe("the channel disque:connect", () => {
  it("publishes a new connection with the id of its node", async (context) => {
    await withDisque({}, async (disque, server) => {
      const published = listen(context, "disque:connect");
      await disque.connect();
      assert.deepEqual(published[0]?.known, { node: server.address });
      const { duration, ...known } = published.at(-1)?.known ?? {};
      assert.deepEqual(known, { node: server.address, id: server.id });
      assert.ok(typeof duration === "number" && duration > 0);
    });
  });

  it("publishes why a connection failed", async (context) => {
    const server = await TestServer.start();
    const { address } = server;
    await server.stop();
    await using disque = new Disque(address, { failoverTimeout: 0 });
    const published = listen(context, "disque:connect");
    await assert.rejects(disque.connect());
    const error = published.find(({ stage }) => stage === "error");
    assert.equal(error?.known.node, address);
    assert.match(String(error?.known.error), /ECONNREFUSED/);
  });
});

describe("the counters of `nodes`", () => {
  it("count commands, connections and losses for each node", async () => {
    await using cluster = await TestCluster.start(2);
    await using disque = new Disque(cluster.addresses);
    await disque.connect();
    for (let times = 0; times < 3; times++) await disque.ping();
    const counters = (): number[][] =>
      disque.nodes.map(({ calls, connects, losses }) => [calls, connects, losses]);
    assert.deepEqual(counters(), [
      [3, 1, 0],
      [0, 0, 0],
    ]);
    const lost = new Promise((resolve) => disque.once("disconnect", resolve));
    await cluster.node(0).faults.kill();
    await lost;
    await disque.ping();
    assert.deepEqual(counters(), [
      [3, 1, 1],
      [1, 1, 0],
    ]);
  });
});
