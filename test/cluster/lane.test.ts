import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Dial } from "../../src/cluster/lane.ts";
import { ClosedError, ConnectionError, TimeoutError } from "../../src/resp/index.ts";
import { rejection, until } from "../client/scripted.ts";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";
import { type Stage, stage, used, usedAgain } from "./lane-stage.ts";
import { dialTo } from "./links.ts";

const REASON = new Error("no longer wanted");

describe("a lane", () => {
  it("is not open before it is used, and then once for all", async () => {
    await using the = await stage();
    const { lane, server, told } = the;
    assert.deepEqual([lane.connected, lane.pending, told], [false, 0, []]);
    const answers = [1, 2, 3].map((n) => lane.send(["ECHO", n], {}));
    const opened = lane.open();
    assert.equal(lane.pending, 3);
    const peer = await server.accept();
    assert.deepEqual(
      (await peer.received(3)).map(([, n]) => n),
      ["1", "2", "3"],
    );
    assert.deepEqual([lane.connected, lane.pending, told], [true, 3, ["open"]]);
    peer.write(":1\r\n:2\r\n:3\r\n");
    assert.deepEqual(await Promise.all(answers), [1, 2, 3]);
    assert.equal(lane.pending, 0);
    assert.equal(await lane.open(), await opened);
  });

  it("is opened again by the next use when its connection was lost, which is told", async () => {
    await using the = await stage();
    const peer = await used(the);
    peer.socket.resetAndDestroy();
    await until(() => the.told.length === 2);
    assert.ok(the.told[1] instanceof ConnectionError);
    assert.equal(the.lane.connected, false);
    await used(the);
    assert.equal(the.told[2], "open");
  });

  it("rejects all who wait when it cannot be opened, and tries again for the next", async () => {
    let failing = true;
    await using server = await ScriptedServer.start();
    const dial = dialTo(server.endpoint);
    const failure = new ConnectionError("no");
    await using the = await stage({
      dial: (...args) => (failing ? Promise.reject(failure) : dial(...args)),
    });
    const calls = [the.lane.open(), the.lane.send(["PING"], {}), the.lane.send(["PING"], {})];
    assert.deepEqual(await Promise.all(calls.map(rejection)), [failure, failure, failure]);
    assert.deepEqual([the.lane.pending, the.told], [0, []]);
    failing = false;
    assert.equal((await the.lane.open()).open, true);
  });

  it("says of a command that waited for it in vain that it was not sent, whatever went wrong", async () => {
    const failure = new TimeoutError("no connection within 5 ms");
    await using the = await stage({ dial: () => Promise.reject(failure) });
    assert.equal(await rejection(the.lane.open()), failure);
    const error = await rejection(the.lane.send(["NACK", "id"], {}));
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual([error.sent, error.cause, error.message], [false, failure, failure.message]);
  });

  it("that opens lets go whoever aborts, and opens for the others", async () => {
    await using the = await stage();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = [the.lane.open(signal), the.lane.send(["ECHO", 1], { signal })].map(rejection);
    const answer = the.lane.send(["ECHO", 2], {});
    controller.abort(REASON);
    assert.deepEqual(await Promise.all(aborted), [REASON, REASON]);
    assert.equal(the.lane.pending, 1);
    const peer = await the.server.accept();
    assert.deepEqual(await peer.received(1), [["ECHO", "2"]]);
    peer.write(":2\r\n");
    assert.equal(await answer, 2);
  });

  it("that was lost in its handshake was never open, which is told by rejecting", async () => {
    const dial: Dial = async (_signal, onClose) => {
      onClose(new ConnectionError("lost"));
      throw new ConnectionError("lost");
    };
    await using the = await stage({ dial });
    assert.match(String(await rejection(the.lane.open())), /lost/);
    assert.deepEqual(the.told, []);
  });
});

describe("a lane that nobody uses", () => {
  /** Lets that many times ten seconds pass. */
  function checks(test: TestContext): (times: number) => void {
    test.mock.timers.enable({ apis: ["setInterval"] });
    return (times) => test.mock.timers.tick(times * 10_000);
  }

  it("asks every ten seconds whether the node is still there, if it is to be kept", async (test) => {
    const pass = checks(test);
    await using the = await stage();
    const peer = await used(the);
    for (const count of [2, 3, 4]) {
      pass(1);
      await peer.received(count);
      peer.write("+PONG\r\n");
      await until(() => the.lane.pending === 0);
    }
    assert.equal(the.lane.connected, true);
  });

  it("is lost when the node does not answer to that", async (test) => {
    const pass = checks(test);
    await using server = await ScriptedServer.start();
    await using the = await stage({ dial: dialTo(server.endpoint, { commandTimeout: 5 }) });
    await the.lane.open();
    pass(1);
    await until(() => the.told.length === 2);
    assert.ok(the.told[1] instanceof TimeoutError);
  });

  it("does not ask while a reply is due, which tells as much", async (test) => {
    const pass = checks(test);
    await using the = await stage();
    const answer = the.lane.send(["ECHO", 1], {});
    const peer = await the.server.accept();
    await peer.received(1);
    pass(3);
    peer.write(":1\r\n");
    await answer;
    assert.equal(peer.commands.length, 1);
  });

  it("is closed after ten seconds without use, if it is not to be kept, and that is no loss", async (test) => {
    const pass = checks(test);
    await using the = await stage({ keepIdle: () => false });
    const peer = await used(the);
    pass(1);
    await usedAgain(the, peer);
    pass(1);
    assert.equal(the.lane.connected, true);
    pass(1);
    await peer.ended;
    await until(() => !the.lane.connected);
    assert.deepEqual(the.told, ["open"]);
    await used(the);
    assert.deepEqual(the.told, ["open", "open"]);
  });

  it("is not closed while a reply is due", async (test) => {
    const pass = checks(test);
    await using the = await stage({ keepIdle: () => false });
    const answer = the.lane.send(["ECHO", 1], {});
    const peer = await the.server.accept();
    await peer.received(1);
    pass(5);
    peer.write(":1\r\n");
    assert.equal(await answer, 1);
    assert.equal(the.lane.connected, true);
  });

  it("looks no more once it is lost, ended or destroyed", async (test) => {
    const pass = checks(test);
    const endings: ((the: Stage, peer: Peer) => unknown)[] = [
      (_, peer) => peer.socket.resetAndDestroy(),
      ({ lane }) => lane.end(),
      ({ lane }) => lane.destroy(new ClosedError("destroyed")),
    ];
    for (const ending of endings) {
      let asked = 0;
      await using the = await stage({ keepIdle: () => ++asked > 0 });
      const peer = await used(the);
      await ending(the, peer);
      await until(() => !the.lane.connected);
      pass(10);
      assert.equal(asked, 0);
    }
  });
});
