// The clients, each used as its own documentation would have it, reduced to what the socket rows need.

import { ours, oursOnConnection, oursWith } from "./ours.js";
import { raw } from "./raw.js";
import { ioredis, iovalkey, nodeRedis } from "./redis.js";
import { thunkDisque } from "./thunk-disque.js";

/**
 * @typedef {object} Client
 * @property {(body: string | Buffer, done: () => void, failed: (error: unknown) => void) => void} add Adds a job and calls
 * back: there is nothing around it that is not the client's.
 * @property {(count: number) => Promise<any[]>} get Fetches jobs without waiting; none is an empty array.
 * @property {(jobs: any[]) => Promise<number>} ack Acknowledges what `get` gave.
 * @property {(job: any) => string | Buffer} body Of a job that `get` gave.
 * @property {((body: string | Buffer, count: number, inFlight: number) => Promise<void>)} [flood] Adds in a way of its own.
 * @property {() => unknown} end
 */

/**
 * @typedef {object} Target
 * @property {number} port
 * @property {import("../sockets/server.js").Dialect} dialect
 * @property {boolean} buffers Bodies are wanted as bytes: for large ones, that is everybody's faster way.
 */

/** @type {Record<string, (target: Target) => Promise<Client>>} */
export const clients = {
  disque: ours,
  ioredis: (target) => ioredis(target, false),
  "ioredis, auto-pipelining": (target) => ioredis(target, true),
  iovalkey: (target) => iovalkey(target, false),
  "iovalkey, auto-pipelining": (target) => iovalkey(target, true),
  "node-redis": nodeRedis,
  "thunk-disque": thunkDisque,
  "raw socket": raw,
  "disque, with a signal": (target) => oursWith(target, { signal: new AbortController().signal }),
  "disque, with a commandTimeout": (target) => oursWith(target, { commandTimeout: 10_000 }),
  "disque, traced": (target) => oursWith(target, {}, true),
  "disque/resp, Connection.send": oursOnConnection,
};
