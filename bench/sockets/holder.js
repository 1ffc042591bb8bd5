// A process whose memory is looked at.

import { setTimeout as delay } from "node:timers/promises";
import { clients } from "../peers/clients.js";
import { add } from "./adding.js";
import { QUEUE } from "./commands.js";

/** @typedef {{ work: "produce" | "hold", count: number }} Order */

/** Of a job's id, on the wire. */
const ID_LENGTH = 40;
const BODY = "0123456789".repeat(10);

const [name = "", port] = process.argv.slice(2);
const connect = clients[name];
if (connect === undefined) throw new Error(`there is no client ${name}`);
const client = await connect({ port: Number(port), dialect: "disque", buffers: false });

process.on("message", async (/** @type {Order} */ { work, count }) => {
  process.send?.({ found: work === "produce" ? await produce(count) : await hold(count) });
});
process.once("disconnect", () => process.exit());

/**
 * @param {number} count
 * @returns {Promise<number>} The bytes in use afterwards.
 */
async function produce(count) {
  await add(client, BODY, count, 1024);
  return used();
}

/**
 * @param {number} count
 * @returns {Promise<number>} How many bytes of memory each byte of the jobs takes.
 */
async function hold(count) {
  // What the first jobs make V8 compile and the client set up is not theirs.
  const first = await client.get(100);
  const before = await used();
  /** @type {unknown[]} */
  const held = [];
  while (held.length < count - first.length) {
    const jobs = await client.get(100);
    if (jobs.length === 0) throw new Error(`${name} got ${held.length} of ${count} jobs`);
    for (const job of jobs) held.push(job);
  }
  const bytes = held.length * (QUEUE.length + ID_LENGTH + BODY.length);
  const grown = (await used()) - before;
  // Still in use here, so that nothing of it is collected before.
  if (held.at(-1) === undefined) throw new Error("nothing was held");
  return grown / bytes;
}

async function used() {
  // Buffers are given back in a later turn than the objects that stood for them.
  for (let time = 0; time < 4; time++) {
    globalThis.gc?.();
    await delay(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
