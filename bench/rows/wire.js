// The parser and the encoder alone, without a socket, compared with those of other clients.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as resp from "../../dist/resp/index.js";
import { timeOf } from "../measure.js";

/** @typedef {import("../row.js").Row} Row */

const load = createRequire(import.meta.url);
/** The maximum number of bytes that Node reads from a socket at a time. */
const SOCKET_CHUNK = 64 * 1024;
/** The type code for bulk strings in the decoder of node-redis, from which the decoder of ioredis is derived. */
const BULK_STRING = 36;

/** @type {Record<string, (onReply: (reply: any) => void) => (chunk: Buffer) => void>} */
const parsers = {
  disque: (onReply) => {
    const parser = new resp.Parser({ onReply });
    return (chunk) => parser.write(chunk);
  },
  "redis-parser, strings": redisParser(false),
  "redis-parser, buffers": redisParser(true),
  "node-redis, strings": decoder("@redis/client/dist/lib/RESP/decoder.js", {}),
  "node-redis, buffers": decoder("@redis/client/dist/lib/RESP/decoder.js", { [BULK_STRING]: Buffer }),
  "ioredis, strings": decoder("ioredis/built/resp/decoder.js", {}),
  "ioredis, buffers": decoder("ioredis/built/resp/decoder.js", { [BULK_STRING]: Buffer }),
  "thunk-disque, strings": respjs(false),
  "thunk-disque, buffers": respjs(true),
};

function redisParser(returnBuffers) {
  return (onReply) => {
    const parser = new (load("redis-parser"))({ returnBuffers, returnReply: onReply, returnError: onReply });
    return (chunk) => parser.execute(chunk);
  };
}

function decoder(path, mapping) {
  return (onReply) => {
    const options = { onReply, onErrorReply: onReply, onPush: onReply, getTypeMapping: () => mapping };
    const parser = new (load(path).Decoder)(options);
    return (chunk) => parser.write(chunk);
  };
}

function respjs(bufBulk) {
  return (onReply) => {
    const parser = new (load("respjs"))({ bufBulk });
    parser.on("data", onReply);
    return (chunk) => parser.write(chunk);
  };
}

/** @typedef {readonly (string | Buffer)[]} Command */

/** @type {Record<string, (commands: readonly Command[]) => () => (string | Uint8Array)[]>} */
const encoders = {
  disque: (commands) => {
    const encoder = new resp.CommandEncoder();
    return () => {
      for (const command of commands) encoder.add(command);
      return encoder.take();
    };
  },
  ioredis: (commands) => {
    const { Command } = load("ioredis");
    // ioredis's command objects also contain a promise and other things, so they are created before the measurement.
    const made = commands.map(([name, ...args]) => new Command(name, args));
    return () => made.map((command) => command.toWritable());
  },
  "node-redis": (commands) => {
    const { default: encode } = load("@redis/client/dist/lib/RESP/encoder.js");
    return () => commands.flatMap((command) => encode(command));
  },
  "thunk-disque": (commands) => {
    const { encodeRequest } = load("respjs");
    return () => commands.map((command) => encodeRequest(command));
  },
};

let number = 0;
/**
 * Returns an id like those of a server. The id is decoded from bytes, because V8 keeps a concatenated string as a tree of its
 * parts.
 */
function jobId() {
  const unique = Buffer.from(`${number++}`.padStart(18, "disque")).toString("base64");
  return Buffer.from(`D-dcb833cf-${unique}-05a1`).toString("latin1");
}

const text = (length) => `{"to":"a@b.c","text":"`.padEnd(length - 2, "x").concat('"}');
const bulk = (value) => `$${value.length}\r\n${value}\r\n`;
const job = () => ["mail", jobId(), text(100)];

function fetched(jobs, count) {
  const replies = Array.from({ length: count }, () => Array.from({ length: jobs }, job));
  const wire = replies.map(
    (reply) => `*${jobs}\r\n${reply.map((each) => `*3\r\n${each.map(bulk).join("")}`).join("")}`,
  );
  return { replies, wire: wire.join(""), things: jobs * count };
}

function ids(count) {
  const replies = Array.from({ length: count }, jobId);
  return { replies, wire: replies.map((id) => `+${id}\r\n`).join(""), things: count };
}

function integers(count) {
  return { replies: new Array(count).fill(1), wire: ":1\r\n".repeat(count), things: count };
}

function bodies(length, count) {
  const body = "0123456789abcdef".repeat(length / 16);
  return { replies: new Array(count).fill(body), wire: bulk(body).repeat(count), things: count };
}

/** @param times how many times as fast as the fastest peer disque must be; 0.7 allows it to be slower */
function parsing(id, work, times, make, chunkLength = () => SOCKET_CHUNK) {
  return {
    id: `parse/${id}`,
    work,
    figures: { time: { unit: "ns CPU each" } },
    warmUp: 5,
    bars: [{ figure: "time", of: "the best peer", most: Math.round(100 / times) / 100 }],
    contenders: Object.fromEntries(
      Object.entries(parsers).map(([name, create]) => [
        name,
        async () => {
          const { replies, wire, things } = make();
          const chunks = cut(Buffer.from(wire), chunkLength);
          /** @type {unknown[] | undefined} */
          let seen = [];
          let last;
          const parse = create((reply) => {
            last = reply;
            seen?.push(reply);
          });
          const run = () => {
            for (const chunk of chunks) parse(chunk);
          };
          run();
          for (const at of [0, replies.length >> 1, replies.length - 1]) {
            assert.deepEqual(asText(seen[at]), replies[at], `${name} returns another reply`);
          }
          seen = undefined;
          assert.ok(last !== undefined);
          return () => timeOf(things, run);
        },
      ]),
    ),
  };
}

function cut(wire, chunkLength) {
  const chunks = [];
  for (let at = 0; at < wire.length; ) {
    const end = Math.min(wire.length, at + chunkLength(at));
    // Node gives each chunk that it reads from a socket its own memory.
    const chunk = Buffer.allocUnsafeSlow(end - at);
    wire.copy(chunk, 0, at, end);
    chunks.push(chunk);
    at = end;
  }
  return chunks;
}

/** @type {(reply: unknown) => unknown} */
function asText(reply) {
  if (Array.isArray(reply)) return reply.map(asText);
  return Buffer.isBuffer(reply) ? reply.toString("latin1") : reply;
}

function encoding(id, work, make) {
  return {
    id: `encode/${id}`,
    work: `${work}, to bytes in memory`,
    figures: { time: { unit: "ns CPU a command" } },
    warmUp: 5,
    contenders: Object.fromEntries(
      Object.entries(encoders).map(([name, create]) => [
        name,
        async () => {
          const commands = Array.from({ length: 64 }, make);
          const encode = create(commands);
          const expected = commands.map(
            (command) => `*${command.length}\r\n${command.map((part) => bulk(`${part}`)).join("")}`,
          );
          assert.equal(
            encode()
              .map((part) => Buffer.from(part).toString())
              .join(""),
            expected.join(""),
          );
          // Some peers pass strings to the socket, which encodes them. Include that cost, at its lowest.
          const memory = Buffer.alloc(64 * 1024);
          return () =>
            timeOf(commands.length, () => {
              for (const part of encode()) if (typeof part === "string") memory.write(part, "utf8");
            });
        },
      ]),
    ),
  };
}

const smallPieces = (at) => 1 + ((at * 7) % 17);

/** @type {Row[]} */
export const wireRows = [
  // redis-parser has a special code path for each of these two types. Our parser has one path for all replies.
  parsing("ids", "`+<job id>`, in chunks of 64 KiB", 0.7, () => ids(50_000)),
  parsing("integers", "`:1`, in chunks of 64 KiB", 0.7, () => integers(100_000)),
  parsing("getjob-1", "GETJOB replies of 1 job of 100 bytes, in chunks of 64 KiB", 1.5, () =>
    fetched(1, 20_000),
  ),
  parsing("getjob-100", "GETJOB replies of 100 jobs of 100 bytes, in chunks of 64 KiB", 1.5, () =>
    fetched(100, 200),
  ),
  parsing("body-4k", "bodies of 4 KiB, in chunks of 64 KiB", 1, () => bodies(4_096, 2_000)),
  parsing("body-16m", "a body of 16 MiB, in chunks of 64 KiB", 1, () => bodies(2 ** 24, 1)),
  parsing("pieces-ids", "`+<job id>`, in chunks of 1 to 17 bytes", 1, () => ids(5_000), smallPieces),
  parsing(
    "pieces-getjob",
    "GETJOB replies of 1 job, in chunks of 1 to 17 bytes",
    1.5,
    () => fetched(1, 2_000),
    smallPieces,
  ),
  parsing(
    "pieces-body-4k",
    "bodies of 4 KiB, in chunks of 1 to 17 bytes",
    1,
    () => bodies(4_096, 100),
    smallPieces,
  ),
  encoding("addjob-100", "ADDJOB of a string of 100 bytes", () => [
    "ADDJOB",
    "mail",
    Buffer.from(text(100)).toString(),
    "5000",
  ]),
  encoding("addjob-4k", "ADDJOB of a buffer of 4 KiB", () => [
    "ADDJOB",
    "mail",
    Buffer.from(text(4_096)),
    "5000",
  ]),
  encoding("ackjob-1", "ACKJOB of 1 id", () => ["ACKJOB", jobId()]),
  encoding("ackjob-100", "ACKJOB of 100 ids", () => ["ACKJOB", ...Array.from({ length: 100 }, jobId)]),
];
