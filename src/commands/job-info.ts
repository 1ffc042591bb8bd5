// SHOW, and JSCAN with `reply: "all"`: everything that a node knows about a job.

import type { Reply } from "../resp/index.ts";
import {
  asBigInt,
  asBytes,
  asFields,
  asNumber,
  asText,
  asTexts,
  type Fields,
  nullOr,
  oneOf,
  otherFields,
} from "./decode.ts";
import { MAX_ID } from "./job.ts";

/** `wait-repl`: not replicated yet; `active`: neither queued nor acknowledged, for instance while a worker has the job. */
export type JobState = "wait-repl" | "active" | "queued" | "acked";

/** What a node knows about a job: the reply to SHOW, and to JSCAN with `reply: "all"`. */
export interface JobInfo {
  /** The job's id, as `addJob` returned it. */
  readonly id: string;
  /** The queue of the job; `null` if the node knows only the acknowledgement of the job. */
  readonly queue: string | null;
  /** The job's state on this node. */
  readonly state: JobState;
  /** How many copies of the job were asked for. */
  readonly repl: number;
  /** The remaining time to live, in seconds. */
  readonly ttl: number;
  /** When the job was created, in nanoseconds since 1970. */
  readonly ctime: bigint;
  /** Seconds between the creation of the job and the moment when it is first queued. */
  readonly delay: number;
  /** Seconds after which the job is queued again unless it is acknowledged; 0 for a job delivered at most once. */
  readonly retry: number;
  /** How many times a worker gave the job back with `nackJob`. */
  readonly nacks: number;
  /** How many times the job was queued again because it was not acknowledged in time. */
  readonly additionalDeliveries: number;
  /** Ids of the nodes that may have a copy. */
  readonly nodesDelivered: readonly string[];
  /** Ids of the nodes that confirmed their copy or, once the job is acknowledged, the acknowledgement. */
  readonly nodesConfirmed: readonly string[];
  /** Milliseconds until the job is queued again; `null` if it never will be, or if the time was never set. */
  readonly nextRequeueWithin: number | null;
  /** Milliseconds until the node next processes the job; `null` if the time was never set. */
  readonly nextAwakeWithin: number | null;
  /** The body of the job; `null` if the node knows only the acknowledgement of the job. */
  readonly body: Buffer | null;
  /** Fields that this version of the client does not know. */
  readonly others: Fields;
}

export const JOB_STATES: readonly JobState[] = ["wait-repl", "active", "queued", "acked"];
const JOB_FIELDS: readonly string[] = [
  "id",
  "queue",
  "state",
  "repl",
  "ttl",
  "ctime",
  "delay",
  "retry",
  "nacks",
  "additional-deliveries",
  "nodes-delivered",
  "nodes-confirmed",
  "next-requeue-within",
  "next-awake-within",
  "body",
];

/** Maximum valid time in milliseconds: a TTL is at most 2^31 - 1 seconds. */
const MAX_TIME = 2 ** 31 * 1_000;

export function decodeJobInfo(reply: Reply): JobInfo {
  const fields = asFields("job", reply);
  const number = (name: string): number => Number(asBigInt(name, fields[name]));
  return {
    id: asText("id", fields.id, MAX_ID),
    queue: nullOr(fields.queue, (value) => asText("queue", value)),
    state: oneOf("state", fields.state, JOB_STATES),
    repl: number("repl"),
    ttl: number("ttl"),
    ctime: asBigInt("ctime", fields.ctime),
    delay: number("delay"),
    retry: number("retry"),
    nacks: asNumber("nacks", fields.nacks),
    additionalDeliveries: asNumber("additional-deliveries", fields["additional-deliveries"]),
    nodesDelivered: asTexts("nodes-delivered", fields["nodes-delivered"], MAX_ID),
    nodesConfirmed: asTexts("nodes-confirmed", fields["nodes-confirmed"], MAX_ID),
    nextRequeueWithin: timeUntil("next-requeue-within", fields["next-requeue-within"]),
    nextAwakeWithin: timeUntil("next-awake-within", fields["next-awake-within"]),
    body: nullOr(fields.body, (value) => asBytes("body", value)),
    others: otherFields(fields, JOB_FIELDS),
  };
}

/**
 * Decodes a time in milliseconds; null if the server never set it. In that case, if the node knows only the acknowledgement of
 * the job, the server sends an arbitrary 64-bit integer (job.c, addReplyJobInfo).
 */
function timeUntil(name: string, reply: Reply | undefined): number | null {
  return nullOr(reply, (value) => {
    const milliseconds = Number(asBigInt(name, value));
    return Math.abs(milliseconds) <= MAX_TIME ? milliseconds : null;
  });
}
