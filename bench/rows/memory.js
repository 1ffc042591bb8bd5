// Memory: whether a busy producer's stays flat, and what jobs cost that a consumer holds.
//
// What is counted, in both: `heapUsed + external` of process.memoryUsage() after full garbage collections. `external`
// includes the memory of all buffers, so nothing that a job holds is left out, and a string or a buffer that keeps the
// chunk alive which it was cut from pays for that whole chunk.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { answer } from "../answer.js";
import { figure, skipped } from "../outcome.js";
import { commands } from "../sockets/commands.js";
import { pinned } from "../sockets/cores.js";
import { encoded } from "../sockets/raw.js";
import { dialect, Server } from "../sockets/server.js";

/** @typedef {import("../outcome.js").Outcome} Outcome */

const BODY_LENGTH = 100;
/** More than a mebibyte after the first tenth would be growth with the calls; less is what V8 learned meanwhile. */
const FLAT = 2 ** 20;

/** @type {import("./index.js").Row[]} */
export const memoryRows = [
  row(
    "memory/producer",
    "1,000,000 `addJob` calls, 1,024 in flight: growth of memory after the first tenth",
    producing,
  ),
  row(
    "memory/consumer",
    "100,000 jobs of 100 bytes that a consumer holds: memory for each byte of theirs",
    holding,
  ),
];

/**
 * @param {string} id
 * @param {string} work
 * @param {(id: string, work: string, options: import("./index.js").RowOptions, server: Server) => Promise<Outcome>} measure
 * @returns {import("./index.js").Row}
 */
function row(id, work, measure) {
  return {
    id,
    async run(options) {
      if (dialect !== "disque") return [skipped(id, work, "no disque-server was found")];
      const server = await Server.start();
      try {
        return [await measure(id, work, options, server)];
      } finally {
        server.stop();
      }
    },
  };
}

/** @type {Parameters<typeof row>[2]} */
async function producing(id, work, { quick }, server) {
  const tenth = quick ? 20_000 : 100_000;
  const holder = new Holder("disque", server.port);
  /** @type {number[]} */
  const seen = [];
  for (let part = 0; part < 10; part++) {
    seen.push(await holder.order({ work: "produce", count: tenth }));
    // The server's memory is not what is measured.
    await server.clear();
  }
  await holder.end();
  const [first = 0, ...later] = seen;
  const figures = [
    figure(
      { name: "disque", ours: true },
      later.map((bytes) => (bytes - first) / 1024),
    ),
  ];
  const growth = (seen.at(-1) ?? Number.NaN) - first;
  return {
    id,
    work,
    unit: "KiB",
    better: "less",
    figures,
    bars: [{ text: "flat: at most 1 MiB in 900,000 calls", found: growth / FLAT, met: growth <= FLAT }],
    notes: [`${tenth.toLocaleString("en-US")} calls between two samples; the figure is the median of nine.`],
  };
}

/** @type {Parameters<typeof row>[2]} */
async function holding(id, work, { rounds, quick }, server) {
  const count = quick ? 20_000 : 100_000;
  const fill = encoded(commands.disque.fill(Buffer.alloc(BODY_LENGTH, "x")));
  // The bytes that the jobs are: of queue, id and body, as they come over the wire.
  const names = ["disque", "ioredis", "iovalkey", "node-redis", "thunk-disque"];
  const figures = [];
  for (const name of names) {
    const values = [];
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      await server.socket.flood(fill, count, 1024);
      const holder = new Holder(name, server.port);
      values.push(await holder.order({ work: "hold", count }));
      await holder.end();
      await server.clear();
    }
    figures.push(figure({ name, ours: name === "disque" }, values));
  }
  const found = figures[0]?.value ?? Number.NaN;
  return {
    id,
    work,
    unit: "bytes a byte",
    better: "less",
    figures,
    bars: [{ text: "at most 2 × the bytes that the jobs are", found, met: found <= 2 }],
    notes: [
      "Growth of heapUsed + external, after garbage collection, by the bytes of queue, id and body; fetched a hundred at a time.",
    ],
  };
}

/** A process that holds what it is told to. */
class Holder {
  #child;

  /**
   * @param {string} name Of peers/clients.js.
   * @param {number} port
   */
  constructor(name, port) {
    const file = fileURLToPath(new URL("../sockets/holder.js", import.meta.url));
    const [command, args] = pinned("client", process.execPath, ["--expose-gc", file, name, String(port)]);
    this.#child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  /**
   * @param {import("../sockets/holder.js").Order} order
   * @returns {Promise<number>}
   */
  async order(order) {
    this.#child.send(order);
    const { found } = await answer(this.#child, "a process that holds jobs");
    return found;
  }

  /** Resolves when it has ended: only then may the server go, which it would miss. */
  async end() {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}
