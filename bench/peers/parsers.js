// The parsers, each as its client sets it up, and each option that might be the faster one.

import { createRequire } from "node:module";
import { Parser } from "../../dist/resp/index.js";

const load = createRequire(import.meta.url);

/**
 * @typedef {object} ParserContender
 * @property {string} name
 * @property {boolean} [ours]
 * @property {(onReply: (reply: any) => void) => (chunk: Buffer) => void} create
 */

/** The type of a bulk string in the mapping of node-redis's decoder, from which ioredis's descends. */
const BULK_STRING = 36;

/** @type {ParserContender[]} */
export const parsers = [
  {
    name: "disque",
    ours: true,
    create(onReply) {
      const parser = new Parser({ onReply });
      return (chunk) => parser.write(chunk);
    },
  },
  redisParser("redis-parser, strings", false),
  redisParser("redis-parser, buffers", true),
  decoder("node-redis, strings", "@redis/client/dist/lib/RESP/decoder.js", {}),
  decoder("node-redis, buffers", "@redis/client/dist/lib/RESP/decoder.js", { [BULK_STRING]: Buffer }),
  decoder("ioredis, strings", "ioredis/built/resp/decoder.js", {}),
  decoder("ioredis, buffers", "ioredis/built/resp/decoder.js", { [BULK_STRING]: Buffer }),
  respjs("thunk-disque, strings", false),
  respjs("thunk-disque, buffers", true),
];

/**
 * Also iovalkey's.
 *
 * @param {string} name
 * @param {boolean} returnBuffers
 * @returns {ParserContender}
 */
function redisParser(name, returnBuffers) {
  return {
    name,
    create(onReply) {
      const RedisParser = load("redis-parser");
      const parser = new RedisParser({ returnBuffers, returnReply: onReply, returnError: onReply });
      return (chunk) => parser.execute(chunk);
    },
  };
}

/**
 * @param {string} name
 * @param {string} path
 * @param {object} mapping
 * @returns {ParserContender}
 */
function decoder(name, path, mapping) {
  return {
    name,
    create(onReply) {
      const { Decoder } = load(path);
      const own = new Decoder({
        onReply,
        onErrorReply: onReply,
        onPush: onReply,
        getTypeMapping: () => mapping,
      });
      return (chunk) => own.write(chunk);
    },
  };
}

/**
 * @param {string} name
 * @param {boolean} bufBulk
 * @returns {ParserContender}
 */
function respjs(name, bufBulk) {
  return {
    name,
    create(onReply) {
      const Resp = load("respjs");
      const parser = new Resp({ bufBulk });
      parser.on("data", onReply);
      return (chunk) => parser.write(chunk);
    },
  };
}
