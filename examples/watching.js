// Monitoring a worker: `node examples/watching.js`.
//
// `retrying`: jobs cannot be fetched at the moment; the worker retries by itself. `stopped`: the worker has ended. If the event
// has an error, the worker ended by itself, which only happens if retrying cannot help, for instance because of a wrong
// password. In that case, let the process end, so that its supervisor restarts it.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

// A port on which no server listens yet.
const probe = await TestServer.start();
const { port, address } = probe;
await probe.stop();

const disque = new Disque(address, { failoverTimeout: 100, password: "old" });
const worker = disque.work("mail", (job) => console.log(`sent ${job.text()}`));

let outages = 0;
worker.on("retrying", (_error, attempt) => {
  if (attempt === 1) console.log(`outage ${++outages}: alert somebody if it lasts`);
});
worker.on("stopped", (error) => {
  console.log(error === undefined ? "stopped" : `ended: ${error instanceof Error ? error.message : error}`);
});

while (outages === 0) await new Promise((resolve) => setTimeout(resolve, 10));
// The server starts, but with a password that the worker does not have.
const server = await TestServer.start({ port, password: "new" });
await worker.finished.catch(() => console.log("the worker needs a new configuration"));

await disque.close();
await server.stop();
