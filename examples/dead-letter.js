// Jobs that fail again and again go to a queue of their own: `node examples/dead-letter.js`.
//
// The server counts how often a job came back, whichever worker had it: `nacks` when one gave it back, and
// `additionalDeliveries` when it was delivered again for any other reason, such as a crash of the whole worker.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

const server = await TestServer.start();
const disque = new Disque(server.address);

const worker = disque.work(
  "orders",
  (job) => {
    const order = job.json();
    console.log("shipped", order);
  },
  {
    poison: {
      after: 2,
      async handler(job) {
        // Added first and acknowledged then: should this fail, the job comes again.
        const letter = { id: job.id, queue: job.queue, nacks: job.nacks, body: job.text() };
        await disque.addJob("orders.dead", JSON.stringify(letter), { ttl: 30 * 86_400 });
      },
    },
  },
);
worker.on("failed", (job, error) => console.log(`attempt ${1 + job.nacks}: ${error}`));

for (const body of ['{"item":"book"}', '{"item":"pen"}', '{"item":"ha']) await disque.addJob("orders", body);

// Whoever looks after dead letters reads them as any other jobs.
for await (const job of disque.jobs("orders.dead")) {
  /** @type {{ queue: string, nacks: number, body: string }} */
  const { queue, nacks, body } = job.json();
  console.log(`dead letter of ${queue}, failed ${nacks} times: ${body}`);
  await disque.ackJob(job);
  break;
}

await worker.stop();
await disque.close();
await server.stop();
