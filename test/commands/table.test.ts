import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandDefinition } from "../../src/commands/definition.ts";
import { clusterTable, configTable } from "../../src/commands/subcommands.ts";
import { table } from "../../src/commands/table.ts";
import { Disque } from "../../src/index.ts";
import { describeOnServers } from "../support/servers.ts";

/** Disque 1.0-rc1: server.c, serverCommandTable, and QUIT, which is not in that table. */
const COMMANDS =
  `auth ping info shutdown monitor debug config cluster client slowlog time command latency hello addjob
  getjob ackjob fastack deljob show loadjob bgrewriteaof qlen qpeek qstat qscan jscan enqueue nack dequeue working pause
  quit`.split(/\s+/);

/** The second words of commands that have two. */
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
  debug: "it is for the developers of the server; call() can send it",
  loadjob: "the server accepts it only from its append-only file",
};

const tables = { table, clusterTable, configTable };
const rows: readonly CommandDefinition<never, unknown>[] = Object.values(tables).flatMap((rows) =>
  Object.values(rows),
);
const commands = rows.map((row) => row.name.toLowerCase());
const verbs = commands.map((command) => command.split(" ")[0]);

describe("the command table", () => {
  for (const command of COMMANDS) {
    it(`has a row for ${command}, or there is a reason for none`, () => {
      assert.notEqual(verbs.includes(command), command in WITHOUT_METHOD);
    });
  }

  for (const [command, words] of Object.entries(SUBCOMMANDS)) {
    for (const word of words.split(" ")) {
      it(`has a row for ${command} ${word}, or there is a reason for none`, () => {
        assert.notEqual(commands.includes(`${command} ${word}`), `${command} ${word}` in WITHOUT_METHOD);
      });
    }
  }

  it("has no row for a command that the server lacks, and no duplicates", () => {
    for (const command of commands) {
      const [verb = "", word] = command.split(" ");
      assert.ok(COMMANDS.includes(verb), command);
      if (word !== undefined) assert.ok(SUBCOMMANDS[verb]?.split(" ").includes(word), command);
    }
    assert.deepEqual([...new Set(commands)], commands);
  });

  it("gives the client one method for each row, with the name of the row", () => {
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
        assert.ok(!Object.keys(prototype).includes(name), `${name} is not enumerable, like other methods`);
      }
    }
  });

  it("overrides no method of an event emitter or an object", () => {
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
    it("covers all commands of the server", async () => {
      await using disque = new Disque(server.address);
      const names = (await disque.command()).map(({ name }) => name);
      assert.deepEqual([...names, "quit"].sort(), [...COMMANDS].sort());
    });
  });
});
