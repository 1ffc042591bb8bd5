import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError, Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { certificate, privateKey } from "../support/certificate.ts";
import { rejection } from "./scripted.ts";

const tls = { cert: certificate, key: privateKey };

describe("TLS", () => {
  it("is used for disques: URLs if the certificate is trusted", async () => {
    await using server = await TestServer.start({ tls, password: "secret" });
    const withPassword = server.address.replace("disques://", "disques://:secret@");
    await using disque = new Disque(withPassword, { tls: { ca: certificate } });
    await disque.addJob("q", "x".repeat(100_000));
    assert.equal((await disque.getJob("q"))[0]?.body.length, 100_000);
    assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
  });

  it("is used if the client's options or the address ask for it", async () => {
    await using server = await TestServer.start({ tls });
    const { host, port } = server;
    await using byOption = new Disque(`${host}:${port}`, { tls: { ca: certificate } });
    await using byAddress = new Disque({ host, port, tls: { ca: certificate } });
    assert.deepEqual([await byOption.ping(), await byAddress.ping()], ["PONG", "PONG"]);
  });

  it("rejects an untrusted certificate", async () => {
    await using server = await TestServer.start({ tls });
    await using disque = new Disque(server.address, { failoverTimeout: 0 });
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /self-signed certificate/);
    assert.equal(server.received("hello"), 0);
  });

  it("rejects a certificate for another host", async () => {
    await using server = await TestServer.start({ tls });
    const options = { tls: { ca: certificate, servername: "example.com" }, failoverTimeout: 0 };
    await using disque = new Disque(server.address, options);
    assert.match(String(await rejection(disque.ping())), /does not match certificate/);
  });
});
