import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Disque, type DisqueOptions, type NodeAddress, ReplyError } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";
import { rejection } from "./scripted.ts";

const PASSWORD = "pass:w@rd/%#?+ ";

const servers = [
  { name: "on disque/testing", skip: false as const, start: () => TestServer.start({ password: PASSWORD }) },
  {
    name: "on a real disque-server",
    skip: skipWithoutServer,
    start: () => RealServer.start({ args: ["--requirepass", PASSWORD] }),
  },
];

async function refusal(address: NodeAddress, options?: DisqueOptions): Promise<ReplyError> {
  await using disque = new Disque(address, options);
  const errors = await Promise.all([rejection(disque.connect()), rejection(disque.ping())]);
  for (const error of errors) assert.ok(error instanceof ReplyError, String(error));
  return errors[0] as ReplyError;
}

for (const { name, skip, start } of servers) {
  describe(`a node with a password, ${name}`, { skip }, () => {
    it("accepts the password from the client's options, the address's URL or its parts", async () => {
      await using server = await start();
      const { host, port } = server;
      const encoded = encodeURIComponent(PASSWORD);
      const given: [NodeAddress, DisqueOptions?][] = [
        [server.address, { password: PASSWORD }],
        [`disque://:${encoded}@${server.address}`],
        [`disque://:${encoded}@${server.address}`, { password: "of the other nodes" }],
        [{ host, port, password: PASSWORD }],
        [{ host, port, password: PASSWORD }, { password: "of the other nodes" }],
      ];
      for (const [address, options] of given) {
        await using disque = new Disque(address, options);
        assert.equal(await disque.ping(), "PONG");
        assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
      }
    });

    it("rejects a wrong password at once", async () => {
      await using server = await start();
      const { code, message, command } = await refusal(server.address, { password: "wrong" });
      assert.deepEqual([code, message, command], ["ERR", "ERR invalid password", "AUTH"]);
    });

    it("rejects every command without a password", async () => {
      await using server = await start();
      assert.equal((await refusal(server.address)).code, "NOAUTH");
    });
  });
}

describe("a password", () => {
  it("is not sent to a node again after it was refused, until the password changes", async () => {
    await using server = await TestServer.start({ password: PASSWORD });
    let password = "wrong";
    await using disque = new Disque(server.address, { password: () => password });
    const calls = [1, 2, 3].map(() => disque.ping());
    for (const error of await Promise.all(calls.map(rejection))) assert.ok(error instanceof ReplyError);
    assert.equal(server.received("auth"), 1);
    assert.ok((await rejection(disque.ping())) instanceof ReplyError);
    assert.equal(server.received("auth"), 1);
    password = PASSWORD;
    assert.equal(await disque.ping(), "PONG");
    assert.equal(server.received("auth"), 2);
  });

  it("may come from a function that fails or never settles for a while", async () => {
    await using server = await TestServer.start({ password: PASSWORD });
    const answers: (() => string | Promise<string>)[] = [
      () => new Promise(() => {}),
      () => Promise.reject(new Error("the vault is sealed")),
      () => {
        throw new Error("the vault is sealed");
      },
    ];
    const password = (): string | Promise<string> => answers.shift()?.() ?? PASSWORD;
    await using disque = new Disque(server.address, { password, connectTimeout: 50 });
    assert.equal(await disque.ping(), "PONG");
    assert.equal(answers.length, 0);
    // A connection of its own, while the shared one works.
    answers.push(() => new Promise(() => {}));
    assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
    assert.equal(answers.length, 0);
  });

  it("is sent first on every connection", async () => {
    await using server = await TestServer.start({ password: PASSWORD });
    await using disque = new Disque(server.address, { password: PASSWORD, name: "billing" });
    assert.deepEqual(await disque.getJob("q", { timeout: 1 }), []);
    assert.equal(server.received("auth"), 2);
    assert.ok((await disque.clientList()).every(({ name }) => name === "billing"));
  });

  it("is an error for a node that has no password", async () => {
    await using server = await TestServer.start();
    const { message, command } = await refusal(server.address, { password: PASSWORD });
    assert.deepEqual([message, command], ["ERR Client sent AUTH, but no password is set", "AUTH"]);
  });
});
