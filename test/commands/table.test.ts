import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clusterTable } from "../../src/commands/cluster.ts";
import type { Command } from "../../src/commands/command.ts";
import { configTable } from "../../src/commands/config.ts";
import { table } from "../../src/commands/table.ts";
import { Disque } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";

/** Disque 1.0-rc1: server.c, serverCommandTable, and QUIT, which it answers before it looks there. */
const COMMANDS =
  `auth ping info shutdown monitor debug config cluster client slowlog time command latency hello addjob
  getjob ackjob fastack deljob show loadjob bgrewriteaof qlen qpeek qstat qscan jscan enqueue nack dequeue working pause
  quit`.split(/\s+/);

/** What the commands of several words have as their second. */
const SUBCOMMANDS: Readonly<Record<string, string>> = {
  cluster: "meet nodes myid info saveconfig forget reset leaving",
  config: "set get resetstat rewrite",
  client: "list reply kill setname getname pause",
  slowlog: "reset len get",
  latency: "history graph latest doctor reset",
  command: "info count",
};

const WITHOUT_METHOD: Readonly<Record<string, string>> = {
  auth: "the option `password` authenticates every connection",
  quit: "close() ends the connections",
  monitor: "it would break the pairing of replies",
  "client reply": "it would break the pairing of replies",
  debug: "it is for the server's developers; call() reaches it",
  loadjob: "the server accepts it from its append-only file alone",
};

const tables = { table, clusterTable, configTable };
const rows: readonly Command<never, unknown>[] = Object.values(tables).flatMap((rows) => Object.values(rows));
const wires = rows.map((row) => row.wire.join(" ").toLowerCase());
const verbs = wires.map((wire) => wire.split(" ")[0]);

describe("the command table", () => {
  for (const command of COMMANDS) {
    it(`has a row for ${command}, or a reason`, () => {
      assert.notEqual(verbs.includes(command), command in WITHOUT_METHOD);
    });
  }

  for (const [command, words] of Object.entries(SUBCOMMANDS)) {
    for (const word of words.split(" ")) {
      it(`has a row for ${command} ${word}, or a reason`, () => {
        assert.notEqual(wires.includes(`${command} ${word}`), `${command} ${word}` in WITHOUT_METHOD);
      });
    }
  }

  it("has no row for what the server does not have, and none twice", () => {
    for (const wire of wires) {
      const [verb = "", word] = wire.split(" ");
      assert.ok(COMMANDS.includes(verb), wire);
      if (word !== undefined) assert.ok(SUBCOMMANDS[verb]?.split(" ").includes(word), wire);
    }
    assert.deepEqual([...new Set(wires)], wires);
  });

  it("has a method for each row, of that name", () => {
    const disque = new Disque();
    for (const [rows, object] of [
      [table, disque],
      [clusterTable, disque.cluster],
      [configTable, disque.config],
    ] as const) {
      const prototype: object = Object.getPrototypeOf(object);
      for (const name of Object.keys(rows)) {
        const method: unknown = Reflect.get(prototype, name);
        assert.ok(typeof method === "function", name);
        assert.equal(method.name, name);
        assert.ok(!Object.keys(prototype).includes(name), `${name} is not enumerable, as methods are`);
      }
    }
  });

  it("names no method of an event emitter or of an object", () => {
    const inherited = new Set<PropertyKey>();
    for (
      let object = Object.getPrototypeOf(Disque.prototype);
      object !== null;
      object = Object.getPrototypeOf(object)
    )
      for (const key of Reflect.ownKeys(object)) inherited.add(key);
    assert.deepEqual(
      Object.keys(table).filter((name) => inherited.has(name)),
      [],
    );
  });

  describeOnServers((server) => {
    it("knows all commands that the server says it has", async () => {
      await using disque = new Disque(server.address);
      const names = (await disque.command()).map(({ name }) => name);
      assert.deepEqual([...names, "quit"].sort(), [...COMMANDS].sort());
    });
  });
});
