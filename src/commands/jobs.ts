// The commands on jobs: their signatures and their rows of the table.

import { type Argument, type Reply, ReplyError } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { asArray, asCursor, asNumber, asText, nullOr } from "./decode.ts";
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
import { type CountedJob, decodeFetchedJobs, type Job, type JobRef } from "./job.ts";
import { decodeJobInfo, JOB_STATES, type JobInfo, type JobState } from "./job-info.ts";

/** The options of `addJob`. A bad one rejects with a `TypeError` or `RangeError` before anything is sent. */
export interface AddJobOptions extends CallOptions {
  /**
   * How long the server may take to replicate the job before it answers NOREPL, in milliseconds, precise to about 100 ms.
   * `Infinity` waits for ever. Default 5,000. Without `replicate` it is at most 300: then the job is added with fewer copies.
   */
  readonly timeout?: number | undefined;
  /**
   * How many nodes must hold the job before the call resolves; fewer reject with NOREPL. The default is as many nodes as can be
   * reached, up to three, so that adding goes on while a node is down. `retry: 0` implies 1.
   */
  readonly replicate?: number | undefined;
  /** Delay before it is queued, in seconds, less than `ttl`. Default 0. */
  readonly delay?: number | undefined;
  /**
   * Retry time in seconds: it is queued again when it was not acknowledged so long after it was queued. 0: it is delivered
   * at most once. At most 4,294,967. The default is a tenth of `ttl`, up to 300.
   */
  readonly retry?: number | undefined;
  /** Time to live in seconds: then it is deleted, delivered or not. At most 2,147,483,647. Default 86,400, a day. */
  readonly ttl?: number | undefined;
  /** Refuse the job, with the code MAXLEN, when the node has this many jobs in the queue already. */
  readonly maxlen?: number | undefined;
  /** Resolve at once and replicate afterwards. Default false. */
  readonly async?: boolean | undefined;
  /**
   * Whether to add the job again when the connection is lost before the reply came. The job may then exist twice. Default
   * true; a job with `retry: 0` is never added again.
   */
  readonly resend?: boolean | undefined;
}

/** The options of `getJob`. */
export interface GetJobOptions extends CallOptions {
  /** Maximum number of jobs. A call that had to wait returns one, whatever this says. Default 1. */
  readonly count?: number | undefined;
  /** How long to wait for a job, in milliseconds. The default is `Infinity`: for ever. For 0, say `nohang: true`. */
  readonly timeout?: number | undefined;
  /** Do not wait: resolve with an empty array at once if there is no job. Default false. */
  readonly nohang?: boolean | undefined;
  /** Give each job its counters `nacks` and `additionalDeliveries`. Default false. */
  readonly withCounters?: boolean | undefined;
}

/** The options of `jscan` and `scanJobs`. */
export interface JscanOptions extends CallOptions {
  /** About how many jobs to look at for a page. Default 100. */
  readonly count?: number | undefined;
  /** Scan everything in one reply, blocking the server meanwhile. Default false. */
  readonly busyloop?: boolean | undefined;
  /** Only jobs of this queue. */
  readonly queue?: string | undefined;
  /** Only jobs in one of these states. */
  readonly state?: readonly JobState[] | undefined;
  /** `id`: only ids; `all`: everything that the node knows. Default `id`. */
  readonly reply?: "id" | "all" | undefined;
}

/** Any number of jobs or ids; or an array of them, and options. */
export type JobArguments = [...jobs: JobRef[]] | [jobs: readonly JobRef[], options?: CallOptions | undefined];

/** A page of the ids of jobs. */
export interface JobIdPage {
  /** For the next call; `"0"` after the last page. */
  readonly cursor: string;
  /** Id of the node that answered. The cursor is valid there only. */
  readonly node: string;
  /** The matching ones of those that were looked at. A page may be empty. */
  readonly ids: readonly string[];
}

/** A page of jobs, with all that the node knows of them. */
export interface JobInfoPage {
  /** For the next call; `"0"` after the last page. */
  readonly cursor: string;
  /** Id of the node that answered. The cursor is valid there only. */
  readonly node: string;
  /** The matching ones of those that were looked at. A page may be empty. */
  readonly jobs: readonly JobInfo[];
}

/**
 * The commands on jobs. Those that take jobs send each to the node that it was fetched from, or, given only an id, to the
 * node that the id names. They reject with a `TypeError`, before anything is sent, for a malformed id.
 */
export interface Jobs {
  /**
   * ADDJOB: adds a job to a queue. Resolves with its id.
   *
   * Rejects with a `ReplyError` of code NOREPL when it could not be replicated (it may still be delivered if the message
   * begins with "Timeout"), PAUSED, MAXLEN, or OOM. Bytes must not be changed until the call has settled.
   *
   * @example
   * const id = await disque.addJob("mail", JSON.stringify({ to: "a@b.c" }), { retry: 60, ttl: 3600 });
   */
  addJob(queue: string, body: string | Uint8Array, options?: AddJobOptions): Promise<string>;

  /**
   * GETJOB: fetches jobs from the first queue that has some. Waits for one if there are none, at the current node first,
   * then at each good node in turn. Resolves with an empty array when `timeout` has passed, or at once with `nohang`.
   *
   * An aborted call rejects at once. A job that still arrives goes to another waiting call of this client, or back to its
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
   * ACKJOB: acknowledges jobs, so that no node delivers them again. Resolves with how many of them the node knew and had
   * not seen acknowledged before; the acknowledgement counts in any case.
   *
   * @example
   * await disque.ackJob(job);
   * await disque.ackJob(jobs, { signal });
   */
  ackJob(...jobs: JobArguments): Promise<number>;

  /**
   * FASTACK: like `ackJob` with less work for the cluster, but a job is more likely to be delivered again when nodes fail.
   * Resolves with how many the node knew.
   */
  fastAck(...jobs: JobArguments): Promise<number>;

  /**
   * NACK: gives failed jobs back. They are queued again at once, with their `nacks` incremented. Resolves with how many
   * were. Does nothing on a node without a copy, nor for a job with `retry: 0`. Rejects with a `ReplyError` of code OOM when
   * the node is full.
   *
   * @example
   * await disque.nackJob(job);
   */
  nackJob(...jobs: JobArguments): Promise<number>;

  /** DELJOB: deletes jobs from one node only. Resolves with how many it had. */
  delJob(...jobs: JobArguments): Promise<number>;

  /**
   * ENQUEUE: queues jobs that are not queued, without counting a failure. Resolves with how many were; a delivered job with
   * `retry: 0` never is. Rejects with a `ReplyError` of code OOM when the node is full.
   */
  enqueue(...jobs: JobArguments): Promise<number>;

  /** DEQUEUE: takes jobs out of their queue until their retry time is over. Resolves with how many were queued. */
  dequeue(...jobs: JobArguments): Promise<number>;

  /**
   * WORKING: starts the job's retry time anew. Resolves with that time in seconds.
   *
   * Rejects with a `ReplyError` of code TOOLATE when half of the job's life is over, NOJOB when the node has no copy.
   *
   * @example
   * const seconds = await disque.working(job);
   */
  working(job: JobRef, options?: CallOptions): Promise<number>;

  /**
   * SHOW: everything that the node knows of a job; `null` if it does not know the job.
   *
   * @example
   * const info = await disque.show(job);
   * console.log(info?.state, info?.nextRequeueWithin);
   */
  show(job: JobRef, options?: CallOptions): Promise<JobInfo | null>;

  /**
   * JSCAN: one page of a node's jobs. Begin with the cursor 0 and go on with the `cursor` and `node` of the previous page until
   * the cursor is `"0"` again. A job may be listed twice.
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

/** Milliseconds. */
const DEFAULT_ADD_TIMEOUT = 5_000;
/**
 * Milliseconds, where the client may add the job with fewer copies: a connection answers nothing else while its ADDJOB waits for
 * nodes that do not answer. Nodes that do answer need a few milliseconds.
 */
const FLEXIBLE_ADD_TIMEOUT = 300;
/**
 * Seconds. The server keeps the second in which a job expires in 32 bits (job.h, struct job): a TTL that ends after 2106
 * wraps, and the job expires at once (measured: TTL 2,600,000,000 in 2026).
 */
const MAX_TTL = 2 ** 31 - 1;
/**
 * Seconds. The server multiplies it by 1,000 in 32 bits (queue.c, enqueueJob): a job with RETRY 4,294,968 was queued
 * again after 0.7 s (measured).
 */
const MAX_RETRY = 4_294_967;
const NO_OPTIONS: AddJobOptions = {};

const ADD_JOB_OPTIONS: OptionNames<AddJobOptions> = {
  ...CALL_OPTIONS,
  timeout: true,
  replicate: true,
  delay: true,
  retry: true,
  ttl: true,
  maxlen: true,
  async: true,
  resend: true,
};
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
  addJob: {
    words: ["ADDJOB"],
    encode: (queue, body, options) => encodeAddJob(queue, body, options),
    decode(reply) {
      // The Disque module answers null when an ADDJOB times out.
      if (reply === null)
        throw new ReplyError("NOREPL Timeout reached, the job may be delivered or not", "ADDJOB");
      return asText("job id", reply);
    },
    options: (_queue, _body, options) => options,
    optionNames: ADD_JOB_OPTIONS,
    // A second copy of a job with `retry: 0` would break the promise that it is delivered at most once.
    resend: (_queue, _body, { retry, resend = true } = NO_OPTIONS) =>
      resend && retry !== 0 ? "any-node" : "never",
    blocks: (_queue, _body, { async, replicate, retry, timeout = DEFAULT_ADD_TIMEOUT } = NO_OPTIONS) => {
      if (async || replicate === 1 || retry === 0) return 0;
      return replicate === undefined ? Math.min(timeout, FLEXIBLE_ADD_TIMEOUT) : timeout;
    },
    replicates: true,
    choosesCopies: (_queue, _body, { replicate, retry } = NO_OPTIONS) =>
      replicate === undefined && retry !== 0,
    encodeWithCopies: (copies, queue, body, options) => encodeAddJob(queue, body, options, copies),
    queue: (queue) => queue,
  },

  getJob: {
    words: ["GETJOB"],
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
  // By the time it is sent again another worker may hold the job.
  nackJob: onJobs("NACK", "never"),
  delJob: onJobs("DELJOB", "same-node"),
  enqueue: onJobs("ENQUEUE", "same-node"),
  dequeue: onJobs("DEQUEUE", "same-node"),

  working: {
    words: ["WORKING"],
    encode: (job) => [check.jobId("job", job)],
    decode: (reply) => asNumber("WORKING", reply),
    options: (_job, options) => options,
    resend: "same-node",
    jobs: (job) => [job],
  },

  show: {
    words: ["SHOW"],
    encode: (job) => [check.jobId("job", job)],
    decode: (reply) => nullOr(reply, decodeJobInfo),
    options: (_job, options) => options,
    resend: "same-node",
    jobs: (job) => [job],
  },

  jscan: {
    words: ["JSCAN"],
    encode(cursor, options = {}) {
      const { count, busyloop = false, queue, state = [], reply } = options;
      const args: Argument[] = [check.cursor("cursor", cursor)];
      if (count !== undefined) args.push("COUNT", check.integer("count", count, 1));
      if (check.flag("busyloop", busyloop)) args.push("BUSYLOOP");
      if (queue !== undefined) args.push("QUEUE", check.text("queue", queue));
      for (const word of check.list("state", state))
        args.push("STATE", check.oneOf("state", word, JOB_STATES));
      if (reply !== undefined) args.push("REPLY", check.oneOf("reply", reply, ["id", "all"]));
      return args;
    },
    decode(reply, { args: [, options], node }) {
      const [cursor, items] = asArray("JSCAN", reply);
      const page = { cursor: asCursor("cursor of JSCAN", cursor), node };
      const found = asArray("jobs of JSCAN", items);
      return options?.reply === "all"
        ? { ...page, jobs: found.map((item) => decodeJobInfo(item)) }
        : { ...page, ids: found.map((item) => asText("job id", item)) };
    },
    options: (_cursor, options) => options,
    optionNames: JSCAN_OPTIONS,
    resend: "never",
    continuesScan: (cursor) => String(cursor) !== "0",
    onModule: "missing",
  },
};

function encodeAddJob(
  queue: string,
  body: string | Uint8Array,
  options: AddJobOptions = NO_OPTIONS,
  copies?: number,
): readonly Argument[] {
  const { timeout = DEFAULT_ADD_TIMEOUT, delay, retry, ttl, maxlen, async = false, resend = true } = options;
  const { replicate = retry === 0 ? 1 : copies } = options;
  check.flag("resend", resend);
  const serverTimeout = check.serverTimeout("timeout", timeout);
  const isFlexible = options.replicate === undefined && retry !== 0;
  const args: Argument[] = [
    check.text("queue", queue),
    check.bytes("body", body),
    isFlexible ? Math.min(serverTimeout || FLEXIBLE_ADD_TIMEOUT, FLEXIBLE_ADD_TIMEOUT) : serverTimeout,
  ];
  if (replicate !== undefined) args.push("REPLICATE", check.integer("replicate", replicate, 1, 65_535));
  if (delay !== undefined) args.push("DELAY", check.integer("delay", delay, 0, MAX_TTL));
  if (retry !== undefined) args.push("RETRY", check.integer("retry", retry, 0, MAX_RETRY));
  if (ttl !== undefined) args.push("TTL", check.integer("ttl", ttl, 1, MAX_TTL));
  if (maxlen !== undefined) args.push("MAXLEN", check.integer("maxlen", maxlen, 1));
  if (check.flag("async", async)) args.push("ASYNC");
  return args;
}

function encodeGetJob(queues: string | readonly string[], options: GetJobOptions = {}): readonly Argument[] {
  const { count, timeout, nohang = false, withCounters = false } = options;
  const args: Argument[] = [];
  if (check.flag("nohang", nohang)) args.push("NOHANG");
  if (timeout !== undefined)
    args.push("TIMEOUT", check.serverTimeout("timeout", timeout, ", or `nohang: true` not to wait"));
  if (count !== undefined) args.push("COUNT", check.integer("count", count, 1));
  if (check.flag("withCounters", withCounters)) args.push("WITHCOUNTERS");
  args.push("FROM");
  return args.concat(check.queueNames("queues", queues));
}

/** The commands that take any number of jobs and answer how many of them they affected. */
function onJobs(name: string, resend: Resend): CommandDefinition<JobArguments, number> {
  return {
    words: [name],
    encode: (...args) => itemsOf<JobRef>(args).map((job) => check.jobId("job", job)),
    decode: (reply: Reply) => asNumber(name, reply),
    options: (...args) => optionsOf<JobRef>(args),
    resend,
    jobs: (...args) => itemsOf<JobRef>(args),
  };
}
