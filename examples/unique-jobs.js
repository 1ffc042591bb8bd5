// At most one job for each key at a time: `node examples/unique-jobs.js`.
//
// Disque does not know keys, so a store does: it holds the id of the job that was added last for each key. Whether that job
// still exists is for Disque to say, so a key is never blocked for ever.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const server = await TestServer.start();
const disque = new Disque(server.address);

/**
 * Stands for a table with a unique key, such as Redis with SET NX. Ids of jobs, by key.
 *
 * @type {Map<string, string>}
 */
const pending = new Map();

/**
 * Adds a job unless one for the same key waits or is worked on. Returns whether it did.
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
  console.log(`${key}: ${(await addOnce(key)) ? "added" : "is there already"}`);
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
console.log(`cat.png: ${(await addOnce("cat.png")) ? "added" : "is there already"}`);

await worker.stop();
await disque.close();
await server.stop();
