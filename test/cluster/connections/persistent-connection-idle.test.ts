import "../../support/fake-clock.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClosedError, TimeoutError } from "../../../src/resp/index.ts";
import { until } from "../../client/scripted.ts";
import { pass } from "../../support/fake-clock.ts";
import type { Peer } from "../../support/scripted-server.ts";
import { connectTo } from "./links.ts";
import { type Stage, send, stage, used, usedAgain } from "./stage.ts";

/** Milliseconds. */
const CHECK_INTERVAL = 10_000;

describe("an idle persistent connection", () => {
  it("is probed with PING every ten seconds if it is kept open", async () => {
    await using the = await stage();
    const peer = await used(the);
    for (const count of [2, 3, 4]) {
      pass(CHECK_INTERVAL);
      await peer.received(count);
      peer.write("+PONG\r\n");
      await until(() => the.connection.pending === 0);
    }
    assert.equal(the.connection.connected, true);
  });

  it("is lost if the node does not answer the PING", async () => {
    const reported: unknown[] = [];
    await using the = await stage({ onLost: (error) => reported.push(error) });
    const connect = connectTo(the.server.endpoint, { commandTimeout: 5_000 });
    await using silent = await stage({ connect, onLost: (error) => reported.push(error) });
    await silent.connection.open();
    const peer = await the.server.accept();
    pass(CHECK_INTERVAL);
    await peer.received(1);
    await until(() => {
      pass(1_000);
      return reported.length === 1;
    });
    assert.ok(reported[0] instanceof TimeoutError);
  });

  it("is not probed while a reply is outstanding", async () => {
    await using the = await stage();
    const answer = send(the.connection, "ECHO", 1);
    const peer = await the.server.accept();
    await peer.received(1);
    for (let times = 0; times < 3; times++) pass(CHECK_INTERVAL);
    peer.write(":1\r\n");
    await answer;
    assert.equal(peer.commands.length, 1);
  });

  it("is closed after ten idle seconds if it need not be kept, without reporting a loss", async () => {
    await using the = await stage({ keepIdle: () => false });
    const peer = await used(the);
    pass(CHECK_INTERVAL - 1);
    await usedAgain(the, peer);
    pass(1);
    assert.equal(the.connection.connected, true);
    pass(CHECK_INTERVAL);
    await peer.ended;
    await until(() => !the.connection.connected);
    assert.deepEqual(the.reported, ["open"]);
    await used(the);
    assert.deepEqual(the.reported, ["open", "open"]);
  });

  it("is not closed while a reply is outstanding", async () => {
    await using the = await stage({ keepIdle: () => false });
    const answer = send(the.connection, "ECHO", 1);
    const peer = await the.server.accept();
    await peer.received(1);
    for (let times = 0; times < 5; times++) pass(CHECK_INTERVAL);
    peer.write(":1\r\n");
    assert.equal(await answer, 1);
    assert.equal(the.connection.connected, true);
  });

  const endings: readonly [how: string, end: (the: Stage, peer: Peer) => unknown][] = [
    ["lost", (_, peer) => peer.socket.resetAndDestroy()],
    ["ended", ({ connection }) => connection.end()],
    ["destroyed", ({ connection }) => connection.destroy(new ClosedError("destroyed"))],
  ];
  for (const [how, end] of endings)
    it(`is no longer checked when it is ${how}`, async () => {
      let checks = 0;
      await using the = await stage({ keepIdle: () => ++checks > 0 });
      const peer = await used(the);
      await end(the, peer);
      await until(() => !the.connection.connected);
      for (let times = 0; times < 10; times++) pass(CHECK_INTERVAL);
      assert.equal(checks, 0);
    });
});
