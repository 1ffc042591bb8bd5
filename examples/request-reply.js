// Requests and replies: `node examples/request-reply.js`.
//
// Each requester has its own queue for replies. A request names that queue, and a reply names its request. Requests and
// replies expire when their requester no longer waits.

import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

/** Seconds that a requester waits. */
const TIMEOUT = 10;

const server = await TestServer.start();
const disque = new Disque(server.address);

// The responder. A request may be delivered more than once, so the responder may answer it twice. The second reply is ignored.
const responder = disque.work(
  "square",
  async (job) => {
    /** @type {{ request: string, replyTo: string, question: number }} */
    const { request, replyTo, question } = job.json();
    const reply = JSON.stringify({ request, answer: question ** 2 });
    await disque.addJob(replyTo, reply, { retry: 1, ttl: TIMEOUT });
  },
  { concurrency: 10 },
);

// The requester.
const replyTo = `replies.${randomUUID()}`;
const replies = new EventEmitter();
const listener = disque.work(replyTo, (job) => {
  /** @type {{ request: string, answer: number }} */
  const { request, answer } = job.json();
  replies.emit(request, answer);
});

/**
 * Resolves with the answer, or rejects when no answer arrives in time.
 *
 * @param {string} queue
 * @param {number} question
 * @returns {Promise<number>}
 */
async function ask(queue, question) {
  const request = randomUUID();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT * 1000);
  try {
    const replied = once(replies, request, { signal: late.signal });
    const body = JSON.stringify({ request, replyTo, question });
    const added = disque.addJob(queue, body, { retry: 1, ttl: TIMEOUT });
    const [[answer]] = await Promise.all([replied, added]);
    return answer;
  } finally {
    clearTimeout(timer);
    late.abort();
  }
}

const questions = [2, 3, 4];
const answers = await Promise.all(questions.map((question) => ask("square", question)));
for (const [at, answer] of answers.entries()) console.log(`the square of ${questions[at]} is ${answer}`);

await Promise.all([responder.stop(), listener.stop()]);
await disque.close();
await server.stop();
