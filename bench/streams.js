// The bytes that a server would send, in the pieces in which a socket would give them.

import { jobId, seeded } from "./random.js";

/** As much as Node reads from a socket at a time. */
export const SOCKET_CHUNK = 64 * 1024;

/**
 * @typedef {object} Stream
 * @property {Buffer[]} chunks
 * @property {unknown[]} replies What a parser must make of them, bulk strings as strings.
 */

/**
 * @param {number} count
 * @returns {Stream}
 */
export function ids(count) {
  const random = seeded(1);
  const replies = Array.from({ length: count }, () => jobId(random));
  return stream(replies, (id) => `+${id}\r\n`);
}

/**
 * @param {number} count
 * @returns {Stream}
 */
export function ones(count) {
  return stream(new Array(count).fill(1), () => ":1\r\n");
}

/**
 * Replies of GETJOB with as many jobs, of 100 bytes.
 *
 * @param {number} count
 * @param {number} jobs
 * @param {(wire: Buffer) => Buffer[]} [cut]
 * @returns {Stream}
 */
export function fetched(count, jobs, cut) {
  const random = seeded(2);
  const job = () => [
    "mail",
    jobId(random),
    `{"to":"a@b.c","n":${random(1e9)},"text":"`.padEnd(98, "x").concat('"}'),
  ];
  const replies = Array.from({ length: count }, () => Array.from({ length: jobs }, job));
  const write = (/** @type {string[][]} */ reply) =>
    `*${jobs}\r\n${reply.map((each) => `*3\r\n${each.map(bulk).join("")}`).join("")}`;
  return stream(replies, write, cut);
}

/**
 * Bulk strings, one behind the other.
 *
 * @param {number} count
 * @param {number} length
 * @returns {Stream}
 */
export function bodies(count, length) {
  const body = "0123456789abcdef".repeat(length / 16);
  return stream(new Array(count).fill(body), bulk);
}

/** @param {string} value */
function bulk(value) {
  return `$${value.length}\r\n${value}\r\n`;
}

/**
 * @template Reply
 * @param {Reply[]} replies
 * @param {(reply: Reply) => string} write
 * @param {(wire: Buffer) => Buffer[]} [cut]
 * @returns {Stream}
 */
function stream(replies, write, cut = inSocketChunks) {
  return { chunks: cut(Buffer.concat(replies.map((reply) => Buffer.from(write(reply), "latin1")))), replies };
}

/** @param {Buffer} wire */
function inSocketChunks(wire) {
  const chunks = [];
  for (let at = 0; at < wire.length; at += SOCKET_CHUNK)
    chunks.push(own(wire.subarray(at, at + SOCKET_CHUNK)));
  return chunks;
}

/**
 * In pieces of 1 to 17 bytes.
 *
 * @param {Buffer} wire
 */
export function inPieces(wire) {
  const random = seeded(3);
  const chunks = [];
  for (let at = 0; at < wire.length; ) {
    const end = at + 1 + random(17);
    chunks.push(wire.subarray(at, end));
    at = end;
  }
  return chunks;
}

/**
 * What a socket gives is a piece of memory for itself.
 *
 * @param {Buffer} bytes
 */
function own(bytes) {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
