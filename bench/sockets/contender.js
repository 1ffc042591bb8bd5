// A process in which one client works, and nothing else: so that its processor time is its own, and nobody's code makes
// another's slower. It does what it is told, round by round, and says how long that took.

import assert from "node:assert/strict";
import { clients } from "../peers/clients.js";
import { add } from "./adding.js";

/**
 * @typedef {object} Order
 * @property {"add" | "drain" | "get"} work
 * @property {number} count Jobs.
 * @property {number} inFlight For `add`: calls under way at a time.
 * @property {number} bodyLength
 * @property {boolean} bufferBody
 */

/**
 * @typedef {object} Taken
 * @property {number} seconds
 * @property {number} cpu Microseconds of processor time, in the system as well.
 */

/** @typedef {import("../peers/clients.js").Client} Client */

const [name = "", target = "{}"] = process.argv.slice(2);
const connect = clients[name];
if (connect === undefined) throw new Error(`there is no client ${name}`);
const client = await connect(JSON.parse(target));

process.on("message", async (/** @type {Order} */ order) => {
  const text = "0123456789abcdef".repeat(Math.ceil(order.bodyLength / 16)).slice(0, order.bodyLength);
  const body = order.bufferBody ? Buffer.from(text) : text;
  const start = performance.now();
  const cpu = process.cpuUsage();
  if (order.work === "add") await add(client, body, order.count, order.inFlight);
  else if (order.work === "drain") await drain(client, order);
  else await get(client, order);
  const { user, system } = process.cpuUsage(cpu);
  /** @type {Taken} */
  const taken = { seconds: (performance.now() - start) / 1e3, cpu: user + system };
  process.send?.(taken);
});
process.once("disconnect", () => process.exit());
process.send?.("ready");

/**
 * A hundred at a time, until all are acknowledged.
 *
 * @param {Client} client
 * @param {Order} order
 */
async function drain(client, { count, bodyLength }) {
  let drained = 0;
  while (drained < count) {
    const jobs = await client.get(100);
    if (jobs.length === 0) break;
    await client.ack(jobs);
    drained += jobs.length;
    assert.equal(client.body(jobs[0]).length, bodyLength);
  }
  assert.equal(drained, count, `${name} drained another number of jobs`);
}

/**
 * One at a time, without a word to the server that they are done.
 *
 * @param {Client} client
 * @param {Order} order
 */
async function get(client, { count, bodyLength }) {
  for (let got = 0; got < count; got++) {
    const [job] = await client.get(1);
    assert.equal(client.body(job).length, bodyLength);
  }
}
