// What to watch a worker for in production: `node examples/watching.js`.
//
// `retrying`: no jobs can be fetched at the moment; the worker tries again by itself. `stopped`: it is over. With an error,
// it ended by itself, which only happens for what cannot get better, such as a wrong password: let the process end and
// its supervisor start it again.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

// A port where nobody listens yet.
const probe = await TestServer.start();
const { port, address } = probe;
await probe.stop();

const disque = new Disque(address, { failoverTimeout: 100, password: "old" });
const worker = disque.work("mail", (job) => console.log(`sent ${job.text()}`));

let outages = 0;
worker.on("retrying", (_error, attempt) => {
  if (attempt === 1) console.log(`outage ${++outages}: alert somebody if this lasts`);
});
worker.on("stopped", (error) => {
  console.log(error === undefined ? "stopped" : `ended: ${error instanceof Error ? error.message : error}`);
});

while (outages === 0) await new Promise((resolve) => setTimeout(resolve, 10));
// Now the server starts, but with another password than the worker has.
const server = await TestServer.start({ port, password: "new" });
await worker.finished.catch(() => console.log("the worker needs a new configuration"));

await disque.close();
await server.stop();
