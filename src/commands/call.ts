// `call`: any command, also those that have no method.

import { isUint8Array } from "node:util/types";
import type { Argument, Reply, ReplyError } from "../resp/index.ts";
import * as check from "./arguments.ts";
import type { CallOptions, Command } from "./command.ts";

/** The options of `call`, behind the arguments of the command. */
export interface PlainCallOptions extends CallOptions {
  /** Give bulk strings as a `Buffer` rather than as text. Default false. */
  readonly buffers?: boolean | undefined;
}

/** A reply with its bulk strings as text. */
export type PlainReply = string | number | bigint | null | ReplyError | PlainReply[];

/** Why those commands cannot be called: they would break the connection that all calls share. */
const REFUSED: Readonly<Record<string, string>> = {
  AUTH: "the option `password` authenticates every connection",
  MONITOR: "it sends what no command asked for",
  QUIT: "`close` ends the connections",
  "CLIENT REPLY": "it takes away replies that commands wait for",
};

export interface PlainCall {
  readonly command: Command<readonly [], Reply>;
  readonly buffers: boolean;
}

const OPTIONS: readonly string[] = [
  "buffers",
  "signal",
  "commandTimeout",
] satisfies (keyof PlainCallOptions)[];

/** A row for a command that is called by its name. Options may stand behind its arguments. */
export function callCommand(name: string, words: readonly (Argument | PlainCallOptions)[]): PlainCall {
  if (typeof name !== "string" || name === "") throw new TypeError("the name of a command must be a string");
  const last = words.at(-1);
  const options = isOptions(last) ? last : {};
  const { buffers = false } = options;
  const args = (options === last ? words.slice(0, -1) : words).map((word) => argument(name, word));
  refuse(name, args[0]);
  const verb = name.toUpperCase();
  const blocks = BLOCKING[verb]?.(args) ?? 0;
  return {
    buffers: check.flag("buffers", buffers),
    command: {
      wire: [name],
      encode: () => args,
      decode: (reply) => reply,
      options: () => options,
      traits: { resend: "never", blocks: () => blocks, ...(verb === "ADDJOB" && { replicates: true }) },
    },
  };
}

/** An object that holds anything else, a job for instance, was meant as an argument. */
function isOptions(word: Argument | PlainCallOptions | undefined): word is PlainCallOptions {
  if (typeof word !== "object" || word === null || isUint8Array(word)) return false;
  return Object.keys(word).every((key) => OPTIONS.includes(key));
}

function argument(name: string, word: Argument | PlainCallOptions): Argument {
  if (typeof word === "string" || typeof word === "bigint" || isUint8Array(word)) return word;
  if (typeof word === "number" && Number.isFinite(word)) return word;
  throw new TypeError(`each argument of ${name} must be a string, bytes, a finite number or a bigint`);
}

function refuse(name: string, first: Argument | undefined): void {
  const verb = name.toUpperCase();
  for (const command of [verb, `${verb} ${upperCase(first)}`]) {
    const reason = REFUSED[command];
    if (reason !== undefined) throw new TypeError(`${command} cannot be called: ${reason}`);
  }
}

const BLOCKING: Readonly<Record<string, (args: readonly Argument[]) => number>> = {
  ADDJOB: replicationTime,
  GETJOB: blockingTime,
};

/** How long such an ADDJOB may keep silent, in milliseconds (job.c, addjobCommand). */
function replicationTime([, , timeout, ...options]: readonly Argument[]): number {
  const words = options.map(upperCase);
  if (words.includes("ASYNC") || words[words.indexOf("REPLICATE") + 1] === "1") return 0;
  return Number(timeout) || Number.POSITIVE_INFINITY;
}

/** How long such a GETJOB may keep silent, in milliseconds (queue.c, getjobCommand). */
function blockingTime(args: readonly Argument[]): number {
  let timeout = 0;
  for (let at = 0; at < args.length; at++) {
    const word = upperCase(args[at]);
    if (word === "FROM") break;
    if (word === "NOHANG") return 0;
    if (word === "TIMEOUT") timeout = Number(upperCase(args[++at]));
  }
  return timeout > 0 ? timeout : Number.POSITIVE_INFINITY;
}

/** The server knows its words in any case, as text or as bytes. */
function upperCase(arg: Argument | undefined): string {
  return String(typeof arg === "object" ? Buffer.from(arg) : arg).toUpperCase();
}

/** The same reply with its bulk strings read as UTF-8. */
export function plain(reply: Reply): PlainReply {
  if (Buffer.isBuffer(reply)) return reply.toString("utf8");
  return Array.isArray(reply) ? reply.map(plain) : reply;
}
