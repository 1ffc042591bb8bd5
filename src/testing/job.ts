import type { Timed } from "./alarm-heap.ts";
import type { Registered } from "./registry.ts";

/** From jobStateToString in Disque's job.c. */
export const JOB_STATES = ["wait-repl", "active", "queued", "acked"] as const;

export type JobState = (typeof JOB_STATES)[number];

/** The fields of a job that is created on a node or received by it. Times are in milliseconds unless noted. */
export interface JobFields {
  readonly id: string;
  /** Null, like the body, only for a job of which this node knows nothing except that it is acknowledged. */
  readonly queue: string | null;
  readonly body: Buffer | null;
  readonly state: JobState;
  /** The requested number of copies. */
  readonly replicate: number;
  /** When the job expires, in seconds. */
  readonly expires: number;
  /** Orders jobs in a queue: the creation time in nanoseconds, plus one for each further job in the same millisecond. */
  readonly created: bigint;
  /** The delay in seconds. */
  readonly delay: number;
  /** The retry time in seconds; 0 for an at-most-once job. */
  readonly retry: number;
  readonly nacks: number;
  readonly additionalDeliveries: number;
  /** The nodes that may have a copy. Several jobs may share one set. */
  readonly nodesDelivered: ReadonlySet<string>;
  /** When the job is next put into its queue; 0 for never. */
  readonly queueAt: number;
  /** Whether the job was queued before, so that the next time counts as an additional delivery (JOB_FLAG_BCAST_QUEUED). */
  readonly queuedBefore: boolean;
  /** Whether to tell other nodes half a second before the job is queued (JOB_FLAG_BCAST_WILLQUEUE). */
  readonly announce: boolean;
}

/** One job in the memory of one node: job.h, struct job. It is an alarm that rings when its next action is due. */
export class Job implements Timed, Registered {
  readonly id: string;
  readonly queue: string | null;
  readonly body: Buffer | null;
  state: JobState;
  readonly replicate: number;
  readonly expires: number;
  readonly created: bigint;
  readonly delay: number;
  readonly retry: number;
  nacks: number;
  additionalDeliveries: number;
  nodesDelivered: ReadonlySet<string>;
  /** The nodes that confirmed a copy or, once the job is acknowledged, that confirmed the acknowledgement. */
  nodesConfirmed: Set<string> | null = null;
  queueAt: number;
  queuedBefore: boolean;
  announce: boolean;
  /** Whether this node has delivered the job (JOB_FLAG_DELIVERED). */
  delivered = false;
  /** How many times this node has tried to delete the job since it was acknowledged; at most 10 are counted. */
  gcRetries = 0;
  /** Ends the wait of the client whose ADDJOB is being replicated. */
  replicated: ((outcome: "achieved" | "removed") => void) | null = null;
  due = 0;
  order = 0;
  index = 0;
  serial = 0;
  deleted = false;
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

  /** Notes that a node may have a copy. */
  noteCopy(node: string): void {
    if (!this.nodesDelivered.has(node)) this.nodesDelivered = new Set([...this.nodesDelivered, node]);
  }
}

/** Like skiplistCompareJobsInQueue in Disque's queue.c. */
export function byCreation(a: Job, b: Job): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
