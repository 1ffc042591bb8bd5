// A dead letter queue for jobs that fail again and again: `node examples/dead-letter.js`.
//
// The server counts how many times a job came back, across all workers: `nacks` counts how often a worker gave it back,
// and `additionalDeliveries` the times when it was queued again for another reason, such as the crash of a worker.

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
        // When this handler resolves, the job is acknowledged. If the dead letter cannot be added, the handler rejects and the
        // job is delivered again.
        const letter = { id: job.id, queue: job.queue, nacks: job.nacks, body: job.text() };
        await disque.addJob("orders.dead", JSON.stringify(letter), { ttl: 30 * 86_400 });
      },
    },
  },
);
worker.on("failed", (job, error) => console.log(`attempt ${1 + job.nacks}: ${error}`));

for (const body of ['{"item":"book"}', '{"item":"pen"}', '{"item":"ha']) await disque.addJob("orders", body);

// Dead letters are read like any other jobs.
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
