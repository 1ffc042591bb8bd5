import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { isIP, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { inspect } from "node:util";
import { Connection, ConnectionError } from "../../src/resp/index.ts";
import { nameOf } from "../../src/resp/types.ts";
import { certificate, privateKey } from "../support/certificate.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

const secure = { cert: certificate, key: privateKey };
const echo = ([, text]: string[]): string => `+${text}\r\n`;

describe("an address", () => {
  it("is formatted in the usual notation", () => {
    assert.equal(nameOf({ host: "disque.example", port: 7711 }), "disque.example:7711");
    assert.equal(nameOf({ host: "127.0.0.1", port: 7711 }), "127.0.0.1:7711");
    assert.equal(nameOf({ host: "::1", port: 7711 }), "[::1]:7711");
    assert.equal(nameOf({ path: "/run/disque.sock" }), "unix:/run/disque.sock");
  });
});

describe("a socket", () => {
  for (const [kind, tls] of [
    ["plain TCP", undefined],
    ["TLS", { ca: certificate }],
  ] as const) {
    it(`has no Nagle delay and uses keep-alive: ${kind}`, async (context) => {
      const noDelay = context.mock.method(Socket.prototype, "setNoDelay");
      const keepAlive = context.mock.method(Socket.prototype, "setKeepAlive");
      await using server = await ScriptedServer.start(tls === undefined ? {} : { tls: secure });
      await connect(server, { tls });
      await connect(server, { tls, keepAlive: 3_000 });
      assert.deepEqual(
        noDelay.mock.calls.map((call) => call.arguments),
        [[true], [true]],
      );
      assert.deepEqual(
        keepAlive.mock.calls.map((call) => call.arguments),
        [
          [true, 10_000],
          [true, 3_000],
        ],
      );
    });
  }

  it("may be a Unix socket", async () => {
    const directory = await mkdtemp(join(tmpdir(), "disque-"));
    try {
      const path = join(directory, "disque.sock");
      await using _server = await ScriptedServer.start({ path, answer: echo });
      const connection = await Connection.open({ path });
      assert.equal(connection.address, `unix:${path}`);
      assert.equal(await connection.send(["ECHO", "hello"]), "hello");
      await connection.end();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("TLS", () => {
  it("rejects an untrusted certificate", async () => {
    await using server = await ScriptedServer.start({ tls: secure });
    const error = await rejection(Connection.open({ ...server.endpoint, tls: true }));
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /^127\.0\.0\.1:\d+: .*self-signed certificate/);
    assert.equal((error.cause as NodeJS.ErrnoException).code, "DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("rejects a certificate for another host", async () => {
    await using server = await ScriptedServer.start({ tls: secure });
    const tls = { ca: certificate, servername: "disque.example" };
    const error = await rejection(Connection.open({ ...server.endpoint, tls }));
    assert.ok(error instanceof ConnectionError);
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("carries commands if the certificate is trusted", async () => {
    await using server = await ScriptedServer.start({ tls: secure, answer: echo });
    const { connection, peer } = await connect(server, { tls: { ca: certificate } });
    const body = "x".repeat(100_000);
    const sent = Array.from({ length: 20 }, (_, index) => connection.send(["ECHO", index, body]));
    assert.deepEqual(
      await Promise.all(sent),
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
    await connection.end();
    await peer.ended;
  });

  it("verifies the host name and sends it to the server", async () => {
    await using server = await ScriptedServer.start({ tls: secure, answer: echo });
    const { port } = server.endpoint;
    const lookup = lookupOf("127.0.0.1");
    const connection = await Connection.open({ host: "localhost", port, tls: { ca: certificate, lookup } });
    const peer = await server.accept();
    assert.equal(Reflect.get(peer.socket, "servername"), "localhost");
    assert.equal(await connection.send(["ECHO", "hello"]), "hello");
    await connection.end();
  });

  it("rejects pending commands when the server closes", async () => {
    await using server = await ScriptedServer.start({ tls: secure });
    const { connection, peer } = await connect(server, { tls: { ca: certificate } });
    const lost = rejection(connection.send(["PING"]));
    await peer.received(1);
    peer.socket.end();
    const error = await lost;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.sent, true);
    await connection.closed;
  });
});

describe("an attempt to connect that fails", () => {
  it("names the address and the reason: refused", async () => {
    const error = await rejection(Connection.open({ host: "127.0.0.1", port: 1 }));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.message, "127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1");
    assert.equal(error.sent, false);
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNREFUSED");
  });

  it("names the address and the reason: no such path", async () => {
    const error = await rejection(Connection.open({ path: "/nonexistent/disque.sock" }));
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /^unix:\/nonexistent\/disque\.sock: .*ENOENT/);
  });

  it("is a RangeError for an invalid port", async () => {
    assert.ok((await rejection(Connection.open({ host: "127.0.0.1", port: 65_536 }))) instanceof RangeError);
  });

  it("names the address and each reason if the name has several addresses", async () => {
    const tls = { lookup: lookupOf("127.0.0.1", "::1") };
    const error = await rejection(Connection.open({ host: "disque.example", port: 1, tls }));
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /^disque\.example:1: .* 127\.0\.0\.1:1\b.* ::1:1\b/);
  });

  it("names the address if the server closes during the handshake", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    const attempt = rejection(Connection.open({ ...server.endpoint, tls: true }));
    const peer = await server.accept();
    peer.socket.end();
    const error = await attempt;
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /^127\.0\.0\.1:\d+: /);
  });

  it("reveals none of its options, and neither does a connection", async () => {
    const tls = { passphrase: "s3cret", ca: certificate };
    const error = await rejection(Connection.open({ host: "127.0.0.1", port: 1, tls }));
    await using server = await ScriptedServer.start({ tls: secure });
    const { connection } = await connect(server, { tls });
    const lost = rejection(connection.send(["AUTH", "s3cret"]));
    const shown = inspect(connection, { depth: 10, showHidden: true });
    connection.destroy();
    for (const text of [inspect(error, { depth: 10 }), inspect(await lost, { depth: 10 }), shown]) {
      assert.ok(!text.includes("s3cret"));
    }
  });
});

type Lookup = NonNullable<TlsOptions["lookup"]>;

/** Resolves every name to these addresses. */
function lookupOf(...addresses: string[]): Lookup {
  return (_host, options, found) => {
    const [first = ""] = addresses;
    if (options.all)
      found(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      );
    else found(null, first, isIP(first));
  };
}
