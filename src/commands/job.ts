import { ProtocolError, type Reply } from "../resp/index.ts";
import { asArray, asBytes, asNumber, asText, decodeEach, eachField } from "./decode.ts";

/** The id of a job, or an object that has one, such as a `Job` or a `JobInfo`. */
export type JobRef = string | { readonly id: string };

/** The fields of a job. */
export interface JobFields {
  /**
   * 40 characters: `D-`, the first 8 hex digits of the id of the node it was added on, `-`, 24 random characters, `-`, 4 hex
   * digits (TTL).
   */
  readonly id: string;
  /** The queue that the job came from. */
  readonly queue: string;
  /** The bytes that were given to `addJob`. */
  readonly body: Buffer;
  /** Id of the node that delivered the job. Calls about the job go to that node. */
  readonly node: string;
}

/**
 * A job as a node delivers it: an ordinary object that can be compared, spread, cloned, logged and kept.
 *
 * @example
 * const job = new Job({ id, queue: "mail", body: Buffer.from("hello"), node: "" }); // in a test
 */
export class Job implements JobFields {
  readonly id: string;
  readonly queue: string;
  readonly body: Buffer;
  readonly node: string;

  constructor({ id, queue, body, node }: JobFields) {
    this.id = id;
    this.queue = queue;
    this.body = body;
    this.node = node;
  }

  /** The body as UTF-8 text. */
  text(): string {
    return this.body.toString();
  }

  /**
   * The body parsed as JSON. Its type is not checked: validate untrusted input. Throws a `SyntaxError` if the body is not JSON.
   */
  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }
}

/** A job with the counters that `withCounters` asks for. */
export class CountedJob extends Job {
  /** How many times a worker gave the job back with `nackJob`. */
  readonly nacks: number;
  /** How many times the job was queued again because it was not acknowledged in time, or by `enqueue`. */
  readonly additionalDeliveries: number;

  constructor(fields: JobFields & { readonly nacks: number; readonly additionalDeliveries: number }) {
    super(fields);
    this.nacks = fields.nacks;
    this.additionalDeliveries = fields.additionalDeliveries;
  }
}

// job.c, generateJobID: "D-", 8 hex digits of the node's id, 24 characters of base64, 4 hex digits of the TTL.
const JOB_ID = /^D-[0-9a-f]{8}-[A-Za-z0-9+/]{24}-[0-9a-f]{4}$/;

/** Whether a text has the form of a job id. */
export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}

/**
 * Whether the server delivers the job again until it is acknowledged. If so, the last digit of the job's id is odd (job.c,
 * generateJobID).
 */
export function isAtLeastOnce(id: string): boolean {
  return Number.parseInt(id.slice(-1), 16) % 2 === 1;
}

/** The first eight hex digits of the id of the node that the job was added on (job.c, generateJobID). */
export function originPrefix(jobId: string): string {
  return jobId.slice(2, 10);
}

/** Decodes jobs as GETJOB and QPEEK return them. If there are none, GETJOB returns a null array. */
export function decodeJobs(reply: Reply, node: string): Job[] {
  if (reply === null) return [];
  const bodies = new Bodies();
  return decodeEach(
    "jobs",
    asArray("jobs", reply),
    (item) => decodeJob(item, node, bodies),
    ({ queue }) => queue.length,
  );
}

/**
 * Decodes at most `count` jobs. Throws if the reply has more, since the caller would not process more jobs than it asked for.
 */
export function decodeFetchedJobs(reply: Reply, node: string, count: number, command = "GETJOB"): Job[] {
  if (Array.isArray(reply) && reply.length > count) {
    throw new ProtocolError(`${command}: expected at most ${count} jobs, got ${reply.length}`);
  }
  return decodeJobs(reply, node);
}

/** Maximum length that is accepted for the id of a job or of a node, in bytes. */
export const MAX_ID = 64;

function decodeJob(reply: Reply, node: string, bodies: Bodies): Job {
  const parts = asArray("job", reply);
  const id = asText("id of a job", parts[1], MAX_ID);
  const queue = asText("queue of a job", parts[0]);
  const body = bodies.unshared(asBytes("body of a job", parts[2]));
  if (parts.length === 3) return new Job({ id, queue, body, node });
  const { nacks, additionalDeliveries } = decodeCounters(parts);
  return new CountedJob({ id, queue, body, node, nacks, additionalDeliveries });
}

function decodeCounters(parts: readonly Reply[]): Pick<CountedJob, "nacks" | "additionalDeliveries"> {
  let nacks: Reply | undefined;
  let additionalDeliveries: Reply | undefined;
  eachField("counters of a job", parts, 3, (name, value) => {
    if (name === "nacks") nacks = value;
    else if (name === "additional-deliveries") additionalDeliveries = value;
  });
  return {
    nacks: asNumber("nacks", nacks),
    additionalDeliveries: asNumber("additional-deliveries", additionalDeliveries),
  };
}

/** How much memory, in bytes, a body may keep alive in addition to its own. */
const MAX_EXCESS = 4_096;
/** Maximum total size of the large bodies copied for one reply, in bytes: copying more would stall the event loop. */
const MAX_COPIED = 128 * 1024 * 1024;

/**
 * Separates the bodies from the memory of the reply: keeping one body must not keep the whole reply alive, and transferring one
 * body to a thread must not detach the bodies of other jobs. A large body usually has memory of its own already. A small body
 * is copied to Node's pool, which cannot be transferred.
 */
class Bodies {
  #copied = 0;

  unshared(body: Buffer): Buffer {
    if (body.length <= MAX_EXCESS) return Buffer.from(body);
    if (body.buffer.byteLength - body.length <= MAX_EXCESS) return body;
    this.#copied += body.length;
    if (this.#copied > MAX_COPIED) return body;
    const copy = Buffer.allocUnsafeSlow(body.length);
    copy.set(body);
    return copy;
  }
}
