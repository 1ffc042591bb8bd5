// npm run differential -- [--seed S] [--cases N] [--case NUMBER]
//
// Feeds valid streams of replies, cut into the same pieces, to disque's parser and to redis-parser. Both must return the same
// values. The streams are those of the fuzzer (test/fuzz), so that a seed and a number stand for the same stream there.

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

let replies = 0;
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
  replies += ours.length;
}
console.log(`${count} streams of ${replies} replies with the seed ${seed}: the same values as redis-parser`);

/**
 * @param {readonly Uint8Array[]} pieces
 * @returns {import("../build/src/resp/index.js").Reply[]}
 */
function parsedByDisque(pieces) {
  /** @type {import("../build/src/resp/index.js").Reply[]} */
  const given = [];
  const parser = new Parser({ onReply: (reply) => given.push(reply) });
  for (const piece of pieces) parser.write(piece);
  return given;
}

/**
 * @param {readonly Uint8Array[]} pieces
 * @returns {unknown[]}
 */
function parsedByRedisParser(pieces) {
  /** @type {unknown[]} */
  const given = [];
  const parser = new RedisParser({
    returnReply: (/** @type {unknown} */ reply) => given.push(reply),
    returnError: (/** @type {unknown} */ error) => given.push(error),
    // Bodies are bytes, and integers above 2^53 are not exact as numbers.
    returnBuffers: true,
    stringNumbers: true,
  });
  for (const piece of pieces) {
    // Node never emits an empty chunk, so redis-parser need not handle one.
    if (piece.length > 0) parser.execute(Buffer.from(piece));
  }
  return given;
}

/**
 * @param {import("../build/src/resp/index.js").Reply} our
 * @param {unknown} their
 * @returns {boolean}
 */
function isSame(our, their) {
  if (Array.isArray(our)) {
    if (!Array.isArray(their) || their.length !== our.length) return false;
    return our.every((item, index) => isSame(item, their[index]));
  }
  if (our instanceof ReplyError) return their instanceof Error && their.message === our.message;
  if (Buffer.isBuffer(our)) return Buffer.isBuffer(their) && their.equals(our);
  // With `returnBuffers`, redis-parser returns simple strings as bytes as well.
  if (typeof our === "string") return Buffer.isBuffer(their) && their.toString() === our;
  if (typeof our === "number" || typeof our === "bigint") return their === String(our);
  return their === our;
}
