/** A job by its id, or anything that has one: a `Job`, a `JobInfo`. */
export type JobRef = string | { readonly id: string };

/** A job as a node hands it out. */
export class Job {
  /** `D-`, 8 digits of the node that it was added on, 24 characters, and 4 digits of its life; 40 characters. */
  readonly id: string;
  /** The queue that it came from. */
  readonly queue: string;
  /** The bytes that were given to `addJob`. */
  readonly body: Buffer;
  /** Id of the node that handed it out. */
  readonly node: string;

  constructor(id: string, queue: string, body: Buffer, node: string) {
    this.id = id;
    this.queue = queue;
    this.body = body;
    this.node = node;
  }

  static of(id: string, queue: string, body: Uint8Array, node: string): Job {
    return new Job(id, queue, Buffer.from(body), node);
  }

  /** The body as UTF-8 text. */
  text(): string {
    return this.body.toString();
  }

  /** The body as JSON. Throws a `SyntaxError` if it is none. */
  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }

  /** Its properties as a plain object. */
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
    super(job.id, job.queue, job.body, job.node);
    this.nacks = nacks;
    this.additionalDeliveries = additionalDeliveries;
  }

  override toJSON(): JobFields & { readonly nacks: number; readonly additionalDeliveries: number } {
    const { nacks, additionalDeliveries } = this;
    return { ...super.toJSON(), nacks, additionalDeliveries };
  }
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
