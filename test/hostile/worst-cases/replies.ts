// Replies with the highest cost: as long, or with as many elements, as the limits allow.

import type { Disque } from "../../../src/index.ts";
import { AT_LEAST_ONCE, bulk, NODE_ID } from "../../client/scripted.ts";

/** The limits that matter here. */
export interface Limits {
  readonly maxElements: number;
  readonly maxBulkLength: number;
  readonly maxReplyLength: number;
}

export interface WorstCase {
  readonly name: string;
  /** The call to make. HELLO is sent when connecting. */
  readonly call: (disque: Disque) => Promise<unknown>;
  /** The hostile reply in pieces, since it may be too long to be held in memory. */
  readonly reply: (limits: Limits) => Iterable<string | Buffer>;
  /** The command that gets this reply. */
  readonly command: string;
}

/** Elements of one piece. */
const BATCH = 1_000;
/** The longest text in bytes; longer ones are rejected (src/commands/decode.ts). */
const TEXT = 16 * 2 ** 20;
const FRAME = 64;

const raw = (disque: Disque): Promise<unknown> => disque.call("X", { buffers: true });
const asTexts = (disque: Disque): Promise<unknown> => disque.call("X");

/** One array with as many elements as the limits allow. Each unit contains `elements` of them. */
function* many(unit: string, elements: number, limits: Limits): Generator<string> {
  const bytes = Buffer.byteLength(unit);
  const room = Math.floor((limits.maxReplyLength - FRAME) / bytes);
  const count = Math.min(room, Math.floor(limits.maxElements / elements));
  yield `*${count}\r\n`;
  const batch = unit.repeat(Math.min(BATCH, count));
  for (let left = count; left > 0; left -= BATCH) yield left < BATCH ? unit.repeat(left) : batch;
}

/** The elements as the array of a page: a cursor and the array. */
function* page(unit: string, elements: number, limits: Limits): Generator<string> {
  yield "*2\r\n$1\r\n0\r\n";
  yield* many(unit, elements, { ...limits, maxElements: limits.maxElements - 2 });
}

function* bulkOf(length: number, limits: Limits, byte: string): Generator<string | Buffer> {
  const size = Math.min(length, limits.maxBulkLength, limits.maxReplyLength - FRAME);
  yield `$${size}\r\n`;
  const piece = Buffer.alloc(65_536, byte, "latin1");
  for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, left);
  yield "\r\n";
}

/** A bulk string that repeats the text up to the longest one that is read. */
function* text(unit: string, limits: Limits): Generator<string | Buffer> {
  const room = Math.min(TEXT, limits.maxBulkLength, limits.maxReplyLength - FRAME);
  const count = Math.floor(room / Buffer.byteLength(unit));
  yield `$${count * Buffer.byteLength(unit)}\r\n`;
  for (let left = count; left > 0; left -= BATCH) yield unit.repeat(Math.min(BATCH, left));
  yield "\r\n";
}

/** The same with a number in each unit, so that all differ. */
function* numbered(unit: (index: number) => string, count: number): Generator<string> {
  const lines = Array.from({ length: count }, (_, index) => unit(index)).join("");
  yield `$${Buffer.byteLength(lines)}\r\n${lines}\r\n`;
}

const JOB = `*3\r\n${bulk("mail")}${bulk(AT_LEAST_ONCE)}${bulk("body")}`;
const COUNTED = `*7\r\n${bulk("mail")}${bulk(AT_LEAST_ONCE)}${bulk("body")}${bulk("nacks")}:0\r\n${bulk("additional-deliveries")}:0\r\n`;
const INFO_FIELDS: readonly string[] = [
  ...["id", AT_LEAST_ONCE, "queue", "mail", "state", "queued"].map(bulk),
  ...["repl", "ttl", "ctime", "delay", "retry", "nacks", "additional-deliveries"].map(
    (name) => `${bulk(name)}:1\r\n`,
  ),
  `${bulk("nodes-delivered")}*1\r\n${bulk(NODE_ID)}`,
  `${bulk("nodes-confirmed")}*0\r\n`,
  `${bulk("next-requeue-within")}:1\r\n${bulk("next-awake-within")}:1\r\n`,
  bulk("body") + bulk("body"),
];
const JOB_INFO = `*30\r\n${INFO_FIELDS.join("")}`;
const NODE = `*4\r\n${bulk(NODE_ID)}${bulk("10.0.0.1")}${bulk("7711")}${bulk("1")}`;
const CLUSTER_NODE = `${NODE_ID} 10.0.0.1:7711 noflags 0 0 connected\n`;

function plain(name: string, unit: string, elements = 1, call = raw): WorstCase {
  return { name, call, command: "X", reply: (limits) => many(unit, elements, limits) };
}

export const WORST_CASES: readonly WorstCase[] = [
  {
    name: "one bulk string",
    call: raw,
    command: "X",
    reply: (limits) => bulkOf(Number.POSITIVE_INFINITY, limits, "x"),
  },
  {
    name: "one bulk string as text, of bytes that are not UTF-8",
    call: asTexts,
    command: "X",
    reply: (limits) => bulkOf(2 * TEXT, limits, "\xff"),
  },
  plain("bulk strings of 60,000 bytes", bulk("x".repeat(60_000))),
  plain("bulk strings of 60,000 bytes as text", bulk("\u00e9".repeat(30_000)), 1, asTexts),
  plain("empty bulk strings", "$0\r\n\r\n"),
  plain("bulk strings of one byte as text", "$1\r\nx\r\n", 1, asTexts),
  plain("simple strings of 60,000 bytes", `+${"\u00e9".repeat(30_000)}\r\n`),
  plain("simple strings", "+x\r\n"),
  plain("errors", "-\r\n"),
  plain("errors of 60,000 bytes", `-${"x".repeat(60_000)}\r\n`),
  plain("integers", ":1\r\n"),
  plain("integers of 64 bits", ":9223372036854775807\r\n"),
  plain("nulls", "$-1\r\n"),
  plain("empty arrays", "*0\r\n"),
  plain("arrays, 30 deep", `${"*1\r\n".repeat(30)}*0\r\n`, 31),
  plain("arrays of one text, 30 deep, as text", `${"*1\r\n".repeat(30)}$1\r\nx\r\n`, 31, asTexts),
  {
    name: "GETJOB: as many jobs as requested",
    call: (disque) => disque.getJob("mail", { nohang: true, count: 2 ** 30 }),
    command: "GETJOB",
    reply: (limits) => many(JOB, 4, limits),
  },
  {
    name: "GETJOB: jobs with counters",
    call: (disque) => disque.getJob("mail", { nohang: true, count: 2 ** 30, withCounters: true }),
    command: "GETJOB",
    reply: (limits) => many(COUNTED, 8, limits),
  },
  {
    name: "QPEEK: jobs of 30,000 bytes",
    call: (disque) => disque.qpeek("mail", 2 ** 30),
    command: "QPEEK",
    reply: (limits) =>
      many(`*3\r\n${bulk("mail")}${bulk(AT_LEAST_ONCE)}${bulk("x".repeat(30_000))}`, 4, limits),
  },
  {
    name: "JSCAN: all fields of each job",
    call: (disque) => disque.jscan(0, { reply: "all" }),
    command: "JSCAN",
    reply: (limits) => page(JOB_INFO, 32, limits),
  },
  {
    name: "JSCAN: ids",
    call: (disque) => disque.jscan(0),
    command: "JSCAN",
    reply: (limits) => page(`+${AT_LEAST_ONCE}\r\n`, 1, limits),
  },
  {
    name: "QSCAN: names of queues",
    call: (disque) => disque.qscan(0),
    command: "QSCAN",
    reply: (limits) => page(bulk("mail"), 1, limits),
  },
  {
    name: "SLOWLOG GET",
    call: (disque) => disque.slowlogGet(),
    command: "SLOWLOG",
    reply: (limits) => many(`*4\r\n:1\r\n:1\r\n:1\r\n*1\r\n${bulk("x")}`, 6, limits),
  },
  {
    name: "COMMAND",
    call: (disque) => disque.command(),
    command: "COMMAND",
    reply: (limits) => many("*6\r\n+x\r\n:1\r\n*1\r\n+x\r\n:1\r\n:1\r\n:1\r\n", 8, limits),
  },
  {
    name: "HELLO: nodes",
    call: (disque) => disque.connect(),
    command: "HELLO",
    *reply(limits) {
      const count = Math.min(
        Math.floor((limits.maxReplyLength - 200) / NODE.length),
        Math.floor((limits.maxElements - 2) / 5),
      );
      yield `*${count + 2}\r\n:1\r\n${bulk(NODE_ID)}`;
      for (let left = count; left > 0; left -= BATCH) yield NODE.repeat(Math.min(left, BATCH));
    },
  },
  {
    name: "CLIENT LIST: clients",
    call: (disque) => disque.clientList(),
    command: "CLIENT",
    reply: (limits) => text("a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8\n", { ...limits, maxBulkLength: 16_000 * 32 }),
  },
  {
    name: "CLIENT LIST: more lines than the limit",
    call: (disque) => disque.clientList(),
    command: "CLIENT",
    reply: (limits) => text("a=1\n", limits),
  },
  {
    name: "CLIENT LIST: one line of fields",
    call: (disque) => disque.clientList(),
    command: "CLIENT",
    reply: (limits) => text("a= ", limits),
  },
  {
    name: "INFO: fields",
    call: (disque) => disque.info(),
    command: "INFO",
    reply: () => numbered((index) => `field${index}:1\r\n`, 16_000),
  },
  {
    name: "INFO: more sections than the limit",
    call: (disque) => disque.info(),
    command: "INFO",
    reply: (limits) => text("# a\r\n", limits),
  },
  {
    name: "CLUSTER NODES",
    call: (disque) => disque.cluster.nodes(),
    command: "CLUSTER",
    reply: (limits) => text(CLUSTER_NODE, { ...limits, maxBulkLength: 16_000 * CLUSTER_NODE.length }),
  },
  {
    name: "CLUSTER INFO: one line",
    call: (disque) => disque.cluster.info(),
    command: "CLUSTER",
    reply: (limits) => text("a:", limits),
  },
];
