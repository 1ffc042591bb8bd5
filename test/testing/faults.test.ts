import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { TestServer } from "../../src/testing/index.ts";
import { WireClient } from "../conformance/wire.ts";

async function reset(socket: Socket): Promise<void> {
  const [error] = await once(socket, "error");
  assert.equal(error.code, "ECONNRESET");
}

describe("faults", () => {
  test("a frozen server answers nothing, and everything when it thaws", async () => {
    await using server = await TestServer.start();
    const client = await WireClient.connect(server.host, server.port);
    await client.call("ADDJOB", "later", "body", "0", "DELAY", "1");
    server.faults.freeze();
    assert.equal(server.faults.frozen, true);
    client.send(["PING"]);
    const stranger = await WireClient.connect(server.host, server.port);
    stranger.send(["GETJOB", "FROM", "later"]);
    server.advance(1000);
    assert.equal(server.received("ping"), 0);
    assert.equal(server.clients, 1);
    server.faults.thaw();
    assert.equal(await client.receive(), "+PONG");
    assert.equal((await stranger.receive())[0]?.[2], "$body");
    client.destroy();
    stranger.destroy();
  });

  test("replies are sent in slices", async () => {
    await using server = await TestServer.start();
    const socket = connect(server.port, server.host);
    const sizes: number[] = [];
    let received = "";
    socket.on("data", (chunk) => {
      sizes.push(chunk.length);
      received += chunk.toString();
      if (received.endsWith("end\r\n")) socket.end();
    });
    server.faults.slice(2);
    socket.write("PING\r\nPING end\r\n");
    await once(socket, "close");
    assert.equal(received, "+PONG\r\n$3\r\nend\r\n");
    assert.ok(sizes.length > 1 && sizes.every((size) => size % 2 === 0), `${sizes}`);
    server.faults.slice(null);
    assert.equal(server.faults.sliceSize, null);
    assert.throws(() => server.faults.slice(0), RangeError);
  });

  test("a sliced reply is sent whole before its connection is closed", async () => {
    await using server = await TestServer.start();
    const client = await WireClient.connect(server.host, server.port);
    server.faults.slice(1);
    client.write("PING hello\r\nQUIT\r\n");
    assert.equal(await client.closed(), "$5\r\nhello\r\n+OK\r\n");
  });

  test("a connection is reset in the middle of a reply, once", async () => {
    await using server = await TestServer.start();
    const client = connect(server.port, server.host);
    server.faults.dropAfter(10);
    let received = "";
    client.on("data", (chunk) => {
      received += chunk.toString();
    });
    client.write("PING\r\nPING\r\n");
    await reset(client);
    assert.equal(received, "+PONG\r\n+PO");
    assert.equal(server.faults.byteLimit, null);
    const other = await WireClient.connect(server.host, server.port);
    assert.equal(await other.call("PING", "x".repeat(100)), `$${"x".repeat(100)}`);
    other.destroy();
    assert.throws(() => server.faults.dropAfter(-1), RangeError);
  });

  test("the bytes of each connection are counted separately", async () => {
    await using server = await TestServer.start();
    server.faults.dropAfter(14);
    const a = await WireClient.connect(server.host, server.port);
    const b = await WireClient.connect(server.host, server.port);
    assert.equal(await a.call("PING"), "+PONG");
    assert.equal(await b.call("PING"), "+PONG");
    assert.equal(await b.call("PING"), "+PONG");
    await b.closed();
    assert.equal(await a.call("PING"), "+PONG");
    a.destroy();
  });

  test("new connections are reset while the server refuses them", async () => {
    await using server = await TestServer.start();
    server.faults.refuse(true);
    assert.equal(server.faults.refusing, true);
    await reset(connect(server.port, server.host));
    server.faults.refuse(false);
    const client = await WireClient.connect(server.host, server.port);
    assert.equal(await client.call("PING"), "+PONG");
    client.destroy();
  });

  test("a command is answered with an error instead of being run", async () => {
    await using server = await TestServer.start();
    const client = await WireClient.connect(server.host, server.port);
    server.faults.answer("ADDJOB", "OOM no room", 1);
    assert.equal(await client.call("addjob", "q", "body", "0"), "-OOM no room");
    assert.equal(await client.call("QLEN", "q"), ":0");
    assert.match(String(await client.call("ADDJOB", "q", "body", "0")), /^\+D-/);
    server.faults.answer("qlen", "ERR no");
    assert.equal(await client.call("QLEN", "q"), "-ERR no");
    assert.equal(await client.call("QLEN", "q"), "-ERR no");
    server.faults.answer("QLEN", null);
    assert.equal(await client.call("QLEN", "q"), ":1");
    assert.equal(server.received("qlen"), 4);
    client.destroy();
  });

  test("all connections are reset, and the server keeps running", async () => {
    await using server = await TestServer.start();
    const clients = await Promise.all([1, 2].map(() => WireClient.connect(server.host, server.port)));
    for (const client of clients) await client.call("PING");
    server.faults.drop();
    assert.equal(server.clients, 0);
    for (const client of clients) await client.closed();
    const other = await WireClient.connect(server.host, server.port);
    assert.equal(await other.call("PING"), "+PONG");
    other.destroy();
  });

  test("a killed server is down until it is restarted, with its id and port but without its jobs", async () => {
    await using server = await TestServer.start();
    const { id, port } = server;
    const client = await WireClient.connect(server.host, port);
    await client.call("ADDJOB", "q", "body", "0", "DELAY", "1");
    await server.faults.kill();
    await client.closed();
    await assert.rejects(WireClient.connect(server.host, port), { code: "ECONNREFUSED" });
    assert.equal(server.clients, 0);
    await server.faults.restart();
    assert.equal(server.port, port);
    const again = await WireClient.connect(server.host, port);
    assert.equal(await again.call("CLUSTER", "MYID"), `$${id}`);
    server.advance(2000);
    assert.equal(await again.call("QLEN", "q"), ":0");
    await assert.rejects(server.faults.restart(), /running/);
    again.destroy();
  });
});
