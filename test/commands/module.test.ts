// What Redis with the Disque module says in place of a Disque.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterNodes, helloOf } from "../../src/commands/cluster.ts";
import { serverTable } from "../../src/commands/server.ts";
import { table } from "../../src/commands/table.ts";

const NODES = [
  "a 10.0.0.1:7711@17711 myself,master - 0 0 1 connected 0-100",
  "b 10.0.0.2:7711@17711,host master - 0 5 2 connected 101-200",
  "c 10.0.0.3:7711@17711 master - 7 5 3 disconnected",
  "d 10.0.0.4:7711@17711 master,fail? - 7 5 3 connected",
  "e 10.0.0.5:7711@17711 master,fail - 7 5 3 connected",
  "f 10.0.0.6:7711@17711 handshake - 0 0 0 connected",
  "g :0@0 master,noaddr - 0 0 0 disconnected",
  "h 10.0.0.7:7711@17711 slave a 0 5 1 connected",
  "",
].join("\n");

describe("Redis with the Disque module", () => {
  it("tells its nodes by CLUSTER NODES, ranked as HELLO would, without those that cannot be used", () => {
    const { version, id, nodes } = helloOf(clusterNodes(Buffer.from(NODES)));
    assert.deepEqual([version, id], [1, "a"]);
    assert.deepEqual(
      nodes.map((node) => [node.id, node.host, node.port, node.priority]),
      [
        ["a", "10.0.0.1", 7711, 1],
        ["b", "10.0.0.2", 7711, 1],
        ["c", "10.0.0.3", 7711, 5],
        ["d", "10.0.0.4", 7711, 10],
        ["e", "10.0.0.5", 7711, 100],
      ],
    );
    assert.equal(helloOf([]).id, "");
  });

  it("tells its facts by DISQUE INFO, of which those of a section are taken", () => {
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

  it("lacks some commands, and has others for some", () => {
    const named = (kind: string): string[] =>
      Object.entries(table)
        .filter(([, command]) => "onModule" in command && typeof command.onModule === kind)
        .map(([name]) => name);
    assert.deepEqual(named("string"), ["jscan", "qscan"]);
    assert.deepEqual(named("object"), ["hello", "info"]);
  });
});
