// Host names with several addresses (RFC 8305).

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as dial, isIP, type LookupFunction, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Connection, ConnectionError, TimeoutError } from "../../src/resp/index.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { rejection } from "./connect.ts";

function lookupOf(...addresses: string[]): LookupFunction {
  return (_host, _options, found) =>
    found(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
}

/** Listens with a backlog of 1 and accepts nothing until the delay is over. */
const BUSY_SERVER = `
const server = require("node:net").createServer((socket) => {
  socket.on("error", () => {}).on("data", () => socket.write("+PONG\\r\\n"));
});
const wait = new Int32Array(new SharedArrayBuffer(4));
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  process.send(server.address().port, () => Atomics.wait(wait, 0, 0, Number(process.argv[2])));
});
`;

describe("a host name with several addresses", () => {
  it("is tried address by address, alternating IPv4 and IPv6", async () => {
    await using server = await ScriptedServer.start({ answer: () => "+PONG\r\n" });
    const { port } = server.endpoint;
    const lookup = lookupOf("127.0.0.2", "127.0.0.3", "::1", "127.0.0.1");
    const connection = await Connection.open({ host: "disque.example", port, lookup });
    assert.equal(await connection.send(["PING"]), "PONG");
    assert.equal(connection.address, `disque.example:${port}`);
    assert.equal(server.attempts, 1);
    await connection.end();
  });

  it("reports the reason for each address if all fail", async () => {
    const lookup = lookupOf("127.0.0.2", "127.0.0.3");
    const error = await rejection(Connection.open({ host: "disque.example", port: 1, lookup }));
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /^disque\.example:1: connect ECONNREFUSED 127\.0\.0\.2:1, .*127\.0\.0\.3:1$/);
    assert.ok(error.cause instanceof AggregateError);
  });

  it("is reported if it has no address or is not found", async () => {
    const none = await rejection(Connection.open({ host: "disque.example", port: 1, lookup: lookupOf() }));
    assert.ok(none instanceof ConnectionError);
    assert.match(none.message, /has no address/);
    const lookup: LookupFunction = (_host, _options, found) => found(new Error("ENOTFOUND"), "", 0);
    const unknown = await rejection(Connection.open({ host: "disque.example", port: 1, lookup }));
    assert.ok(unknown instanceof ConnectionError);
    assert.match(unknown.message, /^disque\.example:1: ENOTFOUND$/);
  });

  it("times out if its resolver never answers", async () => {
    const options = { host: "disque.example", port: 1, connectTimeout: 30, lookup: () => {} };
    const error = await rejection(Connection.open(options));
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /no connection within 30 ms/);
  });
});

describe("an address that takes longer than 250 ms to connect", () => {
  it("is not abandoned because others fail", async (context) => {
    const busy = await busyServer(600);
    try {
      if (!busy.isFull) {
        context.skip("this system's listen queue cannot be filled");
        return;
      }
      const lookup = lookupOf("127.0.0.1", "127.0.0.2");
      const start = performance.now();
      const connection = await Connection.open({ host: "disque.example", port: busy.port, lookup });
      assert.ok(performance.now() - start > 250);
      assert.equal(await connection.send(["PING"]), "PONG");
      await connection.end();
    } finally {
      await busy.stop();
    }
  });

  it("does not delay the next one", async (context) => {
    await using server = await ScriptedServer.start({ answer: () => "+PONG\r\n" });
    const { port } = server.endpoint;
    // Nothing answers at this address, which is reserved for documentation (RFC 5737).
    const lookup = lookupOf("192.0.2.1", "127.0.0.1");
    const start = performance.now();
    const connection = await Connection.open({ host: "disque.example", port, lookup });
    if (performance.now() - start < 200) context.diagnostic("192.0.2.1 was refused at once");
    assert.equal(await connection.send(["PING"]), "PONG");
    await connection.end();
  });
});

interface BusyServer {
  readonly port: number;
  readonly isFull: boolean;
  stop(): Promise<void>;
}

async function busyServer(milliseconds: number): Promise<BusyServer> {
  const directory = await mkdtemp(join(tmpdir(), "disque-busy-"));
  const file = join(directory, "server.cjs");
  await writeFile(file, BUSY_SERVER);
  const child: ChildProcess = fork(file, [String(milliseconds)], { execArgv: [] });
  const [port] = (await once(child, "message")) as [number];
  const fillers: Socket[] = [];
  let isFull = false;
  for (let count = 0; count < 10 && !isFull; count++) {
    const filler = dial(port, "127.0.0.1").on("error", () => {});
    fillers.push(filler);
    isFull = !(await Promise.race([once(filler, "connect").then(() => true), pause(50, false)]));
  }
  const stop = async (): Promise<void> => {
    for (const filler of fillers) filler.destroy();
    const exited = once(child, "exit");
    child.kill();
    await exited;
    await rm(directory, { recursive: true });
  };
  return { port, isFull, stop };
}
