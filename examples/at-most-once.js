// Events that are worth something only now, so that none is delivered twice: `node examples/at-most-once.js`.
//
// A job with `retry: 0` is delivered at most once: the server forgets it as it hands it out. Who ends while one is on its
// way holds the only copy, and hears of it by the event `orphan`.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const server = await TestServer.start();
const disque = new Disque(server.address);
disque.on("orphan", (job) => console.log(`${job.text()}: came too late, and goes to the log`));

/** @param {string} event */
const publish = (event) => disque.addJob("events", event, { retry: 0, replicate: 1, ttl: 10 });

for (const event of ["door opened", "light on", "light off", "door closed"]) await publish(event);

// A loop that fetches ahead, and ends before it has come to all that it fetched.
for await (const job of disque.jobs("events", { count: 3 })) {
  console.log(`${job.text()}: seen`);
  break;
}

// A worker whose handler fails: the event is gone, and no retry time brings it again.
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
