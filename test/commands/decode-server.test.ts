import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientsTable, diagnosticsTable } from "../../src/commands/administration.ts";
import type { CommandDefinition } from "../../src/commands/definition.ts";
import { jobsTable } from "../../src/commands/jobs.ts";
import { queuesTable } from "../../src/commands/queues.ts";
import { serverTable } from "../../src/commands/server.ts";
import { clusterTable, configTable } from "../../src/commands/subcommands.ts";
import { type Reply, ReplyError } from "../../src/resp/index.ts";

const bulk = (text: string): Buffer => Buffer.from(text);

function read<Args extends readonly unknown[], Value>(
  definition: CommandDefinition<Args, Value>,
  reply: Reply,
  ...args: Args
): Value {
  return definition.decode(reply, { args, node: "node" });
}

const { info, time, command, commandInfo, ping } = serverTable;
const { clientList, clientGetName } = clientsTable;
const { slowlogGet, latencyHistory, latencyLatest } = diagnosticsTable;
const { nodes, leaving } = clusterTable;
const { addJob, show, jscan, working, ackJob } = jobsTable;
const { qstat, qscan, qpeek, pause } = queuesTable;
const addjob: Reply = ["addjob", -4, ["write", "fast"], 0, 0, 0];

/** Decoded values and the expected ones. Prototypes of records are ignored. */
const GOOD: readonly (readonly [name: string, value: unknown, expected: unknown])[] = [
  ["the id of a job as a simple string", read(addJob, "D-x", "q", "b"), "D-x"],
  ["the id of a job as a bulk string", read(addJob, bulk("D-x"), "q", "b"), "D-x"],
  ["an unknown job", read(show, null, "id"), null],
  ["an unknown queue", read(qstat, null, "q"), null],
  ["an empty queue", read(qpeek, [], "q", 1), []],
  [
    "a page of ids",
    read(jscan, [bulk("18446744073709551615"), ["D-a", bulk("D-b")], 1], "0"),
    { cursor: "18446744073709551615", node: "node", ids: ["D-a", "D-b"] },
  ],
  [
    "an empty page of jobs",
    read(jscan, ["0", []], "0", { reply: "all" }),
    { cursor: "0", node: "node", jobs: [] },
  ],
  [
    "a page of queues",
    read(qscan, [bulk("0"), [bulk("a"), "b"], "more"], "0"),
    { cursor: "0", node: "node", queues: ["a", "b"] },
  ],
  ["the state of a queue as a bulk string", read(pause, bulk("all"), "q", "all"), "all"],
  ["the message of a PING", read(ping, bulk("ü")), "ü"],
  [
    "the time",
    read(time, [bulk("1764000000"), "123", "more"]),
    { seconds: 1_764_000_000, microseconds: 123 },
  ],
  [
    "a command",
    read(commandInfo, [[...addjob, "more"], null]),
    [{ name: "addjob", arity: -4, flags: ["write", "fast"], firstKey: 0, lastKey: 0, keyStep: 0 }, null],
  ],
  [
    "INFO",
    read(info, bulk("# Server\r\na:1\r\nb:x:y\r\nc:\r\n\r\n# Jobs\r\nnoise\r\n")),
    { server: { a: "1", b: "x:y", c: "" }, jobs: {} },
  ],
  [
    "INFO with names that objects inherit",
    Object.keys(read(info, "# __proto__\r\nconstructor:1\r\n")),
    ["__proto__"],
  ],
  [
    "clients",
    read(clientList, bulk("id=1 addr=[::1]:5 name= cmd=a=b\nid=2\n")),
    [{ id: "1", addr: "[::1]:5", name: "", cmd: "a=b" }, { id: "2" }],
  ],
  ["no clients", read(clientList, ""), []],
  ["no name", read(clientGetName, null), null],
  [
    "a slow command",
    read(slowlogGet, [[1, 2, 3, [bulk("PING"), Buffer.of(255)], "more"]]),
    [{ id: 1, time: 2, duration: 3, args: [bulk("PING"), Buffer.of(255)] }],
  ],
  [
    "samples",
    read(
      latencyHistory,
      [
        [1, 2],
        [3, 4, 5],
      ],
      "e",
    ),
    [
      { time: 1, latency: 2 },
      { time: 3, latency: 4 },
    ],
  ],
  [
    "latest samples",
    read(latencyLatest, [[bulk("e"), 1, 2, 3, 4]]),
    [{ event: "e", time: 1, latency: 2, max: 3 }],
  ],
  ["a parameter", read(configTable.get, [bulk("hz"), "10"], "hz"), { hz: "10" }],
  ["the state of a leaving node", read(leaving, "yes"), true],
  ["the state of a node that stays", read(leaving, bulk("no")), false],
  ["the new state of a node that is told to leave", read(leaving, "OK", true), true],
  ["the new state of a node that is told to stay", read(leaving, "OK", false), false],
  [
    "nodes of a Redis cluster with the Disque module",
    read(
      nodes,
      "a ::1:7711@17711,host myself,master - 0 6 2 connected 0-5 7\nb :0@0 slave,noaddr a 5 6 2 disconnected\n",
    ),
    [
      {
        id: "a",
        host: "::1",
        port: 7711,
        flags: ["myself", "master"],
        pingSent: 0,
        pongReceived: 6,
        connected: true,
      },
      {
        id: "b",
        host: "",
        port: 0,
        flags: ["slave", "noaddr"],
        pingSent: 5,
        pongReceived: 6,
        connected: false,
      },
    ],
  ],
  [
    "nodes of a cluster",
    read(nodes, bulk("a ::1:7711 myself,leaving 0 0 connected\nb :0 noflags 5 6 disconnected\n")),
    [
      {
        id: "a",
        host: "::1",
        port: 7711,
        flags: ["myself", "leaving"],
        pingSent: 0,
        pongReceived: 0,
        connected: true,
      },
      { id: "b", host: "", port: 0, flags: [], pingSent: 5, pongReceived: 6, connected: false },
    ],
  ],
];

describe("the decoder of a reply", () => {
  for (const [name, value, expected] of GOOD) {
    it(`decodes ${name}`, () => assert.deepEqual(structuredClone(value), structuredClone(expected)));
  }

  it("makes records without a prototype, so that no name has a special meaning", () => {
    const records = [
      read(info, "# Server\r\n"),
      read(configTable.get, [], "*"),
      read(clusterTable.info, bulk("")),
      read(clientList, "id=1\n")[0],
    ];
    for (const record of records) assert.equal(Object.getPrototypeOf(record), null);
  });
});

const error = new ReplyError("ERR inside");

const BAD: readonly (readonly [decode: () => unknown, message: RegExp])[] = [
  [() => read(addJob, [], "q", "b"), /^job id: expected a string, got an array/],
  [() => read(working, "60", "id"), /^WORKING: expected an integer/],
  [() => read(ackJob, null, "id"), /^ACKJOB: expected an integer, got null/],
  [() => read(jscan, null, "0"), /^JSCAN: expected an array/],
  [() => read(jscan, [0, []], "0"), /^cursor of JSCAN: expected a string/],
  [() => read(jscan, ["-1", []], "0"), /^cursor of JSCAN: expected a cursor, got a simple string/],
  [() => read(jscan, [bulk("next"), []], "0"), /^cursor of JSCAN: expected a cursor/],
  [() => read(qscan, ["1".repeat(21), []], "0"), /^cursor of QSCAN: expected a cursor/],
  [() => read(jscan, ["0"], "0"), /^jobs of JSCAN: expected an array, got nothing/],
  [() => read(jscan, ["0", [error]], "0"), /^job id: expected a string, got the error ERR/],
  [() => read(jscan, ["0", [error]], "0", { reply: "all" }), /^job: expected an array, got the error ERR/],
  [() => read(qscan, ["0", [error]], "0"), /^queues of QSCAN: expected a string, got the error ERR/],
  [() => read(pause, "state", "q", "state"), /^pause: expected one of/],
  [() => read(time, [1, 2]), /^seconds of TIME/],
  [() => read(time, ["1"]), /^microseconds of TIME/],
  [() => read(command, [["addjob"]]), /^arity of a command: expected an integer, got nothing/],
  [() => read(command, [["addjob", 1, null]]), /^flags of a command/],
  [() => read(command, [null]), /^command: expected an array, got null/],
  [() => read(serverTable.shutdown, "QUEUED"), /^SHUTDOWN: expected OK/],
  [() => read(info, ["a"]), /^INFO: expected a string/],
  [() => read(clientList, null), /^CLIENT LIST: expected a string/],
  [() => read(clientGetName, 5), /^CLIENT GETNAME: expected a string/],
  [() => read(slowlogGet, [[1, 2, 3]]), /^arguments of SLOWLOG: expected an array, got nothing/],
  [() => read(slowlogGet, [[1, "2", 3, []]]), /^time of SLOWLOG/],
  [() => read(latencyHistory, [[1]], "e"), /^latency of LATENCY/],
  [() => read(latencyLatest, [["e", 1, 2]]), /^max of LATENCY/],
  [() => read(configTable.get, ["hz"], "hz"), /^CONFIG GET: expected pairs/],
  [() => read(configTable.get, ["hz", null], "hz"), /^hz: expected a string, got null/],
  [() => read(leaving, 1), /^CLUSTER LEAVING/],
  [() => read(nodes, "a\n"), /^CLUSTER NODES: expected host:port/],
  [() => read(nodes, "a h:x myself 0 0 connected"), /^port of CLUSTER NODES: expected a number/],
  [() => read(nodes, "a h:1 myself x 0 connected"), /^ping of CLUSTER NODES: expected a number/],
  [() => read(nodes, "a h:1 myself 0"), /^pong of CLUSTER NODES: expected a string, got nothing/],
];

describe("a reply of another shape", () => {
  for (const [decode, message] of BAD) {
    it(`is a ProtocolError: ${message.source}`, () => {
      assert.throws(decode, { name: "ProtocolError", message });
    });
  }
});

describe("a null instead of the id of an added job", () => {
  it("is a NOREPL: Redis with the Disque module replies null if the job was not replicated in time", () => {
    assert.throws(() => read(addJob, null, "q", "b"), {
      name: "ReplyError",
      code: "NOREPL",
      command: "ADDJOB",
    });
  });
});
