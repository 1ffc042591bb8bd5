import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { WireClient } from "../conformance/wire.ts";
import { certificate, privateKey } from "../support/certificate.ts";

const ID = "0123456789abcdef0123456789abcdef01234567";

describe("a testing server", () => {
  test("rejects unknown options, alone and in a cluster", async () => {
    const message = /unknown option "pasword"; did you mean password\?/;
    await assert.rejects(TestServer.start({ pasword: "secret" } as never), message);
    await assert.rejects(TestCluster.start(1, { pasword: "secret" } as never), message);
  });

  test("has the address it listens on", async () => {
    await using server = await TestServer.start();
    assert.equal(server.address, `127.0.0.1:${server.port}`);
    assert.equal(server.host, "127.0.0.1");
    assert.ok(server.port > 0);
  });

  test("finds a port that no outgoing connection can have taken when it restarts", async () => {
    const servers = await Promise.all(Array.from({ length: 20 }, () => TestServer.start()));
    const ports = servers.map(({ port }) => port);
    for (const server of servers) await server.stop();
    assert.equal(new Set(ports).size, servers.length);
    // /proc/sys/net/ipv4/ip_local_port_range; the ranges of other systems start higher.
    assert.ok(Math.max(...ports) < 32_768, `${ports}`);
  });

  test("can listen on other addresses", async () => {
    await using server = await TestServer.start({ host: "::1" });
    assert.equal(server.address, `[::1]:${server.port}`);
    const client = await WireClient.connect("::1", server.port);
    assert.match(String(await client.call("CLIENT", "LIST")), / addr=\[::1\]:\d+ /);
    client.destroy();
  });

  test("rejects when it cannot listen", async () => {
    await using server = await TestServer.start();
    await assert.rejects(TestServer.start({ port: server.port }), { code: "EADDRINUSE" });
  });

  test("has the id from its options", async () => {
    await using server = await TestServer.start({ id: ID });
    assert.equal(server.id, ID);
    const client = await WireClient.connect(server.host, server.port);
    assert.equal(await client.call("CLUSTER", "MYID"), `$${ID}`);
    assert.match(String(await client.call("ADDJOB", "q", "body", "0")), /^\+D-01234567-/);
    client.destroy();
    await assert.rejects(TestServer.start({ id: "x" }), TypeError);
  });

  test("requires the password from its options", async () => {
    await using server = await TestServer.start({ password: "sécret" });
    const client = await WireClient.connect(server.host, server.port);
    assert.equal(await client.call("PING"), "-NOAUTH Authentication required.");
    assert.equal(await client.call("AUTH", Buffer.from("sécret")), "+OK");
    assert.equal(await client.call("PING"), "+PONG");
    client.destroy();
  });

  test("listens on a unix socket", async () => {
    const directory = await mkdtemp(join(tmpdir(), "disque-"));
    const path = join(directory, "socket");
    {
      await using server = await TestServer.start({ path });
      assert.equal(server.address, `unix:${path}`);
      assert.equal(server.host, "");
      assert.equal(server.port, 0);
      const client = new WireClient(connect(path));
      assert.match(String(await client.call("CLIENT", "LIST")), new RegExp(` addr=${path}:0 .* flags=U `));
      const monitor = new WireClient(connect(path));
      assert.equal(await monitor.call("MONITOR"), "+OK");
      await client.call("PING");
      assert.match(
        String(await monitor.receive()),
        new RegExp(`^\\+\\d+\\.\\d{6} \\[unix:${path}\\] "PING"$`),
      );
      server.faults.drop();
      await client.closed();
      await monitor.closed();
    }
    await rm(directory, { recursive: true });
  });

  test("counts its clients and the commands received", async () => {
    await using server = await TestServer.start();
    const a = await WireClient.connect(server.host, server.port);
    const b = await WireClient.connect(server.host, server.port);
    await a.call("PING");
    await b.call("ping", "x");
    await b.call("NONSENSE");
    assert.equal(server.clients, 2);
    assert.equal(server.received("Ping"), 2);
    assert.equal(server.received("nonsense"), 1);
    assert.equal(server.received("QUIT"), 0);
    await b.call("QUIT");
    await b.closed();
    assert.equal(server.clients, 1);
    a.destroy();
  });

  test("has its own time", async () => {
    await using server = await TestServer.start();
    const client = await WireClient.connect(server.host, server.port);
    const start = server.now();
    server.advance(86_400_000);
    assert.ok(server.now() >= start + 86_400_000);
    const time = await client.call("TIME");
    assert.ok(Number(String(time[0]).slice(1)) >= Math.floor(start / 1000) + 86_400);
    client.destroy();
  });

  test("may be stopped several times, and closes its connections", async () => {
    const server = await TestServer.start();
    const client = await WireClient.connect(server.host, server.port);
    client.send(["GETJOB", "FROM", "q"]);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    assert.equal(await client.closed(), "");
    assert.equal(server.clients, 0);
  });

  test("speaks TLS if it has a key", async () => {
    await using server = await TestServer.start({ tls: { key: privateKey, cert: certificate } });
    assert.equal(server.address, `disques://127.0.0.1:${server.port}`);
    const dial = (): WireClient =>
      new WireClient(connectTls({ host: server.host, port: server.port, ca: certificate }));
    const client = dial();
    assert.equal(await client.call("PING"), "+PONG");
    const half = dial();
    assert.equal(await half.call("PING"), "+PONG");
    half.send(["GETJOB", "FROM", "q"]);
    half.socket.end();
    assert.equal(await half.closed(), "");
    server.faults.freeze();
    const late = dial();
    late.send(["PING"]);
    server.faults.thaw();
    assert.equal(await late.receive(), "+PONG");
    const plain = await WireClient.connect(server.host, server.port);
    plain.write("PING\r\n");
    await plain.closed();
    server.faults.drop();
    await client.closed();
    await late.closed();
    const last = dial();
    assert.equal(await last.call("PING"), "+PONG");
  });

  test("is stopped by SHUTDOWN, and can be started again", async () => {
    await using server = await TestServer.start();
    const client = await WireClient.connect(server.host, server.port);
    await client.call("ADDJOB", "q", "body", "0");
    client.send(["SHUTDOWN"]);
    assert.equal(await client.closed(), "");
    await assert.rejects(WireClient.connect(server.host, server.port));
    await server.faults.restart();
    const again = await WireClient.connect(server.host, server.port);
    assert.equal(await again.call("QLEN", "q"), ":0");
    again.send(["DEBUG", "SEGFAULT"]);
    assert.equal(await again.closed(), "");
  });

  test("refuses clients beyond maxclients", async () => {
    await using server = await TestServer.start();
    const first = await WireClient.connect(server.host, server.port);
    assert.equal(await first.call("CONFIG", "SET", "maxclients", "1"), "+OK");
    const second = await WireClient.connect(server.host, server.port);
    assert.equal(await second.closed(), "-ERR max number of clients reached\r\n");
    assert.match(String(await first.call("INFO", "stats")), /rejected_connections:1\r\n/);
    first.destroy();
  });
});
