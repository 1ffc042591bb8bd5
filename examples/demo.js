// Shows a producer and two workers at work on the terminal: `npm run demo`.
//
// Every fifth job fails once and is given back with `nackJob`. Every seventh job is not settled at first, as if its worker had
// crashed, and is delivered again after its retry time. The exit status is 0 only if every job was processed.
//
//   npm run demo -- --nodes 3         on a cluster of three
//   npm run demo -- --nodes 3 --kill  the same, and kills the connected node halfway
//   DISQUE_NODES=127.0.0.1:7711,127.0.0.1:7712 npm run demo   on real nodes

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Disque } from "disque";
import { TestCluster } from "disque/testing";
import { createLog } from "./demo-log.js";

const JOBS = 30;
const TIME_LIMIT = 19_000;

const { values: flags } = parseArgs({
  options: { nodes: { type: "string", default: "1" }, kill: { type: "boolean", default: false } },
});
const listed = process.env.DISQUE_NODES?.split(",");
const cluster = listed === undefined ? await TestCluster.start(Number(flags.nodes)) : undefined;
const nodes = cluster?.addresses ?? listed;
const disque = new Disque(nodes);

const queue = `demo-${process.pid}`;
const log = createLog();
const done = new AbortController();
/** @type {Set<number>} */
const processed = new Set();

disque.on("disconnect", (node) => log.note(`lost ${node.address}`));
disque.on("switch", (to, from) => log.note(`switched from ${from.address} to ${to.address}`));

async function produce() {
  await disque.connect();
  // Use two copies on a cluster: a job then survives the loss of one node, and the other nodes still accept jobs.
  const replicate = Math.min(2, disque.nodes.length);
  for (let number = 1; number <= JOBS; number++) {
    const id = await disque.addJob(queue, JSON.stringify({ number }), { retry: 1, ttl: 60, replicate });
    log("producer", "added", number, id);
    if (flags.kill && number === JOBS / 2) await killConnectedNode();
    await sleep(100);
  }
}

/** @param {string} name */
async function work(name) {
  while (!done.signal.aborted) {
    const [job] = await disque.getJob(queue, { withCounters: true, signal: done.signal });
    if (job !== undefined) await handle(name, job);
  }
}

/**
 * @param {string} name
 * @param {import("disque").CountedJob} job
 */
async function handle(name, job) {
  /** @type {{ number: number }} */
  const { number } = job.json();
  const attempt = 1 + job.nacks + job.additionalDeliveries;
  log(name, attempt === 1 ? "fetched" : "retried", number, attempt === 1 ? "" : `attempt ${attempt}`);
  await sleep(50 + (number % 4) * 50);
  if (attempt === 1 && number % 5 === 0) {
    log(name, "failed", number, "given back");
    // If this fails because the node was killed, the job is delivered again after its retry time.
    await disque.nackJob(job).catch((error) => log.note(`${name}: ${error.message}`));
  } else if (attempt === 1 && number % 7 === 0) {
    log(name, "failed", number, "not settled, as in a crash");
  } else {
    await disque.ackJob(job);
    if (processed.has(number))
      log.note(`job ${number} was delivered twice, as may happen when a node is lost`);
    else log(name, "acknowledged", number);
    processed.add(number);
    if (processed.size === JOBS) done.abort();
  }
}

async function killConnectedNode() {
  const node = cluster?.nodes.find(({ address }) => address === disque.connectedNode?.address);
  log.note(`killing ${node?.address}`);
  await node?.faults.kill();
}

console.log(`${cluster === undefined ? "Disque" : "A Disque in this process"} at ${nodes?.join(", ")}\n`);
const limit = setTimeout(() => done.abort(), TIME_LIMIT);
const results = await Promise.allSettled([produce(), work("worker 1"), work("worker 2")]);
clearTimeout(limit);

for (const result of results) {
  // A worker that still waits for a job when everything is done rejects with the signal's reason.
  if (result.status === "rejected" && result.reason !== done.signal.reason) console.error(result.reason);
}
log.totals();
console.log(`\n${processed.size} of ${JOBS} jobs were processed.`);
process.exitCode = processed.size === JOBS ? 0 : 1;

await disque.close();
await cluster?.stop();
