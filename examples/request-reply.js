// Requests that are answered: `node examples/request-reply.js`.
//
// Each requester has a queue of its own for replies. A request says which, and the reply says to which request it is.
// Nobody waits for a reply that comes too late, so requests and replies live no longer than that.

import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

/** Seconds that a requester waits. */
const PATIENCE = 10;

const server = await TestServer.start();
const disque = new Disque(server.address);

// The one who answers. At least once: it may answer a request twice, and the second reply finds nobody who waits.
const answering = disque.work(
  "square",
  async (job) => {
    /** @type {{ request: string, replyTo: string, question: number }} */
    const { request, replyTo, question } = job.json();
    const reply = JSON.stringify({ request, answer: question ** 2 });
    await disque.addJob(replyTo, reply, { retry: 1, ttl: PATIENCE });
  },
  { concurrency: 10 },
);

// The one who asks.
const replyTo = `replies.${randomUUID()}`;
const replies = new EventEmitter();
const listening = disque.work(replyTo, (job) => {
  /** @type {{ request: string, answer: number }} */
  const { request, answer } = job.json();
  replies.emit(request, answer);
});

/**
 * Resolves with the answer, or rejects when none comes in time.
 *
 * @param {string} queue
 * @param {number} question
 * @returns {Promise<number>}
 */
async function ask(queue, question) {
  const request = randomUUID();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE * 1000);
  try {
    const replied = once(replies, request, { signal: patience.signal });
    const body = JSON.stringify({ request, replyTo, question });
    const added = disque.addJob(queue, body, { retry: 1, ttl: PATIENCE });
    const [[answer]] = await Promise.all([replied, added]);
    return answer;
  } finally {
    clearTimeout(timer);
    patience.abort();
  }
}

const questions = [2, 3, 4];
const answers = await Promise.all(questions.map((question) => ask("square", question)));
for (const [at, answer] of answers.entries()) console.log(`the square of ${questions[at]} is ${answer}`);

await Promise.all([answering.stop(), listening.stop()]);
await disque.close();
await server.stop();
