// Short-lived events, each delivered at most once: `node examples/at-most-once.js`.
//
// The server hands out a job with `retry: 0` only once. If a loop ends before it reaches such a job that the client has already
// fetched, no other program will get that job, so the client emits `orphan`.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const server = await TestServer.start();
const disque = new Disque(server.address);
disque.on("orphan", (job) => console.log(`${job.text()}: came too late, and goes to the log`));

/** @param {string} event */
const publish = (event) => disque.addJob("events", event, { retry: 0, ttl: 10 });

for (const event of ["door opened", "light on", "light off", "door closed"]) await publish(event);

// This loop fetches several jobs at once, and ends before it has seen all of them.
for await (const job of disque.jobs("events", { count: 3 })) {
  console.log(`${job.text()}: seen`);
  break;
}

// A worker whose handler fails: the event is lost, since there is no retry time.
const worker = disque.work("events", () => {
  throw new Error("the display is off");
});
const failed = await new Promise((resolve) => worker.once("failed", resolve));
console.log(`${failed.text()}: failed`);

server.advance(60_000);
console.log(`a minute later there are ${await disque.qlen("events")} events to deliver`);

await worker.stop();
await disque.close();
await server.stop();
