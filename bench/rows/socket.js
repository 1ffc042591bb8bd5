// Jobs to and from a real node, each client in a process of its own.

import { aheadOfBest, atMost, figure, nearTo, skipped } from "../outcome.js";
import { commands } from "../sockets/commands.js";
import { encoded } from "../sockets/raw.js";
import { dialect, Server } from "../sockets/server.js";
import { Stage } from "../stage.js";

/** @typedef {import("../sockets/contender.js").Order} Order */
/** @typedef {import("../outcome.js").Outcome} Outcome */

export const PEERS = [
  "ioredis",
  "ioredis, auto-pipelining",
  "iovalkey",
  "iovalkey, auto-pipelining",
  "node-redis",
  "thunk-disque",
];
/** Auto-pipelining with bytes takes the queue for the command's name, in both; and a large body fills a write anyway. */
const PEERS_WITH_BYTES = PEERS.filter((name) => !name.endsWith("auto-pipelining"));
const RAW = "raw socket";
const MEBIBYTE = 2 ** 20;
export const SMALL = { bodyLength: 100, bufferBody: false };
const LARGE = { bodyLength: MEBIBYTE, bufferBody: true };

/**
 * Rounds that do not count. V8 goes on compiling for some 300,000 calls, on threads whose time is the client's too: a client
 * that has run for a few seconds is what these rows are about (NOTES.md).
 */
export const WARM_UP = 8;

/** @type {import("./index.js").Row[]} */
export const socketRows = [
  adding(1, 4_000),
  adding(64, 20_000),
  adding(1024, 40_000),
  draining(),
  largeAdding(),
  largeGetting(),
];

/**
 * @param {number} inFlight
 * @param {number} jobs
 * @returns {import("./index.js").Row}
 */
function adding(inFlight, jobs) {
  const id = `socket/addjob-${inFlight}`;
  const work = `\`addJob\` of 100 bytes, ${inFlight.toLocaleString("en-US")} in flight`;
  return row(id, work, async (options, server) => {
    const names = ["disque", ...PEERS, ...(inFlight === 1024 ? [RAW] : [])];
    /** @type {Order} */
    const order = { work: "add", inFlight, ...SMALL, count: options.quick ? jobs / 5 : jobs };
    const taken = await played(names, order, options, server, { after: () => server.clear() });
    const speed = outcome(id, work, "jobs/s", "more", taken, ({ seconds }) => order.count / seconds);
    speed.bars.push(aheadOfBest(speed, 1));
    if (inFlight !== 1024) return [speed];
    speed.bars.push(nearTo(speed, 0.9, RAW));
    const cpu = outcome(
      `${id}-cpu`,
      `client CPU per ${work}`,
      "µs a call",
      "less",
      taken,
      (each) => each.cpu / order.count,
    );
    cpu.bars.push(
      atMost(cpu, 0.4, "thunk-disque"),
      atMost(cpu, 0.2, "ioredis"),
      atMost(cpu, 0.15, "node-redis"),
    );
    return [speed, cpu];
  });
}

function draining() {
  const id = "socket/drain";
  const work = "drain by `getJob` of 100 and `ackJob` of 100, one after the other";
  return row(id, work, async (options, server) => {
    /** @type {Order} */
    const order = { work: "drain", inFlight: 1, ...SMALL, count: options.quick ? 4_000 : 20_000 };
    const taken = await played(["disque", ...PEERS], order, options, server, filled(server, order));
    const speed = outcome(id, work, "jobs/s", "more", taken, ({ seconds }) => order.count / seconds);
    speed.bars.push(aheadOfBest(speed, 1));
    return [speed];
  });
}

function largeAdding() {
  const id = "socket/add-1m";
  const work = "`addJob` of 1 MiB, 16 in flight";
  return row(id, work, async (options, server) => {
    /** @type {Order} */
    const order = { work: "add", inFlight: 16, ...LARGE, count: options.quick ? 32 : 128 };
    const taken = await played(["disque", ...PEERS_WITH_BYTES], order, options, server, {
      after: () => server.clear(),
    });
    const speed = outcome(id, work, "MiB/s", "more", taken, ({ seconds }) => order.count / seconds);
    speed.bars.push(aheadOfBest(speed, 1));
    return [speed];
  });
}

function largeGetting() {
  const id = "socket/get-1m";
  const work = "`getJob` of 1 MiB, one after the other";
  return row(id, work, async (options, server) => {
    /** @type {Order} */
    const order = { work: "get", inFlight: 1, ...LARGE, count: options.quick ? 32 : 128 };
    const taken = await played(
      ["disque", ...PEERS_WITH_BYTES],
      order,
      options,
      server,
      filled(server, order),
    );
    const speed = outcome(id, work, "MiB/s", "more", taken, ({ seconds }) => order.count / seconds);
    speed.bars.push(aheadOfBest(speed, 1));
    return [speed];
  });
}

/**
 * A row that has a server while it runs.
 *
 * @param {string} id
 * @param {string} work
 * @param {(options: import("./index.js").RowOptions, server: Server) => Promise<Outcome[]>} measure
 * @returns {import("./index.js").Row}
 */
function row(id, work, measure) {
  return {
    id,
    async run(options) {
      if (dialect === null)
        return [skipped(id, work, "neither a disque-server nor a redis-server was found")];
      const server = await Server.start();
      try {
        return await measure(options, server);
      } finally {
        server.stop();
      }
    },
  };
}

/**
 * @param {readonly string[]} names
 * @param {Order} order
 * @param {import("./index.js").RowOptions} options
 * @param {Server} server
 * @param {{ before?: () => Promise<void>, after?: () => Promise<void> }} around
 */
async function played(names, order, options, { port }, around) {
  const stage = await Stage.set("sockets/contender.js", names, {
    port,
    dialect: dialect ?? "disque",
    buffers: order.bodyLength === MEBIBYTE,
  });
  try {
    return await stage.play(order, { ...options, warmUp: WARM_UP }, around);
  } finally {
    await stage.end();
  }
}

/**
 * @param {Server} server
 * @param {Order} order
 */
function filled(server, { count, bodyLength }) {
  const command = encoded(commands[dialect ?? "disque"].fill(Buffer.alloc(bodyLength, "x")));
  return {
    before: () => server.socket.flood(command, count, bodyLength === MEBIBYTE ? 4 : 1024),
    after: () => server.clear(),
  };
}

/**
 * @param {string} id
 * @param {string} work
 * @param {string} unit
 * @param {"less" | "more"} better
 * @param {Map<string, import("../sockets/contender.js").Taken[]>} taken
 * @param {(taken: import("../sockets/contender.js").Taken) => number} value
 * @returns {Outcome}
 */
export function outcome(id, work, unit, better, taken, value) {
  const figures = [...taken].map(([name, rounds]) =>
    figure({ name, ours: name === "disque", peer: PEERS.includes(name) }, rounds.map(value)),
  );
  const notes =
    dialect === "redis"
      ? ["Against redis-server: ECHO, LPUSH, LRANGE and DEL in place of Disque's commands."]
      : [];
  return { id, work, unit, better, figures, bars: [], notes };
}
