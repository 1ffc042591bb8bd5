// npm run differential -- [--seed S] [--cases N] [--case NUMBER]
//
// Feeds valid streams of replies, cut into the same pieces, to disque's parser and to redis-parser. Both must return the same
// values. The streams are made by the fuzzer (test/fuzz), so the same seed and number give the same stream there.

import { parseArgs } from "node:util";
import RedisParser from "redis-parser";
import { Parser, ReplyError } from "../build/src/resp/index.js";
import { Choices } from "../build/test/fuzz/choices.js";
import { cut } from "../build/test/fuzz/pieces.js";
import { replyStream } from "../build/test/fuzz/replies.js";
import { quoted } from "../build/test/fuzz/same-replies.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    cases: { type: "string", default: "10000" },
    case: { type: "string" },
  },
});
const seed = Number(values.seed);
const first = Number(values.case ?? 0);
const count = values.case === undefined ? Number(values.cases) : 1;
if (![seed, first, count].every(Number.isSafeInteger))
  throw new TypeError("seed, cases and case must be whole numbers");

let replyCount = 0;
for (let number = first; number < first + count; number++) {
  const choices = new Choices(seed, number);
  const { bytes } = replyStream(choices);
  const { pieces, cutting } = cut(choices, bytes);
  const ours = parsedByDisque(pieces);
  const theirs = parsedByRedisParser(pieces);
  const at = ours.findIndex((reply, index) => !isSame(reply, theirs[index]));
  if (at !== -1 || ours.length !== theirs.length) {
    console.error(
      `Case ${number} with the seed ${seed}: reply ${at} of ${ours.length} and ${theirs.length} differs`,
    );
    console.error("disque:", ours[at], "redis-parser:", theirs[at]);
    console.error(`stream, cut ${cutting}: ${quoted(bytes)}`);
    console.error(`To run it again: npm run differential -- --seed ${seed} --case ${number}`);
    process.exit(1);
  }
  replyCount += ours.length;
}
console.log(
  `${count} streams of ${replyCount} replies with the seed ${seed}: the same values as redis-parser`,
);

/**
 * @param {readonly Uint8Array[]} pieces
 * @returns {import("../build/src/resp/index.js").Reply[]}
 */
function parsedByDisque(pieces) {
  /** @type {import("../build/src/resp/index.js").Reply[]} */
  const replies = [];
  const parser = new Parser({ onReply: (reply) => replies.push(reply) });
  for (const piece of pieces) parser.write(piece);
  return replies;
}

/**
 * @param {readonly Uint8Array[]} pieces
 * @returns {unknown[]}
 */
function parsedByRedisParser(pieces) {
  /** @type {unknown[]} */
  const replies = [];
  const parser = new RedisParser({
    returnReply: (/** @type {unknown} */ reply) => replies.push(reply),
    returnError: (/** @type {unknown} */ error) => replies.push(error),
    // Disque returns bodies as bytes, and integers above 2^53 as bigints. As numbers, these integers would not be exact.
    returnBuffers: true,
    stringNumbers: true,
  });
  for (const piece of pieces) {
    // Node never emits an empty chunk, so redis-parser does not have to handle empty chunks.
    if (piece.length > 0) parser.execute(Buffer.from(piece));
  }
  return replies;
}

/**
 * @param {import("../build/src/resp/index.js").Reply} ours
 * @param {unknown} theirs
 * @returns {boolean}
 */
function isSame(ours, theirs) {
  if (Array.isArray(ours)) {
    if (!Array.isArray(theirs) || theirs.length !== ours.length) return false;
    return ours.every((item, index) => isSame(item, theirs[index]));
  }
  if (ours instanceof ReplyError) return theirs instanceof Error && theirs.message === ours.message;
  if (Buffer.isBuffer(ours)) return Buffer.isBuffer(theirs) && theirs.equals(ours);
  // With `returnBuffers`, redis-parser returns simple strings as bytes as well.
  if (typeof ours === "string") return Buffer.isBuffer(theirs) && theirs.toString() === ours;
  if (typeof ours === "number" || typeof ours === "bigint") return theirs === String(ours);
  return theirs === ours;
}
