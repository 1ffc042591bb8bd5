// The clients. Each is used as its documentation shows, through an interface with only what the rows need.

import { createRequire } from "node:module";
import { Disque } from "../dist/index.js";

/**
 * @typedef {object} Client
 * @property {(body: string | Buffer, done: () => void, failed: (error: unknown) => void) => void} add takes callbacks, so that
 * clients without promises do not pay for promises
 * @property {(count: number) => Promise<any[]>} get fetches jobs without waiting
 * @property {(jobs: readonly any[]) => Promise<unknown>} ack
 * @property {(job: any) => string | Buffer} body
 */

export const ALL = ["disque", "ioredis", "ioredis, auto-pipelining", "node-redis", "thunk-disque"];

const QUEUE = "mail";
const TIMEOUT = "5000";

/** @type {Record<string, (port: number) => Promise<Client>>} */
const clients = {
  disque: async (port) => {
    const disque = new Disque(`127.0.0.1:${port}`);
    await disque.connect();
    return {
      add: (body, done, failed) => {
        disque.addJob(QUEUE, body).then(done, failed);
      },
      get: (count) => disque.getJob(QUEUE, { count, nohang: true }),
      ack: (jobs) => disque.ackJob(...jobs),
      body: (job) => job.body,
    };
  },
  ioredis: (port) => ioredis(port, false),
  "ioredis, auto-pipelining": (port) => ioredis(port, true),
  "node-redis": async (port) => {
    const { createClient, RESP_TYPES } = await import("redis");
    const redis = createClient({ socket: { port, host: "127.0.0.1" }, RESP: 2, disableClientInfo: true });
    redis.on("error", () => {});
    await redis.connect();
    const options = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
    return generic(
      (command) => redis.sendCommand(command),
      (command) => redis.sendCommand(command, options),
    );
  },
  "thunk-disque": async (port) => {
    const client = createRequire(import.meta.url)("thunk-disque").createClient([`127.0.0.1:${port}`], {
      returnBuffers: true,
    });
    await new Promise((resolve) => client.once("connect", resolve));
    /** @type {(thunk: (callback: (error: unknown, value: any) => void) => void) => Promise<any>} */
    const promised = (thunk) =>
      new Promise((resolve, reject) => thunk((error, value) => (error ? reject(error) : resolve(value))));
    return {
      add: (body, done, failed) => {
        client.addjob(QUEUE, body, TIMEOUT)((error) => (error ? failed(error) : done()));
      },
      get: async (count) => (await promised(client.getjob(fetching(count).slice(1)))) ?? [],
      ack: (jobs) => promised(client.ackjob(jobs.map(([, id]) => id))),
      body: ([, , body]) => body,
    };
  },
};

function fetching(count) {
  return ["GETJOB", "NOHANG", "COUNT", `${count}`, "FROM", QUEUE];
}

async function ioredis(port, enableAutoPipelining) {
  const { Redis } = await import("ioredis");
  // Turn off all features that need a redis-server.
  const redis = new Redis({
    port,
    host: "127.0.0.1",
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
    lazyConnect: true,
    enableAutoPipelining,
  });
  await redis.connect();
  const call = (/** @type {(string | Buffer)[]} */ [name, ...args]) => redis.call(`${name}`, ...args);
  // With auto-pipelining, callBuffer loses the command's name.
  if (enableAutoPipelining) return generic(call, call);
  return generic(call, ([name, ...args]) => redis.callBuffer(`${name}`, ...args));
}

/** Adapts a client that has no methods for Disque's commands. `callForBytes` returns job bodies as bytes if the client can. */
function generic(call, callForBytes) {
  return {
    add: (body, done, failed) => {
      call(["ADDJOB", QUEUE, body, TIMEOUT]).then(done, failed);
    },
    get: async (count) => (await callForBytes(fetching(count))) ?? [],
    ack: (jobs) => call(["ACKJOB", ...jobs.map(([, id]) => id)]),
    body: ([, , body]) => body,
  };
}

/**
 * Creates a contender for each of the named clients.
 *
 * @param {(client: Client, setting: import("./row.js").Setting) => import("./row.js").Round} start
 * @returns {import("./row.js").Row["contenders"]}
 */
export function forEachClient(start, names = ["disque", "ioredis", "node-redis", "thunk-disque"]) {
  const contender = (connect) => async (setting) => start(await connect(setting.ports[0]), setting);
  return Object.fromEntries(names.map((name) => [name, contender(clients[name])]));
}

/**
 * Adds jobs, `inFlight` at a time.
 *
 * @returns {Promise<void>}
 */
export function addAll(client, body, count, inFlight) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    const send = () => {
      sent++;
      client.add(body, next, reject);
    };
    const next = () => {
      answered++;
      if (sent < count) send();
      else if (answered === count) resolve();
    };
    while (sent < Math.min(count, inFlight)) send();
  });
}
