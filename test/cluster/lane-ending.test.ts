import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lane } from "../../src/cluster/lane.ts";
import { ClosedError, Connection, ConnectionError } from "../../src/resp/index.ts";
import { rejection } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { stage } from "./lane-stage.ts";
import { dialTo } from "./links.ts";

describe("ending a lane", () => {
  it("waits for the replies that are due, then takes no more", async () => {
    await using the = await stage();
    const answer = the.lane.send(["ECHO", 1], {});
    const peer = await the.server.accept();
    await peer.received(1);
    const ended = the.lane.end();
    peer.write(":1\r\n");
    assert.equal(await answer, 1);
    await ended;
    await peer.ended;
    assert.ok((await rejection(the.lane.send(["PING"], {}))) instanceof ClosedError);
    assert.deepEqual(the.told, ["open"]);
  });

  it("that was never open opens nothing, then or later", async () => {
    await using the = await stage();
    await the.lane.end();
    assert.ok((await rejection(the.lane.open())) instanceof ClosedError);
    assert.deepEqual(the.told, []);
  });

  it("gives up an attempt to open it, and does not wait for the node", async () => {
    await using the = await stage({ dial: (signal) => aborted(signal) });
    const opening = rejection(the.lane.open());
    await the.lane.end();
    assert.ok((await opening) instanceof ClosedError);
  });
});

describe("destroying a lane", () => {
  it("rejects what is under way at once, and is no loss", async () => {
    await using the = await stage();
    const answer = rejection(the.lane.send(["ECHO", 1], {}));
    const peer = await the.server.accept();
    await peer.received(1);
    the.lane.destroy(new ClosedError("destroyed"));
    const error = await answer;
    assert.ok(error instanceof ConnectionError && error.sent);
    await peer.ended;
    assert.deepEqual(the.told, ["open"]);
    assert.ok((await rejection(the.lane.open())) instanceof ClosedError);
  });

  it("gives up an attempt to open it", async () => {
    const reason = new ClosedError("destroyed");
    await using the = await stage({ dial: (signal) => aborted(signal) });
    const calls = [the.lane.open(), the.lane.send(["PING"], {})].map(rejection);
    the.lane.destroy(reason);
    assert.equal((await Promise.all(calls))[0], reason);
  });

  it("closes what was opened in that very moment", async () => {
    await using server = await ScriptedServer.start();
    const connection = await Connection.open(server.endpoint);
    const link = await dialTo(server.endpoint)(undefined, () => {});
    link.connection.destroy();
    for (const end of [
      (lane: Lane) => lane.destroy(new ClosedError("destroyed")),
      (lane: Lane) => void lane.end(),
    ]) {
      let open = (_: { connection: Connection }): void => {};
      await using the = await stage({
        dial: () => new Promise((resolve) => (open = ({ connection }) => resolve({ ...link, connection }))),
      });
      const opening = rejection(the.lane.open());
      open({ connection });
      end(the.lane);
      assert.ok((await opening) instanceof ClosedError);
      await connection.closed;
      assert.deepEqual(the.told, []);
    }
  });
});

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
