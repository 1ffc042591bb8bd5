// The commands on jobs: their signatures and their rows of the command table.

import type { Argument, Reply } from "../resp/index.ts";
import { type AddJobOptions, addJobRow } from "./add-job.ts";
import * as check from "./arguments.ts";
import { asArray, asCursor, asNumber, asTexts, decodeEach, nullOr } from "./decode.ts";
import {
  CALL_OPTIONS,
  type CallOptions,
  type CommandDefinition,
  itemsOf,
  type OptionNames,
  optionsOf,
  type Resend,
  type Table,
} from "./definition.ts";
import { type CountedJob, decodeFetchedJobs, type Job, type JobRef, MAX_ID } from "./job.ts";
import { decodeJobInfo, JOB_STATES, type JobInfo, type JobState } from "./job-info.ts";

/** The options of `getJob`. */
export interface GetJobOptions extends CallOptions {
  /** Maximum number of jobs. A call that had to wait usually returns only one job. Default 1. */
  readonly count?: number | undefined;
  /** How long to wait for a job, in milliseconds. Default `Infinity`. Set `nohang` to return immediately. */
  readonly timeout?: number | undefined;
  /** Do not wait: if there is no job, resolve immediately with an empty array. Default false. */
  readonly nohang?: boolean | undefined;
  /** Return each job with its counters, `nacks` and `additionalDeliveries`. Default false. */
  readonly withCounters?: boolean | undefined;
}

/** The options of `jscan` and `scanJobs`. */
export interface JscanOptions extends CallOptions {
  /** Approximate number of jobs per page. Default 100. */
  readonly count?: number | undefined;
  /** Return everything in one reply. The server runs no other command until the scan has finished. Default false. */
  readonly busyloop?: boolean | undefined;
  /** Return only jobs of this queue. */
  readonly queue?: string | undefined;
  /** Return only jobs in one of these states. */
  readonly state?: readonly JobState[] | undefined;
  /** `id`: only ids; `all`: everything that the node knows. Default `id`. */
  readonly reply?: "id" | "all" | undefined;
}

/** Any number of jobs or ids, or an array of jobs or ids followed by options. */
export type JobArguments = [...jobs: JobRef[]] | [jobs: readonly JobRef[], options?: CallOptions | undefined];

/** A page of the ids of jobs. */
export interface JobIdPage {
  /** The cursor for the next call; `"0"` after the last page. */
  readonly cursor: string;
  /** Id of the node that answered. The cursor is valid there only. */
  readonly node: string;
  /** The ids of the matching jobs among those examined. A page may be empty. */
  readonly ids: readonly string[];
}

/** A page of jobs, with everything that the node knows about them. */
export interface JobInfoPage {
  /** The cursor for the next call; `"0"` after the last page. */
  readonly cursor: string;
  /** Id of the node that answered. The cursor is valid there only. */
  readonly node: string;
  /** The matching jobs among those examined. A page may be empty. */
  readonly jobs: readonly JobInfo[];
}

/**
 * The commands on jobs. A command about a job is sent to the node that the job was fetched from or, given only an id, to the
 * node that the id names. If an id is malformed, the call rejects with a `TypeError` before anything is sent.
 */
export interface Jobs {
  /**
   * ADDJOB: adds a job to a queue. Resolves with its id.
   *
   * Rejects with a `ReplyError` with the code NOREPL when the job could not be replicated (if the message begins with "NOREPL
   * Timeout", the job may still be delivered), or with the code PAUSED, MAXLEN or OOM. Do not change the bytes of a body until
   * the call has settled.
   *
   * @example
   * const id = await disque.addJob("mail", JSON.stringify({ to: "a@b.c" }), { retry: 60, ttl: 3600 });
   */
  addJob(queue: string, body: string | Uint8Array, options?: AddJobOptions): Promise<string>;

  /**
   * GETJOB: fetches jobs from the first queue that has any or, if `count` is above 1, one job from each queue in turn. If there
   * are none, waits for a job, on the current node first and then on each good node in turn. Resolves with an empty array when
   * `timeout` has passed, or immediately with `nohang`.
   *
   * An aborted call rejects immediately. A job that still arrives goes to another waiting call of this client, or back to its
   * queue. A job with `retry: 0` cannot go back; it is emitted as `orphan`.
   *
   * @example
   * for (const job of await disque.getJob(["urgent", "mail"], { count: 10, timeout: 2000 })) {
   *   console.log(job.text());
   *   await disque.ackJob(job);
   * }
   */
  getJob(
    queues: string | readonly string[],
    options: GetJobOptions & { readonly withCounters: true },
  ): Promise<CountedJob[]>;
  getJob(queues: string | readonly string[], options?: GetJobOptions): Promise<Job[]>;

  /**
   * ACKJOB: acknowledges jobs, so that no node delivers them again. Resolves with the number of jobs that the node knew and
   * that were not acknowledged yet. Jobs that the node did not know are acknowledged on the other nodes.
   *
   * @example
   * await disque.ackJob(job);
   * await disque.ackJob(jobs, { signal });
   */
  ackJob(...jobs: JobArguments): Promise<number>;

  /**
   * FASTACK: like `ackJob`, with less work for the cluster, but a job is more likely to be delivered again when nodes fail.
   * Resolves with the number of jobs that the node knew.
   */
  fastAck(...jobs: JobArguments): Promise<number>;

  /**
   * NACK: gives failed jobs back. They are queued again immediately, with their `nacks` incremented. Resolves with the number
   * of jobs that were queued. Has no effect on a node without a copy, or on a delivered job with `retry: 0`. Rejects with a
   * `ReplyError` with the code OOM when the node is out of memory.
   *
   * @example
   * await disque.nackJob(job);
   */
  nackJob(...jobs: JobArguments): Promise<number>;

  /** DELJOB: deletes jobs from one node only. Resolves with the number of jobs that the node had. */
  delJob(...jobs: JobArguments): Promise<number>;

  /**
   * ENQUEUE: queues jobs that are not queued, and increments their `additionalDeliveries`, not their `nacks`. Resolves with the
   * number of jobs that were queued. A job with `retry: 0` that was delivered cannot be queued. Rejects with a `ReplyError` with
   * the code OOM when the node is out of memory.
   */
  enqueue(...jobs: JobArguments): Promise<number>;

  /** DEQUEUE: takes jobs out of their queue until their retry time has passed. Resolves with the number of jobs taken out. */
  dequeue(...jobs: JobArguments): Promise<number>;

  /**
   * WORKING: restarts the job's retry time. Resolves with that time in seconds.
   *
   * Rejects with a `ReplyError` with the code TOOLATE when half of the job's time to live has passed, or with the code NOJOB
   * when the node has no copy.
   *
   * @example
   * const seconds = await disque.working(job);
   */
  working(job: JobRef, options?: CallOptions): Promise<number>;

  /**
   * SHOW: everything that the node knows about a job; `null` if it does not know the job.
   *
   * @example
   * const info = await disque.show(job);
   * console.log(info?.state, info?.nextRequeueWithin);
   */
  show(job: JobRef, options?: CallOptions): Promise<JobInfo | null>;

  /**
   * JSCAN: one page of a node's jobs. Start with the cursor 0 and continue with the `cursor` and `node` of the previous page
   * until the cursor is `"0"` again. A job may be listed twice.
   *
   * @example
   * const { cursor, node, jobs } = await disque.jscan(0, { queue: "mail", state: ["active"], reply: "all" });
   */
  jscan(cursor: string | number, options: JscanOptions & { readonly reply: "all" }): Promise<JobInfoPage>;
  jscan(
    cursor: string | number,
    options?: JscanOptions & { readonly reply?: "id" | undefined },
  ): Promise<JobIdPage>;
  jscan(cursor: string | number, options?: JscanOptions): Promise<JobIdPage | JobInfoPage>;
}

const GET_JOB_OPTIONS: OptionNames<GetJobOptions> = {
  ...CALL_OPTIONS,
  count: true,
  timeout: true,
  nohang: true,
  withCounters: true,
};
export const JSCAN_OPTIONS: OptionNames<JscanOptions> = {
  ...CALL_OPTIONS,
  count: true,
  busyloop: true,
  queue: true,
  state: true,
  reply: true,
};

export const jobsTable: Table<Jobs> = {
  addJob: addJobRow,

  getJob: {
    name: "GETJOB",
    encode: encodeGetJob,
    decode: (reply, { args: [, options], node }) => decodeFetchedJobs(reply, node, options?.count ?? 1),
    options: (_queues, options) => options,
    optionNames: GET_JOB_OPTIONS,
    resend: "any-node",
    blocks: (_queues, options) => (options?.nohang ? 0 : (options?.timeout ?? Number.POSITIVE_INFINITY)),
    encodeWithTimeout: (timeout, queues, options) => encodeGetJob(queues, { ...options, timeout }),
    fetches: {
      jobsOf: (jobs) => jobs,
      valueOf: (job) => [job],
      wantsCounters: (_queues, options) => options?.withCounters ?? false,
    },
    queue: (queues) => queues,
  },

  ackJob: { ...onJobs("ACKJOB", "any-node"), alsoAtOrigin: true },
  fastAck: onJobs("FASTACK", "any-node"),
  // By the time the command is resent, another worker may have the job, and NACK would queue the job again.
  nackJob: onJobs("NACK", "never"),
  delJob: onJobs("DELJOB", "same-node"),
  enqueue: onJobs("ENQUEUE", "same-node"),
  dequeue: onJobs("DEQUEUE", "same-node"),

  working: {
    name: "WORKING",
    encode: (job) => ["WORKING", check.jobId("job", job)],
    decode: (reply) => asNumber("WORKING", reply),
    options: (_job, options) => options,
    resend: "same-node",
    jobs: (job) => [job],
  },

  show: {
    name: "SHOW",
    encode: (job) => ["SHOW", check.jobId("job", job)],
    decode: (reply) => nullOr(reply, decodeJobInfo),
    options: (_job, options) => options,
    resend: "same-node",
    jobs: (job) => [job],
  },

  jscan: {
    name: "JSCAN",
    encode(cursor, options = {}) {
      const { count, busyloop = false, queue, state = [], reply } = options;
      const command: Argument[] = ["JSCAN", check.cursor("cursor", cursor)];
      if (count !== undefined) command.push("COUNT", check.integer("count", count, 1));
      if (check.flag("busyloop", busyloop)) command.push("BUSYLOOP");
      if (queue !== undefined) command.push("QUEUE", check.text("queue", queue));
      for (const word of check.list("state", state))
        command.push("STATE", check.oneOf("state", word, JOB_STATES));
      if (reply !== undefined) command.push("REPLY", check.oneOf("reply", reply, ["id", "all"]));
      return command;
    },
    decode(reply, { args: [, options], node }) {
      const [cursor, items] = asArray("JSCAN", reply);
      const page = { cursor: asCursor("cursor of JSCAN", cursor), node };
      const found = asArray("jobs of JSCAN", items);
      return options?.reply === "all"
        ? {
            ...page,
            jobs: decodeEach("JSCAN", found, decodeJobInfo, ({ queue }) => queue?.length ?? 0),
          }
        : { ...page, ids: asTexts("job id", items, MAX_ID) };
    },
    options: (_cursor, options) => options,
    optionNames: JSCAN_OPTIONS,
    resend: "never",
    scans: { cursor: (cursor) => String(cursor), next: (page) => page.cursor },
    onModule: "missing",
  },
};

function encodeGetJob(queues: string | readonly string[], options: GetJobOptions = {}): readonly Argument[] {
  const { count, timeout, nohang = false, withCounters = false } = options;
  const command: Argument[] = ["GETJOB"];
  if (check.flag("nohang", nohang)) command.push("NOHANG");
  if (timeout !== undefined)
    command.push("TIMEOUT", check.serverTimeout("timeout", timeout, ", or `nohang: true` not to wait"));
  if (count !== undefined) command.push("COUNT", check.integer("count", count, 1));
  if (check.flag("withCounters", withCounters)) command.push("WITHCOUNTERS");
  command.push("FROM");
  return command.concat(check.queueNames("queues", queues));
}

/** Defines a command that takes any number of jobs and returns how many of them it affected. */
function onJobs(name: string, resend: Resend): CommandDefinition<JobArguments, number> {
  return {
    name,
    encode: (...args) => [name, ...itemsOf<JobRef>(args).map((job) => check.jobId("job", job))],
    decode: (reply: Reply) => asNumber(name, reply),
    options: (...args) => optionsOf<JobRef>(args),
    resend,
    jobs: (...args) => itemsOf<JobRef>(args),
    sum: (counts) => counts.reduce((total, count) => total + count, 0),
  };
}
