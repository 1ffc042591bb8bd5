// What the structured replies about jobs and queues mean, and the types they give.

import { ProtocolError, type Reply } from "../resp/index.ts";
import {
  asArray,
  asBigInt,
  asBytes,
  asFields,
  asNumber,
  asNumberText,
  asText,
  asTexts,
  type Fields,
  nullOr,
  otherFields,
  unexpected,
} from "./decode.ts";
import { CountedJob, Job } from "./job.ts";

/** `wait-repl`: not replicated enough yet; `active`: neither queued nor acknowledged, as while a worker has it. */
export type JobState = "wait-repl" | "active" | "queued" | "acked";

/** What a node knows of a job: the reply of SHOW, and of JSCAN with `reply: "all"`. */
export interface JobInfo {
  /** As `addJob` gave it. */
  readonly id: string;
  /** `null` for a job that the node knows by its acknowledgement only. */
  readonly queue: string | null;
  /** What the node is doing about it. */
  readonly state: JobState;
  /** On how many nodes it was to be replicated. */
  readonly repl: number;
  /** Seconds it has to live. */
  readonly ttl: number;
  /** When it was created: nanoseconds since 1970, which a number could not hold exactly. */
  readonly ctime: bigint;
  /** Seconds between its creation and its first delivery. */
  readonly delay: number;
  /** Seconds after which it is queued again unless it is acknowledged; 0 for a job delivered at most once. */
  readonly retry: number;
  /** How often a worker gave it back with `nackJob`. */
  readonly nacks: number;
  /** How often it was queued again because no acknowledgement came in time. */
  readonly additionalDeliveries: number;
  /** Ids of the nodes that may have a copy. */
  readonly nodesDelivered: readonly string[];
  /** Ids of the nodes that confirmed what is being waited for: their copy, or the acknowledgement. */
  readonly nodesConfirmed: readonly string[];
  /** Milliseconds until it is queued again; `null` if it never will be. */
  readonly nextRequeueWithin: number | null;
  /** Milliseconds until the node looks at it again. */
  readonly nextAwakeWithin: number | null;
  /** `null` for a job that the node knows by its acknowledgement only. */
  readonly body: Buffer | null;
  /** Fields that this version of the client does not know. */
  readonly others: Fields;
}

/** What a queue does not do: take jobs (`in`), hand them out (`out`), either (`all`); or `none`: it does both. */
export type PauseState = "none" | "in" | "out" | "all";

/** What a node knows of a queue: the reply of QSTAT. */
export interface QueueStat {
  /** The name of the queue. */
  readonly name: string;
  /** How many jobs are queued. */
  readonly len: number;
  /** Seconds since the node has the queue. */
  readonly age: number;
  /** Seconds since it was last used. */
  readonly idle: number;
  /** How many clients wait for jobs of it. */
  readonly blocked: number;
  /** Ids of the nodes that jobs came from lately. */
  readonly importFrom: readonly string[];
  /** Jobs a second that came from other nodes. */
  readonly importRate: number;
  /** How many jobs were queued here so far. */
  readonly jobsIn: number;
  /** How many left the queue so far. */
  readonly jobsOut: number;
  /** Whether it is paused on this node. */
  readonly pause: PauseState;
  /** Fields that this version of the client does not know. */
  readonly others: Fields;
}

/** A node as another one announces it. */
export interface HelloNode {
  /** 40 hexadecimal digits. */
  readonly id: string;
  /** Empty for the node that answers, until it has met another; and for one whose address is not known yet. */
  readonly host: string;
  /** 0 for one whose address is not known yet. */
  readonly port: number;
  /** 1 good, 5 not linked yet, 10 suspected to have failed, 100 failed or leaving. */
  readonly priority: number;
}

/** What a node says of its cluster: the reply of HELLO. */
export interface Hello {
  /** Version of the reply's format. */
  readonly version: number;
  /** Id of the node that answers. */
  readonly id: string;
  /** All that it knows, itself among them. */
  readonly nodes: readonly HelloNode[];
}

const JOB_STATES: readonly JobState[] = ["wait-repl", "active", "queued", "acked"];
const PAUSE_STATES: readonly PauseState[] = ["none", "in", "out", "all"];

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
const QUEUE_FIELDS: readonly string[] = [
  "name",
  "len",
  "age",
  "idle",
  "blocked",
  "import-from",
  "import-rate",
  "jobs-in",
  "jobs-out",
  "pause",
];

/** Jobs as GETJOB and QPEEK give them; no jobs are a null array after a wait, an empty one else. */
export function jobs(reply: Reply, node: string): Job[] {
  if (reply === null) return [];
  if (!Array.isArray(reply)) throw unexpected("jobs", "an array", reply);
  return reply.map((item) => job(item, node));
}

function job(reply: Reply, node: string): Job {
  const [queue, id, body, ...counters] = asArray("job", reply);
  const read = Job.of(
    Buffer.isBuffer(id) ? id.toString("latin1") : asText("id of a job", id),
    asText("queue of a job", queue),
    asBytes("body of a job", body),
    node,
  );
  if (counters.length === 0) return read;
  const fields = asFields("counters of a job", counters);
  return new CountedJob(
    read,
    asNumber("nacks", fields.nacks),
    asNumber("additional-deliveries", fields["additional-deliveries"]),
  );
}

/** More jobs than were asked for have no one to work on them: they are the next worker's when their retry time is over. */
export function atMost(count: number, jobs: Job[]): Job[] {
  if (jobs.length <= count) return jobs;
  throw new ProtocolError(`GETJOB: ${jobs.length} jobs came, at most ${count} asked for`);
}

export function jobInfo(reply: Reply): JobInfo {
  const fields = asFields("job", reply);
  const number = (name: string): number => asNumber(name, fields[name]);
  const milliseconds = (name: string): number | null =>
    nullOr(fields[name], (value) => asNumber(name, value));
  return {
    id: asText("id", fields.id),
    queue: nullOr(fields.queue, (value) => asText("queue", value)),
    state: oneOf("state", fields.state, JOB_STATES),
    repl: number("repl"),
    ttl: number("ttl"),
    ctime: asBigInt("ctime", fields.ctime),
    delay: number("delay"),
    retry: number("retry"),
    nacks: number("nacks"),
    additionalDeliveries: number("additional-deliveries"),
    nodesDelivered: asTexts("nodes-delivered", fields["nodes-delivered"]),
    nodesConfirmed: asTexts("nodes-confirmed", fields["nodes-confirmed"]),
    nextRequeueWithin: milliseconds("next-requeue-within"),
    nextAwakeWithin: milliseconds("next-awake-within"),
    body: nullOr(fields.body, (value) => asBytes("body", value)),
    others: otherFields(fields, JOB_FIELDS),
  };
}

export function queueStat(reply: Reply): QueueStat {
  const fields = asFields("queue", reply);
  const number = (name: string): number => asNumber(name, fields[name]);
  return {
    name: asText("name", fields.name),
    len: number("len"),
    age: number("age"),
    idle: number("idle"),
    blocked: number("blocked"),
    importFrom: asTexts("import-from", fields["import-from"]),
    importRate: number("import-rate"),
    jobsIn: number("jobs-in"),
    jobsOut: number("jobs-out"),
    pause: pauseState(fields.pause),
    others: otherFields(fields, QUEUE_FIELDS),
  };
}

export function pauseState(reply: Reply | undefined): PauseState {
  return oneOf("pause", reply, PAUSE_STATES);
}

export function hello(reply: Reply): Hello {
  const [version, id, ...nodes] = asArray("HELLO", reply);
  return {
    version: asNumber("version of HELLO", version),
    id: asText("id of the node", id),
    nodes: nodes.map((node) => {
      const [nodeId, host, port, priority] = asArray("node in HELLO", node);
      return {
        id: asText("id of a node", nodeId),
        host: asText("host of a node", host),
        port: asNumberText("port of a node", port),
        priority: asNumberText("priority of a node", priority),
      };
    }),
  };
}

function oneOf<Word extends string>(what: string, reply: Reply | undefined, words: readonly Word[]): Word {
  const text = asText(what, reply);
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw unexpected(what, `one of ${words.join(", ")}`, reply);
  return word;
}
