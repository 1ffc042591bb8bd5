import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddingLanes } from "../../src/cluster/adding.ts";
import { Lane } from "../../src/cluster/lane.ts";
import { ClosedError, ConnectionError } from "../../src/resp/index.ts";
import { rejection } from "../client/scripted.ts";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";
import { dialTo } from "./links.ts";

interface Stage extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly lanes: AddingLanes;
  /** All lanes that were made. */
  readonly made: Lane[];
}

async function stage(most: number): Promise<Stage> {
  const server = await ScriptedServer.start();
  const made: Lane[] = [];
  const lanes = new AddingLanes(() => {
    const lane = new Lane({ dial: dialTo(server.endpoint), keepIdle: () => false });
    made.push(lane);
    return lane;
  }, most);
  return {
    server,
    lanes,
    made,
    async [Symbol.asyncDispose]() {
      lanes.destroy(new ClosedError("the test is over"));
      await server[Symbol.asyncDispose]();
    },
  };
}

function add({ lanes }: Stage, count: number): Promise<unknown>[] {
  return Array.from({ length: count }, (_, n) => lanes.send(["ADDJOB", n], {}));
}

describe("connections for adding jobs", () => {
  it("are none before one is needed", async () => {
    await using the = await stage(16);
    assert.deepEqual([the.made.length, the.lanes.pending], [0, 0]);
  });

  for (const [jobs, most, expected] of [
    [1, 16, [1]],
    [4, 16, [4]],
    [5, 16, [4, 1]],
    [13, 16, [4, 4, 4, 1]],
    [64, 16, Array(16).fill(4)],
    [1_024, 16, Array(16).fill(64)],
    [1_000, 3, [334, 333, 333]],
    [1_000, 1, [1_000]],
  ] as const)
    it(`are opened as ${jobs} jobs at a time need them, at most ${most}`, async () => {
      await using the = await stage(most);
      const outcomes = Promise.allSettled(add(the, jobs));
      assert.deepEqual(
        the.made.map((lane) => lane.pending),
        expected,
      );
      assert.equal(the.lanes.pending, jobs);
      the.lanes.destroy(new ClosedError("destroyed"));
      await outcomes;
      assert.equal(the.lanes.pending, 0);
    });

  it("are used again, the least busy one first", async () => {
    await using the = await stage(2);
    const answers = add(the, 8);
    const peers = [await the.server.accept(), await the.server.accept()];
    for (const peer of peers) await peer.received(4);
    const early = peers.find(({ commands }) => commands[0]?.[1] === "0");
    const late = peers.find(({ commands }) => commands[0]?.[1] === "4");
    assert.ok(early !== undefined && late !== undefined);
    late.write("+id\r\n".repeat(4));
    await Promise.all(answers.slice(4));
    const more = the.lanes.send(["ADDJOB", "more"], {});
    assert.deepEqual((await late.received(5)).at(-1), ["ADDJOB", "more"]);
    late.write("+more\r\n");
    assert.equal(await more, "more");
    assert.equal(the.made.length, 2);
    early.write("+id\r\n".repeat(4));
    await Promise.all(answers);
  });

  it("end when the jobs on them are added", async () => {
    await using the = await stage(16);
    const answers = add(the, 5);
    const peers: Peer[] = [await the.server.accept(), await the.server.accept()];
    const count = (): number => peers.reduce((sum, { commands }) => sum + commands.length, 0);
    while (count() < 5) await new Promise((resolve) => setImmediate(resolve));
    const ended = the.lanes.end();
    for (const peer of peers) peer.write("+id\r\n".repeat(peer.commands.length));
    assert.deepEqual(await Promise.all(answers), Array(5).fill("id"));
    await ended;
    await Promise.all(peers.map((peer) => peer.ended));
  });

  it("give up all jobs at once when they are destroyed, and are opened anew for the next", async () => {
    await using the = await stage(16);
    const outcome = rejection(the.lanes.send(["ADDJOB", "lost"], {}));
    await (await the.server.accept()).received(1);
    the.lanes.destroy(new ConnectionError("the node is gone"));
    const error = await outcome;
    assert.ok(error instanceof ConnectionError && error.sent);
    const answer = the.lanes.send(["ADDJOB", "next"], {});
    const peer = await the.server.accept();
    await peer.received(1);
    peer.write("+id\r\n");
    assert.equal(await answer, "id");
  });
});
