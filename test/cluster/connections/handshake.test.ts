import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { parseAddress } from "../../../src/cluster/addresses/address.ts";
import { connect, passwordFor } from "../../../src/cluster/connections/handshake.ts";
import { type DisqueOptions, settingsFrom } from "../../../src/cluster/options.ts";
import { isRefusal } from "../../../src/commands/hello.ts";
import {
  ConnectionError,
  DisqueError,
  ProtocolError,
  ReplyError,
  TimeoutError,
} from "../../../src/resp/index.ts";
import { array, bulk, HELLO, NODE_ID, rejection } from "../../client/scripted.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";

function shakeHands(
  server: ScriptedServer,
  password: string | undefined,
  options: DisqueOptions = {},
  signal?: AbortSignal,
): ReturnType<typeof connect> {
  const { host, port } = server.endpoint;
  return connect(parseAddress({ host, port }), password, settingsFrom(options), signal, {});
}

/** A server that answers AUTH and HELLO. */
function answering(answers: Readonly<Record<string, string>>): Promise<ScriptedServer> {
  const all: Readonly<Record<string, string>> = { HELLO, CLIENT: "+OK\r\n", AUTH: "+OK\r\n", ...answers };
  return ScriptedServer.start({ answer: ([command = ""]) => all[command] ?? "-ERR unknown command\r\n" });
}

describe("the handshake", () => {
  it("sends AUTH, HELLO and CLIENT SETNAME in one write", async () => {
    await using server = await answering({});
    const { connection, hello, dialect } = await shakeHands(server, "secret", { name: "mailer" });
    const peer = await server.accept();
    assert.deepEqual(peer.commands, [["AUTH", "secret"], ["HELLO"], ["CLIENT", "SETNAME", "mailer"]]);
    assert.equal(peer.chunks.length, 1);
    assert.deepEqual([hello.id, dialect], [NODE_ID, "disque"]);
    await connection.end();
  });

  it("sends only HELLO without a password and a name", async () => {
    await using server = await answering({});
    const { connection } = await shakeHands(server, undefined);
    assert.deepEqual(server.commands, [["HELLO"]]);
    await connection.end();
  });

  it("sends an empty password", async () => {
    await using server = await answering({});
    const { connection } = await shakeHands(server, "");
    assert.deepEqual(server.commands[0], ["AUTH", ""]);
    await connection.end();
  });

  it("asks Redis with the Disque module for CLUSTER NODES", async () => {
    const nodes = `${NODE_ID} 10.0.0.1:7711@17711 myself,master - 0 0 1 connected 0-16383\n`;
    await using server = await answering({
      HELLO: array(bulk("server"), bulk("redis")),
      CLUSTER: bulk(nodes),
    });
    const { connection, hello, dialect } = await shakeHands(server, undefined);
    assert.deepEqual([hello.id, hello.nodes.length, dialect], [NODE_ID, 1, "module"]);
    await connection.end();
  });

  for (const [what, answers, expected] of [
    ["AUTH", { AUTH: "-ERR max number of clients reached\r\n" }, "ERR max number of clients reached"],
    ["AUTH", { AUTH: "-ERR invalid password\r\n" }, "ERR invalid password"],
    ["HELLO", { HELLO: "-LOADING not yet\r\n" }, "LOADING not yet"],
    ["CLIENT", { CLIENT: "-ERR no names\r\n" }, "ERR no names"],
  ] as const)
    it(`rejects with the error of ${what} and closes the connection: ${expected}`, async () => {
      await using server = await answering(answers);
      const error = await rejection(shakeHands(server, "secret", { name: "mailer" }));
      assert.ok(error instanceof ReplyError);
      assert.deepEqual([error.command, error.message], [what, expected]);
      await (await server.accept()).ended;
    });

  it("rejects a HELLO of another shape and closes the connection", async () => {
    await using server = await answering({ HELLO: array(":1\r\n", bulk("no id")) });
    assert.ok((await rejection(shakeHands(server, undefined))) instanceof ProtocolError);
    await (await server.accept()).ended;
  });

  it("rejects with the reason of a signal and closes the connection", async () => {
    await using server = await answering({ HELLO: "" });
    const controller = new AbortController();
    const outcome = rejection(shakeHands(server, undefined, {}, controller.signal));
    const peer = await server.accept();
    await peer.received(1);
    const reason = new Error("no longer wanted");
    controller.abort(reason);
    assert.equal(await outcome, reason);
    await peer.ended;
  });
});

describe("a password echoed by a node", () => {
  const PASSWORD = "Corréct-horse battery/staple";
  const half = PASSWORD.slice(0, 16);
  const hex = (text: string, prefix: string, digits: number): string =>
    Array.from(text, (each) => prefix + each.charCodeAt(0).toString(16).padStart(digits, "0")).join("");

  const messages: Readonly<Record<string, string>> = {
    whole: `ERR unknown command '${PASSWORD}'`,
    cut: `ERR unknown command '${half}`,
    "without its beginning": `ERR ${PASSWORD.slice(-16)}`,
    "in upper case": `ERR ${PASSWORD.toUpperCase()}`,
    "with other separators": `ERR ${PASSWORD.replace(/[- /]/g, "_")}`,
    "spread out": `ERR ${[...PASSWORD].join(" ")}`,
    "as JSON": `ERR ${JSON.stringify(PASSWORD).replace("é", "\\u00e9")}`,
    "escaped as \\u": `ERR ${hex(PASSWORD, "\\u", 4)}`,
    "escaped as \\x": `ERR ${hex(PASSWORD, "\\x", 2)}`,
    "percent-encoded": `ERR ${hex(PASSWORD, "%", 2)}`,
  };
  for (const [how, message] of Object.entries(messages))
    it(`is withheld: ${how}`, async () => {
      for (const command of ["AUTH", "HELLO", "CLIENT"]) {
        await using server = await answering({ [command]: `-${message}\r\n` });
        const error = await rejection(shakeHands(server, PASSWORD, { name: "mailer" }));
        assert.ok(error instanceof ReplyError);
        assert.equal(error.message, "ERR the node's answer is not shown, since it contains the password");
        assert.deepEqual([error.code, error.command], ["ERR", command]);
        assert.ok(!inspect(error).includes(message.slice(4)));
      }
    });

  it("is withheld from the error about an invalid reply, and from its cause", async () => {
    await using server = await answering({ HELLO: `${PASSWORD}\r\n` });
    const error = await rejection(shakeHands(server, PASSWORD));
    assert.ok(error instanceof DisqueError);
    assert.ok(!inspect(error).includes("horse"), inspect(error));
  });

  it("is withheld if it is short", async () => {
    await using server = await answering({ AUTH: "-ERR ab\r\n" });
    const error = await rejection(shakeHands(server, "ab"));
    assert.match(String(error), /is not shown/);
  });

  it("does not hide an unrelated reply", async () => {
    await using server = await answering({ AUTH: "-ERR max number of clients reached\r\n" });
    const error = await rejection(shakeHands(server, PASSWORD));
    assert.equal(String(error), "ReplyError: ERR max number of clients reached");
  });

  for (const password of ["password", "invalid", "ERR invalid password"])
    it(`does not change a refusal if it is part of the server's own text: ${password}`, async () => {
      await using server = await answering({ AUTH: "-ERR invalid password\r\n" });
      const error = await rejection(shakeHands(server, password));
      assert.ok(error instanceof ReplyError && isRefusal(error));
      assert.equal(error.message, "ERR invalid password");
    });
});

describe("the option `password`", () => {
  it("may be a function, which is called for each connection", async () => {
    const passwords = ["first", "second"];
    for (const password of [() => passwords.shift() ?? "", async () => passwords.shift() ?? ""]) {
      passwords.splice(0, 2, "first", "second");
      const settings = settingsFrom({ password });
      assert.equal(await passwordFor(parseAddress("host"), settings), "first");
      assert.equal(await passwordFor(parseAddress("host"), settings), "second");
    }
  });

  it("is overridden by the password of an address", async () => {
    const settings = settingsFrom({
      password: () => {
        throw new Error("not called");
      },
    });
    assert.equal(await passwordFor(parseAddress("disque://:own@host"), settings), "own");
    assert.equal(await passwordFor(parseAddress("disque://:@host"), settings), "");
  });

  it("causes the connection to fail if its function fails, and the message does not show why", async () => {
    const cause = new Error("vault://secret is sealed");
    for (const password of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const error = await rejection(passwordFor(parseAddress("host"), settingsFrom({ password })));
      assert.ok(error instanceof ConnectionError);
      assert.deepEqual([error.message, error.cause], ["option password: the function failed", cause]);
    }
  });

  it("causes the connection to fail if its function does not settle within connectTimeout", async () => {
    const settings = settingsFrom({ password: () => new Promise(() => {}), connectTimeout: 20 });
    const error = await rejection(passwordFor(parseAddress("host"), settings));
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, "option password: the function took longer than connectTimeout (20 ms)");
  });

  it("is no longer waited for when the connection is given up", async () => {
    const settings = settingsFrom({ password: () => new Promise(() => {}) });
    const reason = new Error("no longer wanted");
    const controller = new AbortController();
    const waiting = rejection(passwordFor(parseAddress("host"), settings, controller.signal));
    controller.abort(reason);
    assert.equal(await waiting, reason);
  });

  it("must return a string", async () => {
    for (const value of [5, null, {}, Buffer.from("secret")]) {
      const settings = Reflect.apply(settingsFrom, undefined, [{ password: () => value }]);
      await assert.rejects(passwordFor(parseAddress("host"), settings), {
        name: "TypeError",
        message: "option password: the function must return a string",
      });
    }
  });
});

describe("the option `tls`", () => {
  it("may be a function, which is called for each connection", async () => {
    const { key, cert } = makeCertificate();
    await using server = await ScriptedServer.start({ tls: { key, cert }, answer: () => HELLO });
    let calls = 0;
    const tls = async () => {
      calls++;
      return { ca: cert };
    };
    for (let n = 1; n <= 2; n++) {
      const { connection } = await shakeHands(server, undefined, { tls });
      assert.equal(calls, n);
      await connection.end();
    }
  });

  it("causes the connection to fail if its function fails", async () => {
    await using server = await answering({});
    const tls = (): never => {
      throw new Error("no certificate");
    };
    const error = await rejection(shakeHands(server, undefined, { tls }));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.message, "option tls: the function failed");
    assert.equal(server.attempts, 0);
  });

  it("causes the connection to fail if its function does not settle within connectTimeout", async () => {
    await using server = await answering({});
    const tls = (): Promise<boolean> => new Promise(() => {});
    const error = await rejection(shakeHands(server, undefined, { tls, connectTimeout: 20 }));
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, "option tls: the function took longer than connectTimeout (20 ms)");
  });

  it("must return a boolean or options of tls.connect; nothing means false", async () => {
    await using server = await answering({});
    for (const value of ["yes", 1, () => true]) {
      const attempt = Reflect.apply(shakeHands, undefined, [server, undefined, { tls: () => value }]);
      await assert.rejects(attempt, {
        name: "TypeError",
        message: "option tls: the function must return true, false or options of tls.connect",
      });
    }
    for (const value of [undefined, null]) {
      const attempt = Reflect.apply(shakeHands, undefined, [server, undefined, { tls: () => value }]);
      const { connection } = await attempt;
      await connection.end();
    }
  });
});
