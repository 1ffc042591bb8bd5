// ADDJOB: its options and its row of the command table. The client may choose the number of copies: see cluster/replication.ts.

import { type Argument, ReplyError } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { asText } from "./decode.ts";
import { CALL_OPTIONS, type CallOptions, type CommandDefinition, type OptionNames } from "./definition.ts";

/**
 * The options of `addJob`. With an invalid option, the call rejects with a `TypeError` or `RangeError` before anything is sent.
 */
export interface AddJobOptions extends CallOptions {
  /**
   * How long the server may take to replicate the job before it answers NOREPL, in milliseconds. It answers up to 0.1 s late,
   * or 1.2 s with many clients. `Infinity` waits forever. Default 5,000. Without `replicate`, the server waits at most 300 ms;
   * after that, unless `resend` is false, the client adds the job with fewer copies.
   */
  readonly timeout?: number | undefined;
  /**
   * How many nodes must hold the job before the call resolves. If fewer do, the call rejects with NOREPL. The default is as
   * many nodes as can be reached, up to three, so that jobs can still be added while a node is down. `retry: 0` implies 1.
   */
  readonly replicate?: number | undefined;
  /** Delay before the job is queued, in seconds. It must be less than `ttl`. Default 0. */
  readonly delay?: number | undefined;
  /**
   * Retry time in seconds: the job is queued again if it is not acknowledged within this time after it was queued. With 0, it is
   * delivered at most once. The maximum is 4,294,967. The default is a tenth of `ttl`, up to 300.
   */
  readonly retry?: number | undefined;
  /**
   * Time to live in seconds. After this time, the job is deleted, whether or not it was delivered. The maximum is
   * 2,147,483,647. Default 86,400 (a day).
   */
  readonly ttl?: number | undefined;
  /** Reject with the code MAXLEN if the node already has this many jobs in the queue. */
  readonly maxlen?: number | undefined;
  /** Resolve immediately and replicate the job afterwards. Default false. */
  readonly async?: boolean | undefined;
  /**
   * Whether to add the job again when the connection is lost before the reply arrives. The job may then exist twice. Default
   * true; a job with `retry: 0` is never added again.
   */
  readonly resend?: boolean | undefined;
}

type AddJobArguments = [queue: string, body: string | Uint8Array, options?: AddJobOptions | undefined];

/** The default of the option `timeout`, in milliseconds. */
const DEFAULT_ADD_TIMEOUT = 5_000;
/**
 * The timeout in milliseconds if the client may add the job with fewer copies. While an ADDJOB waits for nodes that do not
 * answer, the server answers nothing else on its connection. Nodes that do answer take only a few milliseconds.
 */
const FLEXIBLE_ADD_TIMEOUT = 300;
/**
 * Maximum TTL in seconds. The server stores a job's expiry time as a 32-bit Unix time in seconds (job.h, struct job): a time
 * after 2106 overflows, and the job expires immediately (measured: TTL 2,600,000,000 in 2026).
 */
const MAX_TTL = 2 ** 31 - 1;
/**
 * Maximum retry time in seconds. The server multiplies it by 1,000 in 32 bits (queue.c, enqueueJob): a job with RETRY 4,294,968
 * was queued again after 0.7 s (measured).
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
export const addJobRow: CommandDefinition<AddJobArguments, string> = {
  name: "ADDJOB",
  encode: (queue, body, options) => encodeAddJob(queue, body, options),
  decode(reply) {
    // The Disque module replies with null when an ADDJOB times out.
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
  choosesCopies: (_queue, _body, { replicate, retry } = NO_OPTIONS) => replicate === undefined && retry !== 0,
  encodeWithCopies: (copies, queue, body, options) => encodeAddJob(queue, body, options, copies),
  queue: (queue) => queue,
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
  const command: Argument[] = [
    "ADDJOB",
    check.text("queue", queue),
    check.bytes("body", body),
    isFlexible ? Math.min(serverTimeout || FLEXIBLE_ADD_TIMEOUT, FLEXIBLE_ADD_TIMEOUT) : serverTimeout,
  ];
  if (replicate !== undefined) command.push("REPLICATE", check.integer("replicate", replicate, 1, 65_535));
  if (delay !== undefined) command.push("DELAY", check.integer("delay", delay, 0, MAX_TTL));
  if (retry !== undefined) command.push("RETRY", check.integer("retry", retry, 0, MAX_RETRY));
  if (ttl !== undefined) command.push("TTL", check.integer("ttl", ttl, 1, MAX_TTL));
  if (maxlen !== undefined) command.push("MAXLEN", check.integer("maxlen", maxlen, 1));
  if (check.flag("async", async)) command.push("ASYNC");
  return command;
}
