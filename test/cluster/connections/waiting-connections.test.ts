import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Connect } from "../../../src/cluster/connections/persistent-connection.ts";
import { WaitingConnections } from "../../../src/cluster/connections/waiting-connections.ts";
import { ClosedError, ConnectionError, ReplyError, TimeoutError } from "../../../src/resp/index.ts";
import { rejection, until } from "../../client/scripted.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";
import { connectTo } from "./links.ts";
import { send, TestSubmission } from "./stage.ts";

interface Stage extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly waiting: WaitingConnections;
}

async function stage(connect?: Connect): Promise<Stage> {
  const server = await ScriptedServer.start();
  const waiting = new WaitingConnections(connect ?? connectTo(server.endpoint));
  return {
    server,
    waiting,
    async [Symbol.asyncDispose]() {
      waiting.destroy(new ClosedError("the test is over"));
      await server[Symbol.asyncDispose]();
    },
  };
}

const GETJOB = ["GETJOB", "FROM", "q"] as const;

describe("connections for waiting GETJOBs", () => {
  it("carry one GETJOB each", async () => {
    await using the = await stage();
    const answers = [send(the.waiting, ...GETJOB), send(the.waiting, ...GETJOB)];
    const peers = [await the.server.accept(), await the.server.accept()];
    for (const peer of peers) await peer.received(1);
    assert.equal(the.waiting.pending, 2);
    for (const peer of peers) peer.write("*-1\r\n");
    assert.deepEqual(await Promise.all(answers), [null, null]);
    assert.equal(the.waiting.pending, 0);
  });

  it("are kept for the next GETJOB", async () => {
    await using the = await stage();
    const first = send(the.waiting, ...GETJOB);
    const peer = await the.server.accept();
    await peer.received(1);
    peer.write("*-1\r\n");
    await first;
    const second = send(the.waiting, ...GETJOB);
    await peer.received(2);
    peer.write("*-1\r\n");
    await second;
    assert.equal(the.server.attempts, 1);
  });

  it("are replaced if they were lost while idle", async () => {
    await using the = await stage();
    const first = send(the.waiting, ...GETJOB);
    const peer = await the.server.accept();
    await peer.received(1);
    peer.write("*-1\r\n");
    await first;
    peer.socket.resetAndDestroy();
    await peer.closed;
    // The client reads the loss in a later turn.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    const second = send(the.waiting, ...GETJOB).catch((error: unknown) => error);
    const other = await the.server.accept();
    await other.received(1);
    other.write("*-1\r\n");
    assert.equal(await second, null);
  });

  it("are kept, without sending the command, if the call ended while they opened", async () => {
    await using the = await stage();
    const cancelled = new TestSubmission(...GETJOB);
    the.waiting.submit(cancelled);
    cancelled.isCancelled = true;
    const peer = await the.server.accept();
    await until(() => the.waiting.pending === 0);
    const answer = send(the.waiting, ...GETJOB);
    await peer.received(1);
    peer.write("*-1\r\n");
    assert.equal(await answer, null);
    assert.deepEqual([the.server.attempts, cancelled.submissions], [1, 0]);
  });

  it("reject with an error that says nothing was sent if they cannot be opened", async () => {
    const failures = [
      new ConnectionError("refused"),
      new TimeoutError("no connection within 5 ms"),
      new ReplyError("ERR max number of clients reached", "AUTH"),
    ];
    for (const failure of failures) {
      await using the = await stage(() => Promise.reject(failure));
      const error = await rejection(send(the.waiting, ...GETJOB));
      assert.ok(error instanceof ConnectionError);
      assert.deepEqual([error.sent, error.message, the.waiting.pending], [false, failure.message, 0]);
    }
  });

  it("reject with an error that says the command was sent if they are lost", async () => {
    await using the = await stage();
    const outcome = rejection(send(the.waiting, ...GETJOB));
    const peer = await the.server.accept();
    await peer.received(1);
    peer.socket.resetAndDestroy();
    const error = await outcome;
    assert.ok(error instanceof ConnectionError && error.sent);
    assert.equal(the.waiting.pending, 0);
  });
});

describe("ending connections for waiting GETJOBs", () => {
  it("neither closes nor half-closes one before it is answered", async () => {
    await using the = await stage();
    const answer = send(the.waiting, ...GETJOB);
    const peer = await the.server.accept();
    await peer.received(1);
    let ended = false;
    void peer.ended.then(() => {
      ended = true;
    });
    const closed = the.waiting.end();
    // Time for an end of the connection to arrive: the PINGs of another connection are answered meanwhile.
    const other = await ScriptedServer.start({ answer: () => "+PONG\r\n" });
    const probe = new WaitingConnections(connectTo(other.endpoint));
    for (let times = 0; times < 5; times++) await send(probe, "PING");
    await probe.end();
    await other[Symbol.asyncDispose]();
    assert.equal(ended, false);
    peer.write("*-1\r\n");
    assert.equal(await answer, null);
    await closed;
    await peer.ended;
  });

  it("closes idle ones at once", async () => {
    await using the = await stage();
    const answer = send(the.waiting, ...GETJOB);
    const peer = await the.server.accept();
    await peer.received(1);
    peer.write("*-1\r\n");
    await answer;
    await the.waiting.end();
    await peer.ended;
  });

  it("refuses further commands", async () => {
    await using the = await stage();
    await the.waiting.end();
    assert.throws(() => the.waiting.submit(new TestSubmission(...GETJOB)), ClosedError);
  });

  it("gives up attempts to connect", async () => {
    await using the = await stage(
      (signal) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    );
    const outcome = rejection(send(the.waiting, ...GETJOB));
    await the.waiting.end();
    assert.ok((await outcome) instanceof ClosedError);
  });
});

describe("destroying connections for waiting GETJOBs", () => {
  it("closes them at once", async () => {
    await using the = await stage();
    const outcome = rejection(send(the.waiting, ...GETJOB));
    const peer = await the.server.accept();
    await peer.received(1);
    the.waiting.destroy(new ClosedError("destroyed"));
    const error = await outcome;
    assert.ok(error instanceof ConnectionError && error.sent);
    await peer.ended;
  });
});
