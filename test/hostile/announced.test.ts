// What a node can do to a client by announcing nodes.

import assert from "node:assert/strict";
import dns from "node:dns";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { ConnectionError, Disque, type DisqueOptions, type HelloNode } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { array, bulk, NODE_ID, rejection, until } from "../client/scripted.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { held, MIB } from "./memory.ts";

/** A node as HELLO announces it; the texts need not be valid. */
type Announced = readonly [id: string, host: string, port: string, priority: string];

/** The node gives itself a poor priority, so that a client prefers the announced ones. */
function helloWith(announced: readonly Announced[]): string {
  const nodes: Announced[] = [[NODE_ID, "", "7711", "100"], ...announced];
  return array(":1\r\n", bulk(NODE_ID), ...nodes.map((node) => array(...node.map(bulk))));
}

function idOf(n: number): string {
  return n.toString(16).padStart(40, "0");
}

/** Records where the client dials. No connection is made: these addresses do not answer. */
function watchDials(test: TestContext, listed: number): string[] {
  const dials: string[] = [];
  const { connect } = Socket.prototype;
  test.mock.method(Socket.prototype, "connect", function (this: Socket, ...args: unknown[]) {
    const [options] = (Array.isArray(args[0]) ? args[0] : args) as [{ host?: string; port?: number }];
    if (options.port === listed) return Reflect.apply(connect, this, args);
    dials.push(`${options.host}:${options.port}`);
    return this;
  });
  return dials;
}

interface Stage extends AsyncDisposable {
  readonly disque: Disque;
  /** Makes the listed node drop its connections and stop answering. */
  readonly vanish: () => Promise<void>;
  readonly dials: string[];
}

/** A client connected to the one node that it lists, which announces the given nodes. */
async function meet(
  test: TestContext,
  announced: readonly Announced[],
  options: DisqueOptions = {},
): Promise<Stage> {
  let gone = false;
  const hello = helloWith(announced);
  const server = await ScriptedServer.start({
    answer: ([command]) => (gone ? "" : command === "HELLO" ? hello : "+PONG\r\n"),
  });
  const dials = watchDials(test, server.endpoint.port);
  const disque = new Disque(server.endpoint, options);
  await disque.connect();
  return {
    disque,
    dials,
    async vanish() {
      gone = true;
      const lost = once(disque, "disconnect");
      (await server.accept()).socket.destroy();
      await lost;
    },
    async [Symbol.asyncDispose]() {
      disque.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

const ELSEWHERE: Announced = [idOf(1), "192.0.2.1", "7711", "1"];

const REFUSED: readonly [what: string, host: string, port: string][] = [
  ["the metadata address of a cloud", "169.254.169.254", "80"],
  ["the metadata address, as IPv6", "::ffff:169.254.169.254", "80"],
  ["the metadata address, as a number", "2852039166", "80"],
  ["the metadata address, in hexadecimal", "0xa9fea9fe", "80"],
  ["a link-local address", "fe80::1", "7711"],
  ["an empty host", "", "7711"],
  ["the unspecified address", "0.0.0.0", "7711"],
  ["line breaks", "192.0.2.1\r\nSLAVEOF evil 1", "7711"],
  ["a null byte", "192.0.2.1\0.example", "7711"],
  ["a terminal escape", "\x1b[2J", "7711"],
  ["a path", "/var/run/docker.sock", "7711"],
  ["a URL", "http://192.0.2.1", "7711"],
  ["a host and a port in one", "192.0.2.1:22", "7711"],
  ["a long host", "a".repeat(1_000), "7711"],
  ["no port", "192.0.2.1", "0"],
  ["a port above 65535", "192.0.2.1", "65536"],
  ["a huge port", "192.0.2.1", "999999999999999"],
  ["a negative port", "192.0.2.1", "-22"],
];

describe("an announced node is not dialled if it has", () => {
  for (const [what, host, port] of REFUSED)
    it(`${what}, but the other announced nodes are`, async (test) => {
      await using stage = await meet(test, [[idOf(2), host, port, "1"], ELSEWHERE]);
      await until(() => stage.dials.length > 0);
      assert.deepEqual(stage.dials, ["192.0.2.1:7711"]);
      assert.equal(stage.disque.nodes.length, 2);
      assert.equal(await stage.disque.ping(), "PONG");
    });
});

describe("an announced node", () => {
  it("on this machine is dialled if a listed node is on it too, as in tests", async (test) => {
    await using stage = await meet(test, [[idOf(1), "127.0.0.9", "22", "1"]]);
    await until(() => stage.dials.length > 0);
    assert.deepEqual(stage.dials, ["127.0.0.9:22"]);
  });

  it("is not dialled if its name resolves to the metadata address", async (test) => {
    await using server = await ScriptedServer.start({
      answer: ([command]) =>
        command === "HELLO" ? helloWith([[idOf(1), "evil.example", "80", "1"]]) : "+PONG\r\n",
    });
    let lookups = 0;
    test.mock.method(
      dns,
      "lookup",
      (_name: string, _options: unknown, found: (...args: unknown[]) => void) => {
        lookups++;
        found(null, [{ address: "169.254.169.254", family: 4 }]);
      },
    );
    syncBuiltinESMExports();
    try {
      const dials = watchDials(test, server.endpoint.port);
      await using disque = new Disque(server.endpoint);
      await disque.connect();
      await until(() => lookups > 0);
      for (let count = 0; count < 10; count++) assert.equal(await disque.ping(), "PONG");
      assert.deepEqual(dials, []);
    } finally {
      test.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });

  it("is never dialled with `discover: false`", async (test) => {
    await using stage = await meet(test, [ELSEWHERE], { discover: false });
    assert.equal(await stage.disque.ping(), "PONG");
    assert.deepEqual(stage.dials, []);
    assert.equal(stage.disque.nodes.length, 1);
  });

  it("is dialled only where mapNode says, which is called for all, whatever their host", async (test) => {
    const asked: HelloNode[] = [];
    const hostile: Announced = [idOf(2), "169.254.169.254", "80", "1"];
    await using stage = await meet(test, [hostile, ELSEWHERE], {
      mapNode(node) {
        asked.push(node);
        return node.host.startsWith("192.0.2.") ? `${node.host}:${node.port}` : null;
      },
    });
    await until(() => stage.dials.length > 0);
    assert.deepEqual(stage.dials, ["192.0.2.1:7711"]);
    assert.deepEqual(
      asked.slice(0, 2).map(({ host }) => host),
      ["169.254.169.254", "192.0.2.1"],
    );
  });

  for (const [what, hello] of [
    ["whose port is no number", helloWith([[idOf(1), "192.0.2.1", "ssh", "1"]])],
    ["whose priority is no number", helloWith([[idOf(1), "192.0.2.1", "7711", "best"]])],
    ["that is none", array(":1\r\n", bulk(NODE_ID), ":7\r\n")],
  ] as const)
    it(`${what} makes the whole HELLO a ProtocolError`, async () => {
      await using server = await ScriptedServer.start({ answer: () => hello });
      await using disque = new Disque(server.endpoint, { failoverTimeout: 0 });
      const error = await rejection(disque.ping());
      assert.ok(error instanceof ConnectionError);
      assert.match(
        String(error.errors[0]),
        /^ProtocolError: (port of a node|priority of a node|node in HELLO): /,
      );
    });
});

describe("thousands of announced nodes", () => {
  const many = (count: number): Announced[] =>
    Array.from({ length: count }, (_, n) => [
      idOf(n),
      `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
      "7711",
      "1",
    ]);

  it("are limited to 1,024, are dialled one at a time, and do not block calls", async (test) => {
    await using stage = await meet(test, many(1_000), { connectTimeout: 60_000 });
    assert.equal(stage.disque.nodes.length, 1_001);
    await until(() => stage.dials.length > 0);
    for (let call = 0; call < 100; call++) assert.equal(await stage.disque.ping(), "PONG");
    assert.equal(stage.dials.length, 1, "the first does not answer, and the next has its turn after it");
  });

  it("beyond 1,024 take no memory once the reply has been read", async () => {
    const announced = Array.from(
      { length: 100_000 },
      (_, n): Announced => [idOf(n), `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, "7711", "100"],
    );
    const hello = helloWith(announced);
    await using server = await ScriptedServer.start({
      answer: ([command]) => (command === "HELLO" ? hello : "+PONG\r\n"),
    });
    const before = await held();
    await using disque = new Disque(server.endpoint);
    await disque.connect();
    const more = (await held()) - before;
    assert.ok(more < 8 * MIB, `${more} bytes are held`);
    assert.equal(disque.nodes.length, 1_024);
  });

  it("beyond 1,024 are ignored", async (test) => {
    await using stage = await meet(test, many(100_000));
    assert.equal(stage.disque.nodes.length, 1_024);
    assert.equal(await stage.disque.ping(), "PONG");
  });

  it("that change with each HELLO are forgotten, and not dialled once they are no longer announced", async (test) => {
    let hellos = 0;
    await using server = await ScriptedServer.start({
      answer([command]) {
        if (command !== "HELLO") return "+PONG\r\n";
        const round = hellos++;
        return helloWith(
          Array.from({ length: 100 }, (_, n) => [idOf(round * 100 + n), `10.0.${round}.${n}`, "7711", "1"]),
        );
      },
    });
    const dials = watchDials(test, server.endpoint.port);
    await using disque = new Disque(server.endpoint, { refreshInterval: 10 });
    await disque.connect();
    await until(() => hellos >= 20 && disque.nodes.length === 101);
    const known = (host: string): boolean => disque.nodes.some((node) => node.host === host);
    assert.ok(!known("10.0.0.1"));
    // Only the first node of each round was dialled before the next round was announced.
    assert.deepEqual(
      dials.filter((place) => !place.endsWith(".0:7711")),
      [],
    );
  });

  it("that do not answer fail together after failoverTimeout once the listed node is gone", async (test) => {
    await using stage = await meet(test, many(2_000), { failoverTimeout: 200 });
    await stage.vanish();
    const error = await rejection(stage.disque.ping());
    assert.ok(error instanceof ConnectionError);
    assert.ok(error.errors.length >= 1 && error.errors.length <= 16);
    assert.ok(error.message.length <= 2_000);
  });
});

/** A node that announces 1,023 dead ones. */
async function poisoning(): Promise<ScriptedServer> {
  // Nothing listens on port 1: ephemeral ports start higher. The node gives itself the worst priority.
  const dead = Array.from(
    { length: 1_023 },
    (_, n): Announced => [idOf(n), `127.1.${n >> 8}.${n & 255}`, "1", "1"],
  );
  return ScriptedServer.start({ answer: ([command]) => (command === "HELLO" ? helloWith(dead) : "") });
}

describe("dead nodes announced by a malicious node", () => {
  it("do not hide a listed node for more than two seconds", async (test) => {
    await using cluster = await TestCluster.start(1);
    const bad = await poisoning();
    const { host, port } = bad.endpoint;
    await using disque = new Disque([`${host}:${port}`, ...cluster.addresses]);
    await disque.connect();
    assert.ok(disque.nodes.length > 1_000);
    await bad[Symbol.asyncDispose]();
    await until(() => disque.connectedNode === undefined);
    const begun = performance.now();
    assert.equal(await disque.ping(), "PONG");
    const time = performance.now() - begun;
    test.diagnostic(`${Math.round(time)} ms`);
    assert.ok(time < 2_000, `${time} ms`);
  });

  it("that drop packets do not hide it either", async (test) => {
    await using cluster = await TestCluster.start(1);
    const bad = await poisoning();
    const { host, port } = bad.endpoint;
    const good = cluster.node(0);
    const { connect } = Socket.prototype;
    test.mock.method(Socket.prototype, "connect", function (this: Socket, ...args: unknown[]) {
      const [options] = (Array.isArray(args[0]) ? args[0] : args) as [{ port?: number }];
      return options.port === 1 ? this : Reflect.apply(connect, this, args);
    });
    await using disque = new Disque([`${host}:${port}`, good.address]);
    await disque.connect();
    await bad[Symbol.asyncDispose]();
    await until(() => disque.connectedNode === undefined);
    const begun = performance.now();
    assert.equal(await disque.ping(), "PONG");
    const time = performance.now() - begun;
    test.diagnostic(`${Math.round(time)} ms`);
    assert.ok(time < 2_000, `${time} ms`);
  });

  it("cost at most 50 MiB for 30,000 rejected calls", async (test) => {
    const bad = await poisoning();
    await using disque = new Disque(bad.endpoint, { failoverTimeout: 500 });
    await disque.connect();
    const before = await held();
    const outcomes = Promise.all(Array.from({ length: 30_000 }, () => rejection(disque.qlen("q"))));
    await bad[Symbol.asyncDispose]();
    const errors = await outcomes;
    const more = (await held()) - before;
    test.diagnostic(`${Math.round(more / MIB)} MiB`);
    assert.ok(errors.every((error) => error instanceof ConnectionError && error.message.length <= 2_000));
    assert.ok(more < 50 * MIB, `${more} bytes`);
  });

  it("are listed in errors of at most 2,000 characters, however long a node's own error is", async () => {
    await using server = await ScriptedServer.start({ answer: () => `-ERR ${"x".repeat(60_000)}\r\n` });
    await using disque = new Disque(server.endpoint, { failoverTimeout: 100 });
    const before = await held();
    const errors = await Promise.all(Array.from({ length: 2_000 }, () => rejection(disque.ping())));
    for (const error of errors) assert.ok(error instanceof ConnectionError && error.message.length <= 2_000);
    const more = (await held()) - before;
    assert.ok(more < 8 * MIB, `${more} bytes`);
  });
});
