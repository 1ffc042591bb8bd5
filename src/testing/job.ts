import { Alarm } from "./clock.ts";

/** job.c, jobStateToString. */
export const JOB_STATES = ["wait-repl", "active", "queued", "acked"] as const;

export type JobState = (typeof JOB_STATES)[number];

/** One job in the memory of one node: job.h, struct job. Times are in milliseconds unless said otherwise. */
export interface Job {
  readonly id: string;
  /** Null only for a job of which nothing is known but that it is acknowledged. */
  readonly queue: Buffer | null;
  readonly body: Buffer | null;
  state: JobState;
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
  nacks: number;
  additionalDeliveries: number;
  /** The nodes that may have a copy. */
  readonly nodesDelivered: Set<string>;
  /** The nodes known to have a copy, and once it is acknowledged, the nodes known to have the acknowledgement. */
  nodesConfirmed: Set<string> | null;
  /** When it is put into its queue again; 0 for never. */
  queueAt: number;
  /** Rings when there is something to do about it. */
  readonly alarm: Alarm;
  /** It was in a queue before, so the next time counts as an additional delivery (JOB_FLAG_BCAST_QUEUED). */
  queuedBefore: boolean;
  /** The other nodes are to be told half a second before it is queued (JOB_FLAG_BCAST_WILLQUEUE). */
  announce: boolean;
  /** This node has handed it out (JOB_FLAG_DELIVERED). */
  delivered: boolean;
  /** How often it was tried to forget it, once it is acknowledged. */
  collections: number;
  /** Answers the client that waits for its replication. */
  replicated: ((outcome: "achieved" | "removed") => void) | null;
}

/** What there is to say about a job that a node gets to know. */
export type JobFields = Omit<Job, "alarm" | "nodesConfirmed" | "delivered" | "collections" | "replicated">;

/** Field by field, since there may be very many of them and copying them with a spread costs three times as much. */
export function newJob(fields: JobFields, ring: (job: Job) => void): Job {
  const job: Job = {
    id: fields.id,
    queue: fields.queue,
    body: fields.body,
    state: fields.state,
    replicate: fields.replicate,
    expires: fields.expires,
    created: fields.created,
    delay: fields.delay,
    retry: fields.retry,
    nacks: fields.nacks,
    additionalDeliveries: fields.additionalDeliveries,
    nodesDelivered: fields.nodesDelivered,
    nodesConfirmed: null,
    queueAt: fields.queueAt,
    alarm: new Alarm(() => ring(job)),
    queuedBefore: fields.queuedBefore,
    announce: fields.announce,
    delivered: false,
    collections: 0,
    replicated: null,
  };
  return job;
}

/** queue.c, skiplistCompareJobsInQueue. */
export function byCreation(a: Job, b: Job): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
