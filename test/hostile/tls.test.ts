import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TlsOptions } from "node:tls";
import { ConnectionError, Disque, type DisqueOptions, TimeoutError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { array, bulk, NODE_ID, rejection, until } from "../client/scripted.ts";
import { type Certificate, makeCertificate } from "../support/certificate.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const ONCE = { failoverTimeout: 0 };
const DAY = 86_400_000;
const now = Date.now();

const authority = makeCertificate({ hosts: ["Authority"] });

interface Untrusted {
  readonly name: string;
  readonly made: Certificate;
  /** The certificates that the client trusts. Default: those that Node trusts. */
  readonly ca?: string;
  readonly message: RegExp;
}

const expired = makeCertificate({ until: new Date(now - DAY) });
const early = makeCertificate({ from: new Date(now + DAY) });

const UNTRUSTED: readonly Untrusted[] = [
  { name: "that signed itself", made: makeCertificate(), message: /self-signed certificate/ },
  {
    name: "signed by an unknown authority",
    made: makeCertificate({ issuer: authority }),
    message: /unable to verify the first certificate|unable to get local issuer/,
  },
  {
    name: "signed by another authority with the name of the trusted one",
    made: makeCertificate({ issuer: makeCertificate({ hosts: ["Authority"] }) }),
    ca: authority.cert,
    message: /signature failure|unable to verify|unable to get local issuer/,
  },
  {
    name: "for another name",
    made: makeCertificate({ hosts: ["disque.example"], issuer: authority }),
    ca: authority.cert,
    message: /127\.0\.0\.1 is not in the cert's list/,
  },
  {
    name: "for another address",
    made: makeCertificate({ hosts: ["127.0.0.2"], issuer: authority }),
    ca: authority.cert,
    message: /127\.0\.0\.1 is not in the cert's list/,
  },
  { name: "that has expired", made: expired, ca: expired.cert, message: /certificate has expired/ },
  { name: "that is not good yet", made: early, ca: early.cert, message: /not yet valid/ },
];

function secure({ cert, key }: Certificate): TlsOptions {
  return { cert, key };
}

describe("a certificate", () => {
  for (const { name, made, ca, message } of UNTRUSTED) {
    it(`${name} is rejected, and nothing is sent, in particular not the password`, async () => {
      await using server = await ScriptedServer.start({ tls: secure(made) });
      await using disque = new Disque(server.endpoint, {
        ...ONCE,
        password: "secret",
        tls: ca === undefined ? true : { ca },
      });
      const error = await rejection(disque.ping());
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, message);
      assert.ok(error.errors[0] instanceof ConnectionError && !error.errors[0].sent);
      assert.deepEqual(server.commands, []);
    });

    it(`${name} is accepted with rejectUnauthorized: false, which must be set explicitly`, async () => {
      await using server = await TestServer.start({ tls: secure(made) });
      await using disque = new Disque(server.address, { ...ONCE, tls: { rejectUnauthorized: false } });
      assert.equal(await disque.ping(), "PONG");
    });
  }

  it("is accepted if it is trusted itself or its authority is", async () => {
    const own = makeCertificate();
    const issued = makeCertificate({ issuer: authority });
    for (const [made, ca] of [
      [own, own.cert],
      [issued, authority.cert],
    ] as const) {
      await using server = await TestServer.start({ tls: secure(made) });
      await using disque = new Disque(server.address, { ...ONCE, tls: { ca } });
      assert.equal(await disque.ping(), "PONG");
    }
  });

  it("of an announced node is verified too, for the announced host", async () => {
    await using other = await ScriptedServer.start({
      tls: secure(makeCertificate({ hosts: ["127.0.0.2"], issuer: authority })),
    });
    const { host, port } = other.endpoint;
    const otherId = "b".repeat(40);
    const announced = array(
      ":1\r\n",
      bulk(NODE_ID),
      array(bulk(NODE_ID), bulk(""), bulk("7711"), bulk("5")),
      array(bulk(otherId), bulk(host), bulk(String(port)), bulk("1")),
    );
    await using node = await ScriptedServer.start({
      tls: secure(makeCertificate({ issuer: authority })),
      answer: ([command]) => (command === "HELLO" ? announced : "+OK\r\n"),
    });
    await using disque = new Disque(node.endpoint, {
      ...ONCE,
      password: "secret",
      tls: { ca: authority.cert },
    });
    await disque.connect();
    // It has the better priority, so the client tries it, and finds its certificate wrong.
    await until(() => disque.nodes.some(({ id }) => id === otherId));
    await until(() => other.attempts > 0);
    await disque.ping();
    assert.equal(disque.connectedNode?.id, NODE_ID);
    assert.deepEqual(other.commands, []);
  });
});

describe("a plaintext node dialled with TLS", () => {
  const options: DisqueOptions = { ...ONCE, tls: { ca: authority.cert }, connectTimeout: 50 };

  it("that answers nothing fails after connectTimeout, and the error mentions the missing TLS handshake", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address, options);
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.ok(error.errors[0] instanceof TimeoutError);
    assert.match(error.message, /connected, but no TLS handshake within 50 ms/);
    assert.equal(server.received("hello"), 0);
  });

  it("that is a real server fails the same way", { skip: skipWithoutServer }, async () => {
    await using server = await RealServer.start();
    await using disque = new Disque(server.address, options);
    assert.match(String(await rejection(disque.ping())), /no TLS handshake within 50 ms/);
  });

  it("that answers in plaintext fails at once", async () => {
    await using server = await ScriptedServer.start({ deaf: true });
    await using disque = new Disque(server.endpoint, { ...options, connectTimeout: 60_000 });
    const outcome = rejection(disque.ping());
    const peer = await server.accept();
    peer.write("-ERR Protocol error: expected '$', got ' '\r\n");
    const error = await outcome;
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /the server does not speak TLS/);
  });
});

describe("a TLS node dialled without TLS", () => {
  it("hangs up, and the error says that TLS may be missing", async () => {
    await using server = await TestServer.start({ tls: secure(makeCertificate()) });
    await using disque = new Disque(
      { host: server.host, port: server.port },
      { ...ONCE, password: "secret" },
    );
    const error = await rejection(disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /during the handshake; does it expect TLS\?/);
    assert.equal(server.received("auth"), 0);
  });
});
