// For a server that is not Disque, the error says so without quoting what it sent.

import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, it } from "node:test";
import { Connection, ConnectionError, ProtocolError } from "../../src/resp/index.ts";
import { otherProtocol } from "../../src/resp/socket.ts";
import { certificate, privateKey } from "../support/certificate.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { connect, rejection } from "./connect.ts";

const SECRET = "s3cret";
const answers: readonly (readonly [string, string, RegExp])[] = [
  ["an HTTP server", `HTTP/1.1 400 Bad Request\r\n\r\n${SECRET}`, /looks like an HTTP server/],
  ["an SSH server", `SSH-2.0-OpenSSH_9.2 ${SECRET}\r\n`, /looks like an SSH server/],
  ["a TLS server", "\x15\x03\x03\x00\x02\x02\x46", /looks like a server that expects TLS/],
  ["an SMTP server", `220 mail ${SECRET} ESMTP\r\n`, /a reply cannot begin with the byte 50/],
];

describe("a server that speaks another protocol", () => {
  for (const [what, answer, message] of answers) {
    it(`is named in the error with its address: ${what}`, async () => {
      await using server = await ScriptedServer.start();
      const { connection, peer } = await connect(server);
      const refused = rejection(connection.send(["AUTH", SECRET]));
      await peer.received(1);
      peer.write(Buffer.from(answer, "latin1"));
      const error = await refused;
      assert.ok(error instanceof ProtocolError);
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(`${connection.address}: `));
      assert.ok(!error.message.includes(SECRET));
    });
  }

  it("is not named once the server has answered in RESP", async () => {
    await using server = await ScriptedServer.start();
    const { connection, peer } = await connect(server);
    const first = connection.send(["PING"]);
    const refused = rejection(connection.send(["PING"]));
    await peer.received(2);
    peer.write("+PONG\r\n");
    await first;
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    const error = await refused;
    assert.ok(error instanceof ProtocolError);
    assert.match(error.message, /: a reply cannot begin with the byte 72$/);
  });

  it("is not named if the first bytes do not suffice", () => {
    for (const bytes of ["", "H", "\x15", "*1\r\n", "+OK\r\n"]) {
      assert.equal(otherProtocol(Buffer.from(bytes, "latin1")), undefined);
    }
  });
});

describe("TLS", () => {
  it("missing on a connection to a TLS port: the server's alert is recognised", async () => {
    await using server = await ScriptedServer.start({ tls: { cert: certificate, key: privateKey } });
    const connection = await Connection.open(server.endpoint);
    const error = await rejection(connection.send(["PING"]));
    assert.ok(error instanceof ProtocolError || error instanceof ConnectionError);
    if (error instanceof ProtocolError) assert.match(error.message, /looks like a server that expects TLS/);
  });

  for (const answer of [
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n",
    "-ERR unknown command\r\n",
  ]) {
    it(`to a server without TLS, which answers ${JSON.stringify(answer)}`, async () => {
      const server = await listen(createServer((socket) => socket.on("error", () => {}).end(answer)));
      const { port } = server.address() as AddressInfo;
      const error = await rejection(Connection.open({ host: "127.0.0.1", port, tls: true }));
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, /^127\.0\.0\.1:\d+: the server does not speak TLS/);
      server.close();
    });
  }
});

function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
