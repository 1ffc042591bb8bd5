// At most one job per key at a time: `node examples/unique-jobs.js`.
//
// Disque has no unique keys. So a store holds the id of the last job for each key, and Disque reports whether that job still
// exists. Since Disque deletes every job in the end, no key is blocked forever.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const server = await TestServer.start();
const disque = new Disque(server.address);

/**
 * Job ids by key. Stands in for a table with a unique key, or for Redis with SET NX.
 *
 * @type {Map<string, string>}
 */
const pending = new Map();

/**
 * Adds a job unless a job for the same key is queued or in progress. Resolves with whether a job was added.
 *
 * @param {string} key
 */
async function addOnce(key) {
  const known = pending.get(key);
  if (known !== undefined && (await disque.show(known)) !== null) return false;
  pending.set(key, await disque.addJob("thumbnails", key, { retry: 60 }));
  return true;
}

for (const key of ["cat.png", "dog.png", "cat.png"]) {
  console.log(`${key}: ${(await addOnce(key)) ? "added" : "exists already"}`);
}

let done = 0;
const worker = disque.work("thumbnails", () => {});
await new Promise((resolve) => {
  worker.on("done", (job) => {
    pending.delete(job.text());
    if (++done === 2) resolve(done);
  });
});
console.log(`${done} thumbnails made`);
console.log(`cat.png: ${(await addOnce("cat.png")) ? "added" : "exists already"}`);

await worker.stop();
await disque.close();
await server.stop();
