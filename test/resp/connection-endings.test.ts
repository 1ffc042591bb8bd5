// However a connection ends, `onClose` is called once and nothing is left behind.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  ClosedError,
  Connection,
  ConnectionError,
  type DisqueError,
  ProtocolError,
  TimeoutError,
} from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { type Connected, connect, rejection } from "./connect.ts";

interface Ending {
  readonly name: string;
  readonly act: (connected: Connected) => void;
  /** The class of the error expected by `onClose`; undefined if it is called without one. */
  readonly error?: abstract new (
    ...args: never[]
  ) => DisqueError;
  /** The number of commands sent first. */
  readonly commands: number;
}

const endings: readonly Ending[] = [
  { name: "end() when idle", commands: 0, act: ({ connection }) => void connection.end() },
  {
    name: "end(), end(), and then the reply",
    commands: 1,
    act: ({ connection, peer }) => {
      void connection.end();
      void connection.end();
      peer.write("+OK\r\n");
    },
  },
  {
    name: "destroy() when idle",
    commands: 0,
    error: ClosedError,
    act: ({ connection }) => connection.destroy(),
  },
  {
    name: "destroy(), destroy() and end()",
    commands: 2,
    error: ClosedError,
    act: ({ connection }) => {
      connection.destroy();
      connection.destroy(new TimeoutError("again"));
      void connection.end();
    },
  },
  {
    name: "destroy() with a reason, in the turn of a send",
    commands: 2,
    error: TimeoutError,
    act: ({ connection }) => {
      connection.send(["unsent"]).catch(() => {});
      connection.destroy(new TimeoutError("no PONG"));
    },
  },
  {
    name: "the server's end",
    commands: 2,
    error: ConnectionError,
    act: ({ peer }) => void peer.socket.end(),
  },
  {
    name: "the server's reset",
    commands: 2,
    error: ConnectionError,
    act: ({ peer }) => void peer.socket.resetAndDestroy(),
  },
  {
    name: "the server's end within a reply",
    commands: 2,
    error: ConnectionError,
    act: ({ peer }) => void peer.socket.end("$5\r\nhel"),
  },
  {
    name: "an unsolicited reply",
    commands: 0,
    error: ProtocolError,
    act: ({ peer }) => peer.write("+OK\r\n+OK\r\n"),
  },
  {
    name: "a malformed reply",
    commands: 2,
    error: ProtocolError,
    act: ({ peer }) => peer.write("?\r\n?\r\n"),
  },
  {
    name: "an overdue reply",
    commands: 2,
    error: TimeoutError,
    act: ({ connection }) => void connection.send(["PING"], { timeout: 10 }).catch(() => {}),
  },
];

/** Timers set anywhere in this process from now on that have neither fired nor been cleared. */
function trackTimers(context: TestContext): Set<unknown> {
  const waiting = new Set<unknown>();
  const { setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis;
  context.mock.method(globalThis, "setTimeout", (fire: () => void, delay: number) => {
    const timer = setTimeout(() => {
      waiting.delete(timer);
      fire();
    }, delay);
    waiting.add(timer);
    return timer;
  });
  context.mock.method(globalThis, "setImmediate", (fire: () => void) => {
    const immediate = setImmediate(() => {
      waiting.delete(immediate);
      fire();
    });
    waiting.add(immediate);
    return immediate;
  });
  context.mock.method(globalThis, "clearTimeout", (timer: NodeJS.Timeout | undefined) => {
    waiting.delete(timer);
    clearTimeout(timer);
  });
  context.mock.method(globalThis, "clearImmediate", (immediate: NodeJS.Immediate | undefined) => {
    waiting.delete(immediate);
    clearImmediate(immediate);
  });
  return waiting;
}

/** Resolves when no socket is open in this process, and fails if one never closes. */
async function noSockets(): Promise<void> {
  const open = (): string[] => process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS)/.test(name));
  // A handle takes a turn or two of the event loop to close.
  for (let turns = 0; turns < 1000 && open().length > 0; turns++) await turn();
  assert.deepEqual(open(), []);
}

describe("a connection that ends", () => {
  for (const { name, act, error, commands } of endings) {
    it(`leaves nothing behind and calls onClose once: ${name}`, async (context) => {
      {
        await using server = await ScriptedServer.start();
        const timers = trackTimers(context);
        const closings: (DisqueError | undefined)[] = [];
        const connected = await connect(server, { onClose: (reason) => closings.push(reason) });
        const { connection, peer } = connected;
        const { signal } = new AbortController();
        const sent = Array.from({ length: commands }, () => connection.send(["GETJOB"], { signal }));
        const settled = Promise.allSettled(sent);
        await peer.received(commands);

        act(connected);
        await settled;
        await connection.closed;

        connection.destroy();
        await connection.end();
        assert.equal(closings.length, 1);
        if (error === undefined) assert.equal(closings[0], undefined);
        else assert.ok(closings[0] instanceof error, String(closings[0]));
        assert.ok(!connection.open);
        assert.equal(connection.pending, 0);
        assert.equal(getEventListeners(signal, "abort").length, 0);
        assert.equal(timers.size, 0);
        context.mock.restoreAll();
      }
      await noSockets();
    });
  }
});

describe("an attempt to connect that fails", () => {
  for (const [name, attempt] of [
    ["refused", () => Connection.open({ host: "127.0.0.1", port: 1 })],
    ["no such path", () => Connection.open({ path: "/nonexistent/disque.sock" })],
  ] as const) {
    it(`leaves nothing behind: ${name}`, async (context) => {
      const timers = trackTimers(context);
      await rejection(attempt());
      assert.equal(timers.size, 0);
      context.mock.restoreAll();
      await noSockets();
    });
  }
});

describe("onClose", () => {
  it("may use the connection: it is closed and all commands have been rejected", async () => {
    await using server = await ScriptedServer.start();
    let calls = 0;
    let late: Promise<unknown> | undefined;
    const { connection, peer } = await connect(server, {
      onClose: () => {
        calls++;
        assert.equal(connection.pending, 0);
        late = rejection(connection.send(["again"]));
        connection.destroy();
        void connection.end();
      },
    });
    const lost = rejection(connection.send(["PING"]));
    await peer.received(1);
    peer.socket.end();
    assert.ok((await lost) instanceof ConnectionError);
    assert.ok((await late) instanceof ConnectionError);
    await connection.closed;
    assert.equal(calls, 1);
  });
});
