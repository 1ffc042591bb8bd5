import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Job } from "../../src/commands/job.ts";
import { jobsTable } from "../../src/commands/jobs.ts";
import { queuesTable } from "../../src/commands/queues.ts";
import type { Argument } from "../../src/resp/index.ts";
import { wire } from "./wire.ts";

const ID = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
const ID2 = "D-ffffffff-abcdefghijklmnopqrst+/89-ffff";
const JOB = new Job({ id: ID, queue: "mail", body: Buffer.from("body"), node: "node" });
const BYTES = Uint8Array.of(0, 255);
const FOREVER = Number.POSITIVE_INFINITY;
const { signal } = new AbortController();
/** Options that every command accepts and none sends. */
const CALL = { signal, commandTimeout: 1, node: "id" };

const { addJob, getJob, jscan, working, show } = jobsTable;
const { qlen, qstat, qpeek, qscan, pause } = queuesTable;

type Case = readonly [words: Argument[], expected: readonly Argument[]];

const add: readonly Case[] = [
  [wire(addJob, "q", "b"), ["ADDJOB", "q", "b", 300]],
  [wire(addJob, "q", "b", {}), ["ADDJOB", "q", "b", 300]],
  [wire(addJob, "q", "b", CALL), ["ADDJOB", "q", "b", 300]],
  [wire(addJob, "q", BYTES), ["ADDJOB", "q", BYTES, 300]],
  [wire(addJob, "", ""), ["ADDJOB", "", "", 300]],
  [wire(addJob, "q", "b", { timeout: undefined }), ["ADDJOB", "q", "b", 300]],
  [wire(addJob, "q", "b", { timeout: 299 }), ["ADDJOB", "q", "b", 299]],
  [wire(addJob, "q", "b", { timeout: 301 }), ["ADDJOB", "q", "b", 300]],
  [wire(addJob, "q", "b", { timeout: FOREVER }), ["ADDJOB", "q", "b", 300]],
  [wire(addJob, "q", "b", { timeout: FOREVER, replicate: 2 }), ["ADDJOB", "q", "b", 0, "REPLICATE", 2]],
  [wire(addJob, "q", "b", { timeout: 301, replicate: 2 }), ["ADDJOB", "q", "b", 301, "REPLICATE", 2]],
  [wire(addJob, "q", "b", { replicate: 1 }), ["ADDJOB", "q", "b", 5000, "REPLICATE", 1]],
  [wire(addJob, "q", "b", { replicate: 65_535 }), ["ADDJOB", "q", "b", 5000, "REPLICATE", 65_535]],
  [wire(addJob, "q", "b", { delay: 0 }), ["ADDJOB", "q", "b", 300, "DELAY", 0]],
  [wire(addJob, "q", "b", { retry: 0 }), ["ADDJOB", "q", "b", 5000, "REPLICATE", 1, "RETRY", 0]],
  [wire(addJob, "q", "b", { retry: 4_294_967 }), ["ADDJOB", "q", "b", 300, "RETRY", 4_294_967]],
  [wire(addJob, "q", "b", { ttl: 1 }), ["ADDJOB", "q", "b", 300, "TTL", 1]],
  [wire(addJob, "q", "b", { ttl: 2_147_483_647 }), ["ADDJOB", "q", "b", 300, "TTL", 2_147_483_647]],
  [wire(addJob, "q", "b", { maxlen: 1 }), ["ADDJOB", "q", "b", 300, "MAXLEN", 1]],
  [wire(addJob, "q", "b", { async: true }), ["ADDJOB", "q", "b", 300, "ASYNC"]],
  [wire(addJob, "q", "b", { async: false }), ["ADDJOB", "q", "b", 300]],
  [
    wire(addJob, "q", "b", { timeout: 1, replicate: 2, delay: 3, retry: 4, ttl: 5, maxlen: 6, async: true }),
    ["ADDJOB", "q", "b", 1, "REPLICATE", 2, "DELAY", 3, "RETRY", 4, "TTL", 5, "MAXLEN", 6, "ASYNC"],
  ],
];

const get: readonly Case[] = [
  [wire(getJob, "q"), ["GETJOB", "FROM", "q"]],
  [wire(getJob, ["q"]), ["GETJOB", "FROM", "q"]],
  [wire(getJob, ["q", "r", "NOHANG"], CALL), ["GETJOB", "FROM", "q", "r", "NOHANG"]],
  [wire(getJob, "q", { count: 7 }), ["GETJOB", "COUNT", 7, "FROM", "q"]],
  [wire(getJob, "q", { timeout: 7 }), ["GETJOB", "TIMEOUT", 7, "FROM", "q"]],
  [wire(getJob, "q", { timeout: FOREVER }), ["GETJOB", "TIMEOUT", 0, "FROM", "q"]],
  [wire(getJob, "q", { nohang: true }), ["GETJOB", "NOHANG", "FROM", "q"]],
  [wire(getJob, "q", { nohang: false, withCounters: false }), ["GETJOB", "FROM", "q"]],
  [wire(getJob, "q", { withCounters: true }), ["GETJOB", "WITHCOUNTERS", "FROM", "q"]],
  [
    wire(getJob, ["q"], { count: 1, timeout: 2, nohang: true, withCounters: true }),
    ["GETJOB", "NOHANG", "TIMEOUT", 2, "COUNT", 1, "WITHCOUNTERS", "FROM", "q"],
  ],
];

const one: readonly Case[] = [
  [wire(working, ID), ["WORKING", ID]],
  [wire(working, JOB, CALL), ["WORKING", ID]],
  [wire(show, ID2, CALL), ["SHOW", ID2]],
  [wire(show, { id: ID2 }), ["SHOW", ID2]],
];

const many: readonly Case[] = [
  ["ACKJOB", jobsTable.ackJob] as const,
  ["FASTACK", jobsTable.fastAck] as const,
  ["NACK", jobsTable.nackJob] as const,
  ["DELJOB", jobsTable.delJob] as const,
  ["ENQUEUE", jobsTable.enqueue] as const,
  ["DEQUEUE", jobsTable.dequeue] as const,
].flatMap(([name, command]): Case[] => [
  [wire(command, ID), [name, ID]],
  [wire(command, JOB, ID2, { id: ID }), [name, ID, ID2, ID]],
  [wire(command, [JOB, ID2]), [name, ID, ID2]],
  [wire(command, [ID2], CALL), [name, ID2]],
  [wire(command), [name]],
  [wire(command, []), [name]],
]);

const scan: readonly Case[] = [
  [wire(jscan, "0"), ["JSCAN", "0"]],
  [wire(jscan, 0), ["JSCAN", "0"]],
  [wire(jscan, "18446744073709551615", CALL), ["JSCAN", "18446744073709551615"]],
  [wire(jscan, "0", { count: 5 }), ["JSCAN", "0", "COUNT", 5]],
  [wire(jscan, "0", { busyloop: true }), ["JSCAN", "0", "BUSYLOOP"]],
  [wire(jscan, "0", { busyloop: false }), ["JSCAN", "0"]],
  [wire(jscan, "0", { queue: "" }), ["JSCAN", "0", "QUEUE", ""]],
  [wire(jscan, "0", { state: [] }), ["JSCAN", "0"]],
  [
    wire(jscan, "0", { state: ["wait-repl", "active", "queued", "acked"] }),
    ["JSCAN", "0", "STATE", "wait-repl", "STATE", "active", "STATE", "queued", "STATE", "acked"],
  ],
  [wire(jscan, "0", { node: "id" }), ["JSCAN", "0"]],
  [wire(jscan, "0", { reply: "id" }), ["JSCAN", "0", "REPLY", "id"]],
  [
    wire(jscan, "9", { count: 1, busyloop: true, queue: "q", state: ["acked"], reply: "all" }),
    ["JSCAN", "9", "COUNT", 1, "BUSYLOOP", "QUEUE", "q", "STATE", "acked", "REPLY", "all"],
  ],
  [wire(qscan, "0", CALL), ["QSCAN", "0"]],
  [wire(qscan, 0), ["QSCAN", "0"]],
  [wire(qscan, "0", { node: "id" }), ["QSCAN", "0"]],
  [wire(qscan, "0", { count: 5 }), ["QSCAN", "0", "COUNT", 5]],
  [wire(qscan, "0", { busyloop: true }), ["QSCAN", "0", "BUSYLOOP"]],
  [wire(qscan, "0", { minlen: 0 }), ["QSCAN", "0", "MINLEN", 0]],
  [wire(qscan, "0", { maxlen: 0 }), ["QSCAN", "0", "MAXLEN", 0]],
  [wire(qscan, "0", { importrate: 0 }), ["QSCAN", "0", "IMPORTRATE", 0]],
  [
    wire(qscan, "7", { count: 1, busyloop: true, minlen: 2, maxlen: 3, importrate: 4 }),
    ["QSCAN", "7", "COUNT", 1, "BUSYLOOP", "MINLEN", 2, "MAXLEN", 3, "IMPORTRATE", 4],
  ],
];

const queues: readonly Case[] = [
  [wire(qlen, "q", CALL), ["QLEN", "q"]],
  [wire(qstat, "q", CALL), ["QSTAT", "q"]],
  [wire(qpeek, "q", 3, CALL), ["QPEEK", "q", 3]],
  [wire(qpeek, "q", -3), ["QPEEK", "q", -3]],
  [wire(qpeek, "q", 0), ["QPEEK", "q", 0]],
  ...(["none", "in", "out", "all", "state"] as const).map(
    (state): Case => [wire(pause, "q", state), ["PAUSE", "q", state]],
  ),
  [wire(pause, "q", "in", { bcast: true, ...CALL }), ["PAUSE", "q", "in", "BCAST"]],
  [wire(pause, "q", "in", { bcast: false }), ["PAUSE", "q", "in"]],
];

describe("the words that a command on jobs or queues sends", () => {
  for (const [words, expected] of [...add, ...get, ...one, ...many, ...scan, ...queues]) {
    it(expected.map(String).join(" "), () => assert.deepEqual(words, expected));
  }
});
