import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddingConnections } from "../../../src/cluster/connections/adding-connections.ts";
import { PersistentConnection } from "../../../src/cluster/connections/persistent-connection.ts";
import { ClosedError, ConnectionError, type Reply } from "../../../src/resp/index.ts";
import { rejection, until } from "../../client/scripted.ts";
import { type Peer, ScriptedServer } from "../../support/scripted-server.ts";
import { connectTo } from "./links.ts";
import { send, TestSubmission } from "./stage.ts";

interface Stage extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly adding: AddingConnections;
  /** All connections that were opened. */
  readonly made: PersistentConnection[];
}

async function stage(max: number): Promise<Stage> {
  const server = await ScriptedServer.start();
  const made: PersistentConnection[] = [];
  const adding = new AddingConnections(() => {
    const connection = new PersistentConnection({
      connect: connectTo(server.endpoint),
      keepIdle: () => false,
    });
    made.push(connection);
    return connection;
  }, max);
  return {
    server,
    adding,
    made,
    async [Symbol.asyncDispose]() {
      adding.destroy(new ClosedError("the test is over"));
      await server[Symbol.asyncDispose]();
    },
  };
}

function add({ adding }: Stage, count: number): Promise<Reply>[] {
  return Array.from({ length: count }, (_, n) => send(adding, "ADDJOB", n));
}

describe("connections for adding jobs", () => {
  it("are opened only when a job is added", async () => {
    await using the = await stage(16);
    assert.deepEqual([the.made.length, the.adding.pending], [0, 0]);
  });

  for (const [jobs, max, expected] of [
    [1, 16, [1]],
    [2, 16, [2]],
    [3, 16, [2, 1]],
    [7, 16, [2, 2, 2, 1]],
    [32, 16, Array(16).fill(2)],
    [1_024, 16, Array(16).fill(2)],
    [1_000, 3, [2, 2, 2]],
    [1_000, 1, [2]],
  ] as const)
    it(`carry at most two jobs in flight each: ${jobs} jobs on at most ${max} connections`, async () => {
      await using the = await stage(max);
      const outcomes = Promise.allSettled(add(the, jobs));
      assert.deepEqual(
        the.made.map(({ pending }) => pending),
        expected,
      );
      assert.equal(the.adding.pending, jobs);
      the.adding.destroy(new ClosedError("destroyed"));
      await outcomes;
      assert.equal(the.adding.pending, 0);
    });

  it("take the next queued job as soon as one is added, in order", async () => {
    await using the = await stage(1);
    const answers = add(the, 10);
    const peer = await the.server.accept();
    await peer.received(2);
    for (let n = 0; n < 10; n++) {
      peer.write(`+id ${n}\r\n`);
      assert.equal(await answers[n], `id ${n}`);
      await peer.received(Math.min(10, n + 3));
    }
    assert.deepEqual(
      peer.commands.map(([, n]) => Number(n)),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  });

  it("read the command of a job when it is written, not when it is queued", async () => {
    await using the = await stage(1);
    const answers = add(the, 2);
    const queued = new TestSubmission("ADDJOB", "queued");
    const command = { current: queued.command };
    Object.defineProperty(queued, "command", { get: () => command.current });
    the.adding.submit(queued);
    const peer = await the.server.accept();
    await peer.received(2);
    command.current = ["ADDJOB", "with fewer copies"];
    peer.write("+id\r\n");
    await answers[0];
    assert.deepEqual((await peer.received(3)).at(-1), ["ADDJOB", "with fewer copies"]);
  });

  it("skip queued jobs whose calls have ended", async () => {
    await using the = await stage(1);
    const answers = add(the, 2);
    const cancelled = new TestSubmission("ADDJOB", "cancelled");
    the.adding.submit(cancelled);
    const wanted = send(the.adding, "ADDJOB", "wanted");
    cancelled.isCancelled = true;
    const peer = await the.server.accept();
    await peer.received(2);
    peer.write("+id\r\n".repeat(2));
    await Promise.all(answers);
    assert.deepEqual((await peer.received(3)).at(-1), ["ADDJOB", "wanted"]);
    peer.write("+id\r\n");
    await wanted;
  });

  it("are reused, the least busy one first", async () => {
    await using the = await stage(2);
    const answers = add(the, 4);
    const peers = [await the.server.accept(), await the.server.accept()];
    for (const peer of peers) await peer.received(2);
    const early = peers.find(({ commands }) => commands[0]?.[1] === "0");
    const late = peers.find(({ commands }) => commands[0]?.[1] === "2");
    assert.ok(early !== undefined && late !== undefined);
    late.write("+id\r\n".repeat(2));
    await Promise.all(answers.slice(2));
    const more = send(the.adding, "ADDJOB", "more");
    assert.deepEqual((await late.received(3)).at(-1), ["ADDJOB", "more"]);
    late.write("+more\r\n");
    assert.equal(await more, "more");
    assert.equal(the.made.length, 2);
    early.write("+id\r\n".repeat(2));
    await Promise.all(answers);
  });

  it("end once all jobs are added, including queued ones", async () => {
    await using the = await stage(2);
    const answers = add(the, 20);
    const peers: Peer[] = [await the.server.accept(), await the.server.accept()];
    const ended = the.adding.end();
    assert.throws(() => the.adding.submit(new TestSubmission("ADDJOB", "late")), ClosedError);
    const answered = new Map(peers.map((peer) => [peer, 0]));
    await until(() => {
      for (const peer of peers) {
        const done = answered.get(peer) ?? 0;
        peer.write("+id\r\n".repeat(peer.commands.length - done));
        answered.set(peer, peer.commands.length);
      }
      return peers.reduce((sum, { commands }) => sum + commands.length, 0) === 20;
    });
    assert.deepEqual(await Promise.all(answers), Array(20).fill("id"));
    await ended;
    await Promise.all(peers.map((peer) => peer.ended));
  });

  it("fail queued jobs and jobs on connections still opening when the node has failed, and keep the others", async () => {
    await using the = await stage(2);
    const outcomes = add(the, 2);
    const peer = await the.server.accept();
    await peer.received(2);
    // The second connection is still opening, and two jobs are queued.
    const unwritten = add(the, 4).map(rejection);
    the.adding.failUnwritten(new ConnectionError("the node has failed"));
    for (const error of await Promise.all(unwritten))
      assert.ok(error instanceof ConnectionError && !error.sent, String(error));
    peer.write("+id\r\n".repeat(2));
    assert.deepEqual(await Promise.all(outcomes), ["id", "id"]);
  });

  it("reject all jobs when destroyed, and say which were sent; the next job opens a new connection", async () => {
    await using the = await stage(1);
    const outcomes = add(the, 6).map(rejection);
    await (await the.server.accept()).received(2);
    the.adding.destroy(new ConnectionError("the node is gone"));
    const errors = await Promise.all(outcomes);
    assert.deepEqual(
      errors.map((error) => error instanceof ConnectionError && error.sent),
      [true, true, false, false, false, false],
    );
    const answer = send(the.adding, "ADDJOB", "next");
    const peer = await the.server.accept();
    await peer.received(1);
    peer.write("+id\r\n");
    assert.equal(await answer, "id");
  });
});
