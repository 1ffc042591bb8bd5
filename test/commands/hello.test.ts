import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeHello, helloFromClusterNodes, MAX_NODES } from "../../src/commands/hello.ts";
import { serverTable } from "../../src/commands/server.ts";
import { table } from "../../src/commands/table.ts";
import type { Reply } from "../../src/resp/index.ts";

const bulk = (text: string): Buffer => Buffer.from(text);

/** The id of 40 hexadecimal digits that starts with these. */
function id(prefix: string): string {
  return prefix.padEnd(40, "0");
}

const ME = id("a");
const YOU = id("b");

describe("the reply to HELLO", () => {
  it("contains the node and the nodes it knows; further words are ignored", () => {
    assert.deepEqual(
      decodeHello([
        1,
        bulk(ME),
        [bulk(ME), "", bulk("0"), "1"],
        [YOU, "::1", "7711", "100", "a word of a later version"],
      ]),
      {
        version: 1,
        id: ME,
        nodes: [
          { id: ME, host: "", port: 0, priority: 1 },
          { id: YOU, host: "::1", port: 7711, priority: 100 },
        ],
      },
    );
    assert.deepEqual(decodeHello([1, ME]).nodes, []);
  });

  it("is read up to 1,024 nodes", () => {
    const nodes = Array.from({ length: MAX_NODES + 1 }, (_, n): Reply => [id(`a${n}a`), "h", "1", "1"]);
    assert.equal(decodeHello([1, ME, ...nodes]).nodes.length, 1_024);
  });

  const malformed: [Reply, RegExp][] = [
    [null, /^HELLO: expected an array, got null/],
    [[], /^version of HELLO/],
    [["1", ME], /^version of HELLO/],
    [[1], /^id of a node: expected a string, got nothing/],
    [[1, ME, YOU], /^node in HELLO: expected an array/],
    [[1, ME, [null, "h", "1", "1"]], /^id of a node/],
    [[1, ME, [YOU, null, "1", "1"]], /^host of a node/],
    [[1, ME, [YOU, "h", "x", "1"]], /^port of a node: expected a number/],
    [[1, ME, [YOU, "h", "1"]], /^priority of a node: expected a string, got nothing/],
    // HELLO of Redis: a flat array of fields.
    [[bulk("server"), bulk("redis")], /^version of HELLO: expected an integer/],
  ];
  for (const [reply, message] of malformed) {
    it(`of another shape is a ProtocolError: ${message.source}`, () => {
      assert.throws(() => decodeHello(reply), { name: "ProtocolError", message });
    });
  }

  for (const bad of ["", "me", ME.slice(1), `${ME}0`, ME.replace("a", "g"), ME.toUpperCase(), `${ME}\n`]) {
    it(`is rejected, without being quoted, if an id is not 40 hexadecimal digits: ${JSON.stringify(bad)}`, () => {
      const message = "id of a node: expected 40 hexadecimal digits, got a simple string";
      for (const reply of [
        [1, bad],
        [1, ME, [bad, "h", "1", "1"]],
      ])
        assert.throws(() => decodeHello(reply), { name: "ProtocolError", message });
    });
  }
});

describe("Redis with the Disque module", () => {
  const line = (name: string, address: string, flags: string, link = "connected"): string =>
    `${id(name)} ${address} ${flags} - 7 5 1 ${link} 0-100`;
  const NODES = [
    line("a", "10.0.0.1:7711@17711", "myself,master"),
    line("b", "10.0.0.2:7711@17711,host", "master"),
    line("c", "10.0.0.3:7711@17711", "master", "disconnected"),
    line("d", "10.0.0.4:7711@17711", "master,fail?"),
    line("e", "10.0.0.5:7711@17711", "master,fail"),
    line("f", "10.0.0.6:7711@17711", "handshake"),
    line("9", ":0@0", "master,noaddr", "disconnected"),
    line("8", "10.0.0.7:7711@17711", "slave"),
    "",
  ].join("\n");

  it("lists its nodes with CLUSTER NODES, with the priorities of HELLO, without unusable nodes", () => {
    const { version, id: own, nodes } = helloFromClusterNodes(Buffer.from(NODES));
    assert.deepEqual([version, own], [1, ME]);
    assert.deepEqual(
      nodes.map((node) => [node.id, node.host, node.port, node.priority]),
      [
        [id("a"), "10.0.0.1", 7711, 1],
        [id("b"), "10.0.0.2", 7711, 1],
        [id("c"), "10.0.0.3", 7711, 5],
        [id("d"), "10.0.0.4", 7711, 10],
        [id("e"), "10.0.0.5", 7711, 100],
      ],
    );
  });

  it("is read up to 1,024 nodes", () => {
    const many = Array.from({ length: 5_000 }, (_, n) => line(`a${n}a`, "10.0.0.1:7711@17711", "master"));
    const lines = [line("a", "10.0.0.1:7711@17711", "myself,master"), ...many];
    assert.equal(helloFromClusterNodes(lines.join("\n")).nodes.length, 1_024);
  });

  it("is rejected if the id of a node is not 40 hexadecimal digits, or its own id is missing", () => {
    const error = { name: "ProtocolError", message: /id of a node/ };
    const bad = NODES.replace(id("b"), "b".repeat(100));
    assert.throws(() => helloFromClusterNodes(bad), error);
    assert.throws(() => helloFromClusterNodes(NODES.replace(id("a"), "a")), error);
    assert.throws(() => helloFromClusterNodes(NODES.replace("myself,", "")), error);
    assert.throws(() => helloFromClusterNodes(""), error);
  });

  it("answers INFO with DISQUE INFO, of which only the requested section is used", () => {
    const { onModule } = serverTable.info;
    assert.ok(typeof onModule === "object");
    const lines = ["server.a:1", Buffer.from("jobs.b:x:y.z"), "jobs.__proto__:2", "server.c:"];
    const info = (...args: Parameters<typeof onModule.encode>): unknown =>
      structuredClone(onModule.decode(lines, { args, node: "" }));
    const jobs = structuredClone(
      Object.fromEntries([
        ["b", "x:y.z"],
        ["__proto__", "2"],
      ]),
    );
    const all = { server: { a: "1", c: "" }, jobs };
    for (const section of [undefined, "default", "all"] as const) assert.deepEqual(info(section), all);
    assert.deepEqual(info("jobs"), { jobs });
    assert.deepEqual(info("cpu"), {});
  });

  it("lacks JSCAN and QSCAN, and has other commands for HELLO and INFO", () => {
    const named = (kind: string): string[] =>
      Object.entries(table)
        .filter(([, command]) => "onModule" in command && typeof command.onModule === kind)
        .map(([name]) => name);
    assert.deepEqual(named("string"), ["jscan", "qscan"]);
    assert.deepEqual(named("object"), ["hello", "info"]);
  });
});
