// Commands to bytes: the encoders alone.
//
// Most peers give strings to the socket, ropes of parts even, which are joined and turned into UTF-8 below it, where this
// process pays as well. So there are two rows for each command: what is handed to the socket, and bytes, for which a
// string is written the cheapest way there is, into memory that is there already.

import assert from "node:assert/strict";
import { encoders } from "../peers/encoders.js";
import { flat, jobId, seeded } from "../random.js";
import { timed } from "./timed.js";

/** @typedef {import("../peers/encoders.js").Command} Command */
/** @typedef {import("../peers/encoders.js").Part} Part */

const random = seeded(4);
const id = () => jobId(random);

/** Commands that leave together, as from a client that is busy. */
const BATCH = 64;

/** @type {import("./index.js").Row[]} */
export const encodeRows = [
  ...rows("addjob-100", "ADDJOB of a string of 100 bytes", 1_000, () => [
    "ADDJOB",
    "mail",
    text(100),
    "5000",
  ]),
  ...rows("addjob-4k", "ADDJOB of a buffer of 4 KiB", 1_000, () => [
    "ADDJOB",
    "mail",
    Buffer.from(text(4096)),
    "5000",
  ]),
  ...rows("ackjob-1", "ACKJOB of 1 id", 1_000, () => ["ACKJOB", id()]),
  ...rows("ackjob-100", "ACKJOB of 100 ids", 30, () => ["ACKJOB", ...Array.from({ length: 100 }, id)]),
];

/** @param {number} length */
function text(length) {
  return flat(`{"n":${random(1e9)},"text":"`.padEnd(length, "x"));
}

/**
 * @param {string} name
 * @param {string} work
 * @param {number} batches
 * @param {() => Command} make
 * @returns {import("./index.js").Row[]}
 */
function rows(name, work, batches, make) {
  const commands = Array.from({ length: BATCH }, make);
  return [
    row(`encode/${name}`, `${work}, to bytes`, commands, batches, toBytes),
    row(`encode/${name}-handed`, `${work}, to what is handed to the socket`, commands, batches, handed),
  ];
}

/**
 * @param {string} id
 * @param {string} work
 * @param {readonly Command[]} commands
 * @param {number} batches
 * @param {() => (part: Part) => void} sink
 * @returns {import("./index.js").Row}
 */
function row(id, work, commands, batches, sink) {
  return timed({
    id,
    work,
    noun: "command",
    bar: 2,
    contenders: encoders,
    prepare(name, quick) {
      const times = quick ? batches / 5 : batches;
      const { create } = encoders.find((each) => each.name === name) ?? {};
      if (create === undefined) throw new Error(`there is no encoder ${name}`);
      const encode = create(commands);
      checkBytes(name, encode, commands);
      const take = sink();
      const run = () => {
        for (let batch = 0; batch < times; batch++) encode(take);
      };
      return { run, count: times * commands.length };
    },
  });
}

function handed() {
  const sink = { part: /** @type {Part} */ ("") };
  return (/** @type {Part} */ part) => {
    sink.part = part;
  };
}

function toBytes() {
  const memory = Buffer.alloc(64 * 1024);
  const sink = { part: /** @type {Part} */ ("") };
  return (/** @type {Part} */ part) => {
    sink.part = part;
    if (typeof part === "string") memory.write(part, 0, "utf8");
  };
}

/**
 * Nobody wins by not working: each contender's bytes are compared with what is to be sent, once.
 *
 * @param {string} name
 * @param {(take: (part: Part) => void) => void} encode
 * @param {readonly Command[]} commands
 */
function checkBytes(name, encode, commands) {
  /** @type {string[]} */
  const parts = [];
  encode((part) => parts.push(typeof part === "string" ? part : Buffer.from(part).toString()));
  assert.equal(parts.join(""), commands.map(asText).join(""), `${name} encodes something else`);
}

/** @param {Command} command */
function asText(command) {
  return `*${command.length}\r\n${command.map((part) => `$${part.length}\r\n${part}\r\n`).join("")}`;
}
