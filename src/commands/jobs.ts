// The commands on jobs: their signatures, and their rows of the table.

import { type Argument, type Reply, ReplyError } from "../resp/index.ts";
import * as check from "./arguments.ts";
import type { CallOptions, Command, Resend, Table } from "./command.ts";
import { asArray, asNumber, asText, nullOr } from "./decode.ts";
import type { CountedJob, Job, JobRef } from "./job.ts";
import { itemsOf, optionsOf } from "./listed.ts";
import { first, second, third } from "./position.ts";
import { atMost, type JobInfo, type JobState, jobInfo, jobs } from "./replies.ts";

/** The options of `addJob`. A bad one rejects with a `TypeError` or `RangeError` before anything is sent. */
export interface AddJobOptions extends CallOptions {
  /**
   * Milliseconds that the server may take to replicate the job before it gives up with NOREPL; precise to about
   * 100 ms, and 0 waits for ever. Default 5,000.
   */
  readonly timeout?: number | undefined;
  /** On how many nodes the job must be before the call resolves. Default: all of them, at most 3. */
  readonly replicate?: number | undefined;
  /** Seconds until it is queued: less than `ttl`. Default 0. */
  readonly delay?: number | undefined;
  /**
   * Seconds after which it is queued again if it was not acknowledged, counted from when it was queued. 0: it is
   * delivered at most once, which demands `replicate: 1`. At most 4,294,967. Default: a tenth of `ttl`, at most 300.
   */
  readonly retry?: number | undefined;
  /** Seconds after which it is deleted, delivered or not. At most 2,147,483,647. Default 86,400, a day. */
  readonly ttl?: number | undefined;
  /** Refuse the job, with the code MAXLEN, when the node has that many in the queue already. */
  readonly maxlen?: number | undefined;
  /** Resolve at once and let the server replicate afterwards. Default false. */
  readonly async?: boolean | undefined;
  /**
   * Whether to add the job again on another node when the connection is lost before the reply came; it may be there twice
   * then. Default true, but never for `retry: 0`.
   */
  readonly resend?: boolean | undefined;
}

/** The options of `getJob`. */
export interface GetJobOptions extends CallOptions {
  /** How many jobs at most. A call that had to wait gives one, whatever this says. Default 1. */
  readonly count?: number | undefined;
  /** Milliseconds to wait for a job. Default: for ever. */
  readonly timeout?: number | undefined;
  /** Do not wait: no job there gives an empty array at once. Default false. */
  readonly nohang?: boolean | undefined;
  /** Give each job its counters of negative acknowledgements and additional deliveries. Default false. */
  readonly withCounters?: boolean | undefined;
}

/** The options of `jscan` and `scanJobs`. */
export interface JscanOptions extends CallOptions {
  /** About how many to look at for a page. Default 100. */
  readonly count?: number | undefined;
  /** Scan everything in one reply, for which the server stands still. Default false. */
  readonly busyloop?: boolean | undefined;
  /** Only jobs of this queue. */
  readonly queue?: string | undefined;
  /** Only jobs in one of these states. */
  readonly state?: readonly JobState[] | undefined;
  /** `id`: ids; `all`: everything that the node knows. Default `id`. */
  readonly reply?: "id" | "all" | undefined;
  /** Id of the node to ask: for all pages but the first, the `node` of the page before. Default: the connected one. */
  readonly node?: string | undefined;
}

/** Any number of jobs or their ids; or an array of them, and options. */
export type JobArguments = [...jobs: JobRef[]] | [jobs: readonly JobRef[], options?: CallOptions | undefined];

/** A page of the ids of jobs. */
export interface JobIdPage {
  /** For the next call; `"0"` when all was seen. */
  readonly cursor: string;
  /** Id of the node that gave it, which alone knows the cursor. */
  readonly node: string;
  /** Those that were looked at and match: none on many a page. */
  readonly ids: readonly string[];
}

/** A page of jobs, with all that the node knows of them. */
export interface JobInfoPage {
  /** For the next call; `"0"` when all was seen. */
  readonly cursor: string;
  /** Id of the node that gave it, which alone knows the cursor. */
  readonly node: string;
  /** Those that were looked at and match: none on many a page. */
  readonly jobs: readonly JobInfo[];
}

/**
 * The commands on jobs. Those that take jobs send each to the node that it was fetched from, or to the one that its id
 * names, and reject with a `TypeError`, before anything is sent, for what is no id.
 */
export interface Jobs {
  /**
   * ADDJOB: adds a job to a queue. Resolves with its id.
   *
   * Rejects with a `ReplyError` of code NOREPL when it could not be replicated in time (it may still be delivered, if
   * the message begins with "Timeout"), PAUSED, MAXLEN, or OOM.
   *
   * @example
   * const id = await disque.addJob("mail", JSON.stringify({ to: "a@b.c" }), { retry: 60, ttl: 3600 });
   */
  addJob(queue: string, body: string | Uint8Array, options?: AddJobOptions): Promise<string>;

  /**
   * GETJOB: fetches jobs, from the first queue that has some. Waits for one if there are none; resolves with an empty
   * array when `timeout` has passed, or at once with `nohang`. A waiting call has a connection of its own.
   *
   * When it is aborted, a job that is already on its way is queued again; one added with `retry: 0` cannot be, and goes
   * to the event `orphan`.
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
   * ACKJOB: says that jobs are done, so that no node delivers them again. Resolves with how many of them the node knew
   * and had not seen acknowledged before; the acknowledgement counts in any case.
   *
   * @example
   * await disque.ackJob(job);
   * await disque.ackJob(jobs, { signal });
   */
  ackJob(...jobs: JobArguments): Promise<number>;

  /**
   * FASTACK: like `ackJob` with less work for the cluster, and a better chance that a job comes again when nodes fail.
   * Resolves with how many the node knew.
   */
  fastAck(...jobs: JobArguments): Promise<number>;

  /**
   * NACK: gives jobs back that could not be done: they are queued again at once and their `nacks` counted up. Resolves
   * with how many were. Does nothing on a node without a copy, nor for a job with `retry: 0`. Rejects with a `ReplyError` of
   * code OOM when the node is full.
   *
   * @example
   * await disque.nackJob(job);
   */
  nackJob(...jobs: JobArguments): Promise<number>;

  /** DELJOB: deletes jobs from one node only. Resolves with how many it had. */
  delJob(...jobs: JobArguments): Promise<number>;

  /**
   * ENQUEUE: queues jobs that are not queued, without counting it as a failure. Resolves with how many were; a delivered job
   * of `retry: 0` never is. Rejects with a `ReplyError` of code OOM when the node is full.
   */
  enqueue(...jobs: JobArguments): Promise<number>;

  /** DEQUEUE: takes jobs out of their queue, which keeps them until they are due again. Resolves with how many were. */
  dequeue(...jobs: JobArguments): Promise<number>;

  /**
   * WORKING: asks for more time: the job is due again only a retry time from now. Resolves with that time in seconds.
   *
   * Rejects with a `ReplyError` of code TOOLATE when half of the job's life is over, NOJOB when the node has no copy.
   *
   * @example
   * const seconds = await disque.working(job);
   */
  working(job: JobRef, options?: CallOptions): Promise<number>;

  /**
   * SHOW: all that the node knows of a job; `null` if it does not know it.
   *
   * @example
   * const info = await disque.show(job);
   * console.log(info?.state, info?.nextRequeueWithin);
   */
  show(job: JobRef, options?: CallOptions): Promise<JobInfo | null>;

  /**
   * JSCAN: one page of the jobs that the node has. Begin with the cursor `"0"` and go on with the one of the page before
   * until it is `"0"` again. A cursor means nothing to another node. A job may be given twice.
   *
   * @example
   * const { cursor, jobs } = await disque.jscan("0", { queue: "mail", state: ["active"], reply: "all" });
   */
  jscan(cursor: string, options: JscanOptions & { readonly reply: "all" }): Promise<JobInfoPage>;
  jscan(cursor: string, options?: JscanOptions & { readonly reply?: "id" | undefined }): Promise<JobIdPage>;
  jscan(cursor: string, options?: JscanOptions): Promise<JobIdPage | JobInfoPage>;
}

const DEFAULT_ADD_TIMEOUT = 5_000;
/**
 * Seconds. The server keeps the second in which a job expires in 32 bits (job.h, struct job): a life that goes beyond
 * the year 2106 wraps, and the job is gone at once (measured: TTL 2,600,000,000 in 2026).
 */
const MAX_TTL = 2 ** 31 - 1;
/**
 * Seconds. The server multiplies it by 1,000 in 32 bits (queue.c, enqueueJob): a job with RETRY 4,294,968 was queued
 * again after 0.7 s (measured).
 */
const MAX_RETRY = 4_294_967;
/** For `addJob` without any: an object for each default would be as large as what is sent. */
const NO_OPTIONS: AddJobOptions = {};
const JOB_STATES: readonly JobState[] = ["wait-repl", "active", "queued", "acked"];

export const jobsTable: Table<Jobs> = {
  addJob: {
    wire: ["ADDJOB"],
    encode(queue, body, options = NO_OPTIONS) {
      const { timeout = DEFAULT_ADD_TIMEOUT, replicate, delay, retry, ttl, maxlen } = options;
      const { async = false, resend = true } = options;
      check.flag("resend", resend);
      const args: Argument[] = [
        check.text("queue", queue),
        check.bytes("body", body),
        check.integer("timeout", timeout, 0),
      ];
      if (replicate !== undefined) args.push("REPLICATE", check.integer("replicate", replicate, 1, 65_535));
      if (delay !== undefined) args.push("DELAY", check.integer("delay", delay, 0, MAX_TTL));
      if (retry !== undefined) args.push("RETRY", check.integer("retry", retry, 0, MAX_RETRY));
      if (ttl !== undefined) args.push("TTL", check.integer("ttl", ttl, 1, MAX_TTL));
      if (maxlen !== undefined) args.push("MAXLEN", check.integer("maxlen", maxlen, 1));
      if (check.flag("async", async)) args.push("ASYNC");
      return args;
    },
    decode(reply) {
      // That is how Redis with the Disque module says it.
      if (reply === null)
        throw new ReplyError("NOREPL Timeout reached, the job may be delivered or not", "ADDJOB");
      return asText("job id", reply);
    },
    options: third,
    traits: {
      // With `retry: 0` a second copy would break the promise that it is delivered at most once.
      resend: (_queue, _body, { retry, resend = true } = NO_OPTIONS) =>
        resend && retry !== 0 ? "any-node" : "never",
      blocks: (_queue, _body, { async, replicate, retry, timeout = DEFAULT_ADD_TIMEOUT } = NO_OPTIONS) =>
        async || replicate === 1 || retry === 0 ? 0 : timeout || Number.POSITIVE_INFINITY,
      replicates: true,
      queue: first,
    },
  },

  getJob: {
    wire: ["GETJOB"],
    encode: encodeGetJob,
    decode: (reply: Reply, { args: [, options], node }) => atMost(options?.count ?? 1, jobs(reply, node)),
    fetched: first,
    options: second,
    traits: {
      queue: first,
      resend: "any-node",
      blocks: (_queues, options) => (options?.nohang ? 0 : options?.timeout || Number.POSITIVE_INFINITY),
      shorten: (timeout, queues, options) => encodeGetJob(queues, { ...options, timeout }),
    },
  },

  ackJob: onJobs("ACKJOB", "any-node"),
  fastAck: onJobs("FASTACK", "any-node"),
  // By the time it is sent again another worker may hold the job.
  nackJob: onJobs("NACK", "never"),
  delJob: onJobs("DELJOB", "same-node"),
  enqueue: onJobs("ENQUEUE", "same-node"),
  dequeue: onJobs("DEQUEUE", "same-node"),

  working: {
    wire: ["WORKING"],
    encode: (job) => [check.jobId("job", job)],
    decode: (reply) => asNumber("WORKING", reply),
    options: second,
    traits: { resend: "same-node", jobs: (job) => [job] },
  },

  show: {
    wire: ["SHOW"],
    encode: (job) => [check.jobId("job", job)],
    decode: (reply) => nullOr(reply, jobInfo),
    options: second,
    traits: { resend: "same-node", jobs: (job) => [job] },
  },

  jscan: {
    wire: ["JSCAN"],
    encode(cursor, options = {}) {
      const { count, busyloop = false, queue, state = [], reply, node } = options;
      if (node !== undefined) check.text("node", node);
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
      const page = { cursor: asText("cursor of JSCAN", cursor), node };
      const found = asArray("jobs of JSCAN", items);
      return options?.reply === "all"
        ? { ...page, jobs: found.map((item) => jobInfo(item)) }
        : { ...page, ids: found.map((item) => asText("job id", item)) };
    },
    options: second,
    // A cursor is worthless on another node, and a node that came back has other ones.
    traits: { resend: "never", node: (_cursor, options) => options?.node },
    onModule: "missing",
  },
};

function encodeGetJob(queues: string | readonly string[], options: GetJobOptions = {}): Argument[] {
  const { count, timeout, nohang = false, withCounters = false } = options;
  const args: Argument[] = [];
  if (check.flag("nohang", nohang)) args.push("NOHANG");
  if (timeout !== undefined) args.push("TIMEOUT", check.integer("timeout", timeout, 0));
  if (count !== undefined) args.push("COUNT", check.integer("count", count, 1));
  if (check.flag("withCounters", withCounters)) args.push("WITHCOUNTERS");
  args.push("FROM");
  return args.concat(check.queueNames("queues", queues));
}

/** The commands that take any number of jobs and answer how many they did something about. */
function onJobs(name: string, resend: Resend): Command<JobArguments, number> {
  return {
    wire: [name],
    encode: (...args) => itemsOf<JobRef>(args).map((job) => check.jobId("job", job)),
    decode: (reply: Reply) => asNumber(name, reply),
    options: (...args) => optionsOf<JobRef>(args),
    traits: { resend, jobs: (...args) => itemsOf<JobRef>(args) },
  };
}
