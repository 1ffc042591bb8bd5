import type { Timed } from "./clock.ts";

/** job.c, jobStateToString. */
export const JOB_STATES = ["wait-repl", "active", "queued", "acked"] as const;

export type JobState = (typeof JOB_STATES)[number];

/** What there is to say about a job that a node gets to know. Times are in milliseconds unless said otherwise. */
export interface JobFields {
  readonly id: string;
  /** Null only for a job of which nothing is known but that it is acknowledged. */
  readonly queue: Buffer | null;
  readonly body: Buffer | null;
  readonly state: JobState;
  /** How many copies were asked for. */
  readonly replicate: number;
  /** When it is forgotten, in seconds. */
  readonly expires: number;
  /** The order in queues: milliseconds times a million, and one more for each further job of the same millisecond. */
  readonly created: bigint;
  /** Seconds. */
  readonly delay: number;
  /** Seconds; 0 for an at-most-once job. */
  readonly retry: number;
  readonly nacks: number;
  readonly additionalDeliveries: number;
  /** The nodes that may have a copy. */
  readonly nodesDelivered: Set<string>;
  /** When it is put into its queue again; 0 for never. */
  readonly queueAt: number;
  /** It was in a queue before, so the next time counts as an additional delivery (JOB_FLAG_BCAST_QUEUED). */
  readonly queuedBefore: boolean;
  /** The other nodes are to be told half a second before it is queued (JOB_FLAG_BCAST_WILLQUEUE). */
  readonly announce: boolean;
}

/** One job in the memory of one node: job.h, struct job. It rings when there is something to do about it. */
export class Job implements Timed {
  readonly id: string;
  readonly queue: Buffer | null;
  readonly body: Buffer | null;
  state: JobState;
  readonly replicate: number;
  readonly expires: number;
  readonly created: bigint;
  readonly delay: number;
  readonly retry: number;
  nacks: number;
  additionalDeliveries: number;
  readonly nodesDelivered: Set<string>;
  /** The nodes known to have a copy, and once it is acknowledged, the nodes known to have the acknowledgement. */
  nodesConfirmed: Set<string> | null = null;
  queueAt: number;
  queuedBefore: boolean;
  announce: boolean;
  /** This node has handed it out (JOB_FLAG_DELIVERED). */
  delivered = false;
  /** How often it was tried to forget it, once it is acknowledged. */
  collections = 0;
  /** Answers the client that waits for its replication. */
  replicated: ((outcome: "achieved" | "removed") => void) | null = null;
  due = 0;
  order = 0;
  readonly #onDue: (job: Job) => void;

  constructor(fields: JobFields, onDue: (job: Job) => void) {
    this.id = fields.id;
    this.queue = fields.queue;
    this.body = fields.body;
    this.state = fields.state;
    this.replicate = fields.replicate;
    this.expires = fields.expires;
    this.created = fields.created;
    this.delay = fields.delay;
    this.retry = fields.retry;
    this.nacks = fields.nacks;
    this.additionalDeliveries = fields.additionalDeliveries;
    this.nodesDelivered = fields.nodesDelivered;
    this.queueAt = fields.queueAt;
    this.queuedBefore = fields.queuedBefore;
    this.announce = fields.announce;
    this.#onDue = onDue;
  }

  ring(): void {
    this.#onDue(this);
  }
}

/** queue.c, skiplistCompareJobsInQueue. */
export function byCreation(a: Job, b: Job): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
