// What the rows send: Disque's commands, or commands of the same shape for a server that is Redis.

import { jobId, seeded } from "../random.js";

export const QUEUE = "mail";
/** Milliseconds that a node may take to replicate a job. */
export const TIMEOUT = "5000";

/** @typedef {(string | Buffer)[]} Command */

/** Ids that Redis would have given, if it had: in a cluster, keys of one command must be of one slot. */
const random = seeded(5);
const ids = Array.from({ length: 100 }, () => `{${QUEUE}}${jobId(random)}`);

/**
 * @typedef {object} Commands
 * @property {(body: string | Buffer) => Command} add
 * @property {number} linesOfAdd How many lines its reply has.
 * @property {(body: string | Buffer) => Command} fill What puts a job there for `get`; one line.
 * @property {(count: number) => Command} get
 * @property {(reply: any) => any[]} jobs What `get` answered, job by job.
 * @property {(job: any) => string | Buffer} body
 * @property {(jobs: readonly any[]) => Command} ack
 */

/** @type {Record<import("./server.js").Dialect, Commands>} */
export const commands = {
  disque: {
    add: (body) => ["ADDJOB", QUEUE, body, TIMEOUT],
    linesOfAdd: 1,
    fill: (body) => ["ADDJOB", QUEUE, body, TIMEOUT],
    get: (count) => ["GETJOB", "NOHANG", "COUNT", String(count), "FROM", QUEUE],
    jobs: (reply) => reply ?? [],
    body: ([, , body]) => body,
    ack: (jobs) => ["ACKJOB", ...jobs.map(([, id]) => id)],
  },
  redis: {
    add: (body) => ["ECHO", body],
    linesOfAdd: 2,
    fill: (body) => ["LPUSH", QUEUE, body],
    get: (count) => ["LRANGE", QUEUE, "0", String(count - 1)],
    jobs: (reply) => reply,
    body: (body) => body,
    ack: (jobs) => ["DEL", ...ids.slice(0, jobs.length)],
  },
};
