// `call`: sends a command by its name, so that commands without a method can be used too.

import { isUint8Array } from "node:util/types";
import { type Argument, ProtocolError, type Reply, type ReplyError } from "../resp/index.ts";
import * as check from "./arguments.ts";
import { MAX_TEXTS } from "./decode.ts";
import { CALL_OPTIONS, type CallOptions, type CommandDefinition, type OptionNames } from "./definition.ts";
import { CountedJob, decodeJobs, type Job } from "./job.ts";

/** The options of `call`, which follow the arguments of the command. */
export interface PlainCallOptions extends CallOptions {
  /** Return bulk strings as `Buffer` instead of text. Default false. */
  readonly buffers?: boolean | undefined;
}

/** A reply with its bulk strings as text. */
export type PlainReply = string | number | bigint | null | ReplyError | PlainReply[];

/** Commands that would break the connection that all calls share, and why each is refused. */
const REFUSED: Readonly<Record<string, string>> = {
  AUTH: "the option `password` authenticates every connection",
  MONITOR: "it sends replies that no command asked for",
  QUIT: "`close` ends the connections",
  "CLIENT REPLY": "it suppresses replies that commands wait for",
};

export interface RawCall {
  readonly definition: CommandDefinition<readonly [], Reply>;
  readonly buffers: boolean;
}

const RAW_CALL_OPTIONS: OptionNames<PlainCallOptions> = { ...CALL_OPTIONS, buffers: true };

/** Returns the definition of a command that is called by its name. The last of `words` may be options. */
export function rawCall(name: string, words: readonly (Argument | PlainCallOptions)[]): RawCall {
  if (typeof name !== "string" || name === "") throw new TypeError("the name of a command must be a string");
  const last = words.at(-1);
  const options = isOptions(last) ? last : {};
  const { buffers = false } = options;
  const args = (options === last ? words.slice(0, -1) : words).map((word) => argument(name, word));
  refuse(name, args[0]);
  const verb = name.toUpperCase();
  const getJob = verb === "GETJOB" ? parseGetJob(args) : undefined;
  return {
    buffers: check.flag("buffers", buffers),
    definition: {
      name,
      encode: () => [name, ...args],
      decode: (reply) => reply,
      options: () => options,
      optionNames: RAW_CALL_OPTIONS,
      resend: "never",
      ...(getJob !== undefined && fetching(name, getJob)),
      ...(verb === "ADDJOB" && { blocks: () => replicationTime(args), replicates: true }),
    },
  };
}

/** Only a plain object counts as options. Anything else, such as a `Job`, counts as an argument, which `argument` checks. */
function isOptions(word: Argument | PlainCallOptions | undefined): word is PlainCallOptions {
  if (typeof word !== "object" || word === null || isUint8Array(word)) return false;
  const prototype: unknown = Object.getPrototypeOf(word);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function argument(name: string, word: Argument | PlainCallOptions): Argument {
  if (typeof word === "string" || typeof word === "bigint" || isUint8Array(word)) return word;
  if (typeof word === "number" && Number.isFinite(word)) return word;
  throw new TypeError(`each argument of ${name} must be a string, bytes, a finite number or a bigint`);
}

/**
 * Throws if the command is refused. A NUL is refused too: the server reads a word only up to a NUL (server.c, lookupCommand),
 * so a refused command with a NUL after its name would not be recognized here.
 */
function refuse(name: string, first: Argument | undefined): void {
  const verb = name.toUpperCase();
  const subcommand = upperCase(first);
  if (verb.includes("\0") || (verb === "CLIENT" && subcommand.includes("\0"))) {
    throw new TypeError("the words of a command must not contain NUL");
  }
  for (const command of [verb, `${verb} ${subcommand}`]) {
    const reason = REFUSED[command];
    if (reason !== undefined) throw new TypeError(`${command} cannot be called: ${reason}`);
  }
}

/** How long an ADDJOB may block, in milliseconds (job.c, addjobCommand). */
function replicationTime([, , timeout, ...options]: readonly Argument[]): number {
  const words = options.map(upperCase);
  if (words.includes("ASYNC") || words[words.indexOf("REPLICATE") + 1] === "1") return 0;
  return Number(upperCase(timeout)) || Number.POSITIVE_INFINITY;
}

/** The parts of a GETJOB. */
interface GetJob {
  /** How long the GETJOB waits, in milliseconds. */
  readonly timeout: number;
  readonly withCounters: boolean;
  readonly queues: readonly string[];
  /** All arguments except the timeout. */
  readonly others: readonly Argument[];
}

/** Returns `undefined` if FROM is missing or the timeout is invalid: the server refuses such a GETJOB (queue.c, getjobCommand). */
function parseGetJob(args: readonly Argument[]): GetJob | undefined {
  const from = args.findIndex((arg) => upperCase(arg) === "FROM");
  const others: Argument[] = [];
  let timeout = "0";
  for (let at = 0; at < from; at++) {
    const arg = args[at];
    const word = upperCase(arg);
    if (word === "TIMEOUT") timeout = text(args[++at]);
    else if (arg !== undefined) others.push(arg);
  }
  if (from < 0 || !/^\d+$/.test(timeout)) return undefined;
  const words = others.map(upperCase);
  return {
    timeout: words.includes("NOHANG") ? 0 : Number(timeout) || Number.POSITIVE_INFINITY,
    withCounters: words.includes("WITHCOUNTERS"),
    queues: args.slice(from + 1).map(text),
    others: [...others, ...args.slice(from)],
  };
}

/**
 * Handles a GETJOB like `getJob`, so that its jobs are not lost. A long wait is split into several short ones, so that the
 * reply arrives soon even if the call is aborted: if the connection were closed before that, a job in the reply could be lost.
 */
function fetching(
  name: string,
  { others, queues, timeout, withCounters }: GetJob,
): Pick<CommandDefinition<readonly [], Reply>, "blocks" | "encodeWithTimeout" | "fetches" | "queue"> {
  return {
    blocks: () => timeout,
    encodeWithTimeout: (milliseconds) => [name, "TIMEOUT", milliseconds, ...others],
    queue: () => queues,
    fetches: {
      jobsOf: decodeJobs,
      valueOf: (job) => [encodeJob(job)],
      wantsCounters: () => withCounters,
    },
  };
}

/** Encodes the job as GETJOB returns it. */
function encodeJob(job: Job): Reply {
  const fields = [Buffer.from(job.queue), Buffer.from(job.id), job.body];
  if (!(job instanceof CountedJob)) return fields;
  const { nacks, additionalDeliveries } = job;
  return [...fields, Buffer.from("nacks"), nacks, Buffer.from("additional-deliveries"), additionalDeliveries];
}

/** The argument as text in upper case: the server ignores the case of words. */
function upperCase(arg: Argument | undefined): string {
  return text(arg).toUpperCase();
}

function text(arg: Argument | undefined): string {
  return String(typeof arg === "object" ? Buffer.from(arg) : arg);
}

/** Returns the same reply with its bulk strings decoded as UTF-8. */
export function plain(reply: Reply): PlainReply {
  let length = 0;
  const textOf = (bytes: Buffer): string => {
    length += bytes.length;
    if (length <= MAX_TEXTS) return bytes.toString("utf8");
    throw new ProtocolError(`call: a reply has more than ${MAX_TEXTS} bytes of text; use { buffers: true }`);
  };
  const convert = (value: Reply): PlainReply => {
    if (Buffer.isBuffer(value)) return textOf(value);
    return Array.isArray(value) ? value.map(convert) : value;
  };
  return convert(reply);
}
