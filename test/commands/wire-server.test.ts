import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientsTable, diagnosticsTable } from "../../src/commands/administration.ts";
import { serverTable } from "../../src/commands/server.ts";
import { clusterTable, configTable } from "../../src/commands/subcommands.ts";
import type { Argument } from "../../src/resp/index.ts";
import { wire } from "./wire.ts";

const { signal } = new AbortController();
/** Options that every command accepts and none sends. */
const CALL = { signal, commandTimeout: 1, node: "id" };

const { info, ping, commandInfo, shutdown } = serverTable;
const { clientKill, clientSetName, clientPause } = clientsTable;
const { slowlogGet, latencyHistory, latencyGraph, latencyReset } = diagnosticsTable;
const { meet, forget, reset, leaving } = clusterTable;

type Case = readonly [words: Argument[], expected: readonly Argument[]];

const bare: readonly Case[] = [
  [serverTable.hello, ["HELLO"]] as const,
  [serverTable.time, ["TIME"]] as const,
  [serverTable.command, ["COMMAND"]] as const,
  [serverTable.commandCount, ["COMMAND", "COUNT"]] as const,
  [serverTable.bgrewriteaof, ["BGREWRITEAOF"]] as const,
  [clientsTable.clientList, ["CLIENT", "LIST"]] as const,
  [clientsTable.clientGetName, ["CLIENT", "GETNAME"]] as const,
  [diagnosticsTable.slowlogLen, ["SLOWLOG", "LEN"]] as const,
  [diagnosticsTable.slowlogReset, ["SLOWLOG", "RESET"]] as const,
  [diagnosticsTable.latencyLatest, ["LATENCY", "LATEST"]] as const,
  [diagnosticsTable.latencyDoctor, ["LATENCY", "DOCTOR"]] as const,
  [clusterTable.nodes, ["CLUSTER", "NODES"]] as const,
  [clusterTable.myId, ["CLUSTER", "MYID"]] as const,
  [clusterTable.info, ["CLUSTER", "INFO"]] as const,
  [clusterTable.saveConfig, ["CLUSTER", "SAVECONFIG"]] as const,
  [configTable.resetStat, ["CONFIG", "RESETSTAT"]] as const,
  [configTable.rewrite, ["CONFIG", "REWRITE"]] as const,
].flatMap(([command, expected]): Case[] => [
  [[...command.encode()], expected],
  [[...command.encode(CALL)], expected],
]);

const server: readonly Case[] = [
  [wire(info), ["INFO"]],
  [wire(info, undefined, CALL), ["INFO"]],
  [wire(info, "commandstats", CALL), ["INFO", "commandstats"]],
  [wire(ping), ["PING"]],
  [wire(ping, undefined, CALL), ["PING"]],
  [wire(ping, "", CALL), ["PING", ""]],
  [wire(commandInfo), ["COMMAND", "INFO"]],
  [wire(commandInfo, "a", "b"), ["COMMAND", "INFO", "a", "b"]],
  [wire(commandInfo, ["a", "b"], {}), ["COMMAND", "INFO", "a", "b"]],
  [wire(shutdown), ["SHUTDOWN"]],
  [wire(shutdown, CALL), ["SHUTDOWN"]],
  [wire(shutdown, { rewriteAof: false }), ["SHUTDOWN"]],
  [wire(shutdown, { rewriteAof: true }), ["SHUTDOWN", "REWRITE-AOF"]],
];

const clients: readonly Case[] = [
  [wire(clientKill, { id: 7 }), ["CLIENT", "KILL", "ID", 7, "SKIPME", "yes"]],
  [wire(clientKill, { addr: "h:1" }), ["CLIENT", "KILL", "ADDR", "h:1", "SKIPME", "yes"]],
  [wire(clientKill, { type: "normal" }), ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]],
  [
    wire(clientKill, { id: 7, addr: "h:1", type: "normal", skipme: false, ...CALL }),
    ["CLIENT", "KILL", "ID", 7, "ADDR", "h:1", "TYPE", "normal", "SKIPME", "no"],
  ],
  [wire(clientSetName, "n", CALL), ["CLIENT", "SETNAME", "n"]],
  [wire(clientPause, 0, CALL), ["CLIENT", "PAUSE", 0]],
];

const logs: readonly Case[] = [
  [wire(slowlogGet), ["SLOWLOG", "GET"]],
  [wire(slowlogGet, 0, CALL), ["SLOWLOG", "GET", 0]],
  [wire(latencyHistory, "e", CALL), ["LATENCY", "HISTORY", "e"]],
  [wire(latencyGraph, "e", CALL), ["LATENCY", "GRAPH", "e"]],
  [wire(latencyReset), ["LATENCY", "RESET"]],
  [wire(latencyReset, "e", "f"), ["LATENCY", "RESET", "e", "f"]],
  [wire(latencyReset, [], {}), ["LATENCY", "RESET"]],
];

const cluster: readonly Case[] = [
  [wire(meet, "::1", 65_535, CALL), ["CLUSTER", "MEET", "::1", 65_535]],
  [wire(forget, "id", CALL), ["CLUSTER", "FORGET", "id"]],
  [wire(reset), ["CLUSTER", "RESET"]],
  [wire(reset, "soft"), ["CLUSTER", "RESET", "soft"]],
  [wire(reset, "hard", CALL), ["CLUSTER", "RESET", "hard"]],
  [wire(leaving), ["CLUSTER", "LEAVING"]],
  [wire(leaving, true), ["CLUSTER", "LEAVING", "yes"]],
  [wire(leaving, false, CALL), ["CLUSTER", "LEAVING", "no"]],
  [wire(configTable.get, "*", CALL), ["CONFIG", "GET", "*"]],
  [wire(configTable.set, "n", "v", CALL), ["CONFIG", "SET", "n", "v"]],
  [wire(configTable.set, "n", -1), ["CONFIG", "SET", "n", -1]],
];

describe("the words that a command on a server sends", () => {
  for (const [words, expected] of [...bare, ...server, ...clients, ...logs, ...cluster]) {
    it(expected.map(String).join(" "), () => assert.deepEqual(words, expected));
  }
});
