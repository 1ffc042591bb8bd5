// Mail that is retried, after longer and longer pauses, until the mail server accepts it: `node examples/send-mail.js`.
//
// The worker holds a failed job for the time that `backoff` returns and then gives it back. Meanwhile, heartbeats keep the job
// from being delivered elsewhere. If this process ends, the job is delivered again after its retry time. So mail is sent at
// least once; to send it only once, the mail server must recognise the job's id.

import { Disque } from "disque";
import { TestServer } from "disque/testing";

/** @typedef {{ to: string, text: string }} Mail */

const server = await TestServer.start();
const disque = new Disque(server.address); // Or a real node: new Disque("127.0.0.1:7711")

/** @type {Mail[]} */
const mails = ["ann", "bob", "cleo"].map((name) => ({ to: `${name}@example.com`, text: `Hello ${name}` }));
for (const mail of mails) await disque.addJob("mail", JSON.stringify(mail), { retry: 60, ttl: 86_400 });

const worker = disque.work("mail", (job) => send(job.json(), 1 + job.nacks), {
  concurrency: 10,
  backoff: ({ nacks }) => 100 * 2 ** nacks,
});

let sent = 0;
const allSent = new Promise((resolve) => {
  worker.on("done", (job) => {
    /** @type {Mail} */
    const { to } = job.json();
    console.log(`${to}: sent, attempt ${1 + job.nacks}`);
    if (++sent === mails.length) resolve(sent);
  });
});
worker.on("failed", (job, error) => {
  /** @type {Mail} */
  const { to } = job.json();
  console.log(`${to}: ${error instanceof Error ? error.message : error}`);
});

await allSent;
await worker.stop();
await disque.close();
await server.stop();

/**
 * Stands in for a mail server that is too busy for Bob's mail at first.
 *
 * @param {Mail} mail
 * @param {number} attempt
 */
async function send({ to }, attempt) {
  if (to.startsWith("bob") && attempt < 3) throw new Error("421 too busy, try again later");
}
