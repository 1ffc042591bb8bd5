import { bufferOf, View } from "../resp/view.ts";
import { inspectedAs } from "./inspected.ts";
import { ID_HEADER_LENGTH, JobPage } from "./job-page.ts";

/** A job by its id, or anything that has one: a `Job`, a `JobInfo`. */
export type JobRef = string | { readonly id: string };

/**
 * A job as a node hands it out. It is as small as the bytes that it came in, and each of its properties is read from these
 * when it is asked for; so a job that is kept keeps the piece of the stream that it came with, of 64 KiB at most unless the
 * job itself is larger. It has no properties of its own that `deepEqual` would see: compare what `toJSON` gives.
 */
export class Job {
  readonly #page: JobPage;
  /** The places of its parts in the bytes. */
  readonly #queueStart: number;
  readonly #idStart: number;
  readonly #bodyStart: number;
  readonly #bodyEnd: number;

  static {
    inspectedAs(Job.prototype, function (_depth, options, show) {
      return `${this.constructor.name} ${show(this.toJSON(), options)}`;
    });
  }

  /** Made by the client, from the bytes of a reply; `Job.of` makes one of its parts. */
  constructor(page: JobPage, queueStart: number, idStart: number, bodyStart: number, bodyEnd: number) {
    this.#page = page;
    this.#queueStart = queueStart;
    this.#idStart = idStart;
    this.#bodyStart = bodyStart;
    this.#bodyEnd = bodyEnd;
  }

  /** A job made by hand, for tests. */
  static of(id: string, queue: string, body: Uint8Array, node: string): Job {
    return new Job(...partsOf(id, queue, body, node));
  }

  /**
   * `D-`, 8 digits of the node that it was added on, 24 characters, and 4 digits of its life; 40 characters. Where many small jobs
   * come at once it is a slice of a text of 32 KiB at most, which it keeps as long as it is kept.
   */
  get id(): string {
    return this.#page.id(this.#idStart, this.#bodyEnd - this.#queueStart);
  }

  /** Id of the node that handed it out: what is done about the job is best done there. */
  get node(): string {
    return this.#page.node;
  }

  /** The queue that it came from. */
  get queue(): string {
    return bufferOf(this.#page.bytes).toString("utf8", this.#queueStart, this.#idStart - ID_HEADER_LENGTH);
  }

  /** The bytes that were given to `addJob`: a view, made anew each time. */
  get body(): Buffer {
    const { memory, offset } = this.#page;
    return new View(memory, offset + this.#bodyStart, this.#bodyEnd - this.#bodyStart);
  }

  /** The body as UTF-8 text. */
  text(): string {
    return this.body.toString();
  }

  /** The body as JSON. Throws a `SyntaxError` if it is none; that it is a `T` is your word. */
  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }

  /** Its properties as a plain object: for `JSON.stringify`, for logs, and to compare jobs by. */
  toJSON(): JobFields {
    const { id, queue, body, node } = this;
    return { id, queue, body, node };
  }
}

/** The properties of a job. */
export interface JobFields {
  readonly id: string;
  readonly queue: string;
  readonly body: Buffer;
  readonly node: string;
}

/** A job with the counters that `withCounters` asks for. */
export class CountedJob extends Job {
  /** How often a worker gave it back with `nackJob`. */
  readonly nacks: number;
  /** How often it was queued again because no acknowledgement came in time. */
  readonly additionalDeliveries: number;

  /** A job with counters, made of its parts. */
  constructor(job: JobFields, nacks: number, additionalDeliveries: number) {
    super(...partsOf(job.id, job.queue, job.body, job.node));
    this.nacks = nacks;
    this.additionalDeliveries = additionalDeliveries;
  }

  override toJSON(): JobFields & { readonly nacks: number; readonly additionalDeliveries: number } {
    const { nacks, additionalDeliveries } = this;
    return { ...super.toJSON(), nacks, additionalDeliveries };
  }
}

/** The parts of a job in a page of its own. */
function partsOf(
  id: string,
  queue: string,
  body: Uint8Array,
  node: string,
): ConstructorParameters<typeof Job> {
  const queueBytes = Buffer.from(queue);
  const bytes = Buffer.concat([queueBytes, Buffer.alloc(ID_HEADER_LENGTH), Buffer.from(id, "latin1"), body]);
  const idStart = queueBytes.length + ID_HEADER_LENGTH;
  return [new JobPage(node, bytes, bytes.length, id.length), 0, idStart, idStart + id.length, bytes.length];
}

// job.c, generateJobID: "D-", 8 hex digits of the node's id, 24 characters of base64, 4 hex digits of the TTL.
const JOB_ID = /^D-[0-9a-f]{8}-[A-Za-z0-9+/]{24}-[0-9a-f]{4}$/;

/** Whether a text is the id of a job. */
export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}

/** Whether the server delivers that job again until it is acknowledged: its id is odd then (job.c, generateJobID). */
export function isAtLeastOnce(id: string): boolean {
  return Number.parseInt(id.slice(-1), 16) % 2 === 1;
}
