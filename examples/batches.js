// Jobs that are processed in batches, each acknowledged on its own: `node examples/batches.js`.
//
// Handlers that start in the same turn of the event loop share one insert. `concurrency` is the maximum size of a batch.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const JOBS = 250;
const MAX_BATCH = 100;

const server = await TestServer.start();
const disque = new Disque(server.address);

/** @type {string[]} */
let rows = [];
/** @type {Promise<void> | undefined} */
let insert;

/**
 * Inserts a row together with all other rows of this turn of the event loop. Resolves when they have been inserted.
 *
 * @param {string} row
 */
function insertSoon(row) {
  rows.push(row);
  insert ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
    const batch = rows;
    rows = [];
    insert = undefined;
    return insertAll(batch);
  });
  return insert;
}

/** @type {number[]} */
const sizes = [];

/**
 * Stands in for a database.
 *
 * @param {string[]} batch
 */
async function insertAll(batch) {
  sizes.push(batch.length);
}

for (let number = 0; number < JOBS; number++) await disque.addJob("rows", `row ${number}`, { retry: 60 });

let done = 0;
const worker = disque.work("rows", (job) => insertSoon(job.text()), { concurrency: MAX_BATCH });
await new Promise((resolve) => {
  worker.on("done", () => ++done === JOBS && resolve(done));
});

console.log(`${done} rows in ${sizes.length} inserts, the largest of ${Math.max(...sizes)}`);

await worker.stop();
await disque.close();
await server.stop();
