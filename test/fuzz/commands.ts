// Commands, as programs may call them: with any arguments at all, and with those that a Disque server knows.

import { type Argument, encodeCommand } from "../../src/resp/index.ts";
import { COMMANDS } from "../../src/testing/commands/table.ts";
import type { Choices } from "./choices.ts";

const NAMES = [...COMMANDS.keys()];
const JOB = "D-dcb833cf-8YL1NT17e9+wsA/09NqxscQI-05a1";
/** Words that mean something to some command, and values at the edges of what they take. */
const WORDS: readonly string[] = [
  ...["FROM", "COUNT", "TIMEOUT", "NOHANG", "WITHCOUNTERS", "REPLICATE", "DELAY", "RETRY", "TTL", "MAXLEN"],
  ...[
    "ASYNC",
    "BUSYLOOP",
    "MINLEN",
    "IMPORTRATE",
    "QUEUE",
    "STATE",
    "REPLY",
    "all",
    "id",
    "queued",
    "active",
  ],
  ...[
    "in",
    "out",
    "none",
    "state",
    "bcast",
    "LIST",
    "GETNAME",
    "SETNAME",
    "KILL",
    "SKIPME",
    "yes",
    "no",
    "TYPE",
  ],
  ...["GET", "SET", "RESETSTAT", "REWRITE", "MEET", "NODES", "MYID", "INFO", "FORGET", "RESET", "LEAVING"],
  ...["soft", "HARD", "LEN", "HISTORY", "GRAPH", "LATEST", "DOCTOR", "STRUCTSIZE", "ERROR", "FLUSHALL"],
  ...[
    "requirepass",
    "maxmemory",
    "dir",
    "hz",
    "slowlog-max-len",
    "client-output-buffer-limit",
    "timeout",
    "*",
  ],
  ...["0", "1", "-1", "", "65536", "4294967296", "9223372036854775807", "18446744073709551615", "1e3", "nan"],
  ...["__proto__", "constructor", "toString", "mail", "a[", "?*", "127.0.0.1", JOB, JOB.slice(0, 39)],
];
/** Commands whose meaning would hardly be met by chance. */
const PHRASES: readonly (readonly string[])[] = [
  ["ADDJOB", "mail", "body", "0", "RETRY", "1"],
  ["ADDJOB", "mail", "body", "0", "REPLICATE", "1", "RETRY", "0", "DELAY", "1"],
  ["ADDJOB", "mail", "body", "10", "REPLICATE", "3"],
  ["GETJOB", "NOHANG", "WITHCOUNTERS", "COUNT", "10", "FROM", "mail"],
  ["GETJOB", "TIMEOUT", "1", "FROM", "mail", "other"],
  ["GETJOB", "FROM", "empty"],
  ["JSCAN", "0", "COUNT", "10", "STATE", "queued", "REPLY", "all"],
  ["QSCAN", "0", "MINLEN", "1"],
  ["QPEEK", "mail", "-10"],
  ["QSTAT", "mail"],
  ["PAUSE", "mail", "out"],
  ["PAUSE", "mail", "none"],
  ["CONFIG", "GET", "*"],
  ["CONFIG", "SET", "dir", "/dev/null/below"],
  ["CONFIG", "SET", "dir", "x".repeat(5000)],
  ["INFO", "all"],
  ["MONITOR"],
];
/** What an encoder does changes at these lengths, and at those of the headers that name them. */
const LENGTHS: readonly number[] = [0, 1, 9, 10, 99, 100, 4095, 4096, 4097, 16_360, 16_368, 16_384, 70_000];
const NUMBERS: readonly (number | bigint)[] = [
  ...[0, -0, 1, -1, 1.5, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, Number.MAX_VALUE],
  ...[0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n, 10n ** 40n],
];

/** The arguments of a command, its name first. */
export function anyArguments(choices: Choices): Argument[] {
  const count = choices.chance(0.002) ? choices.between(100, 1500) : choices.between(1, 8);
  return Array.from({ length: count }, () => anyArgument(choices, count));
}

function anyArgument(choices: Choices, count: number): Argument {
  const long = count < 10 && choices.chance(0.02);
  const length = long ? choices.pick(LENGTHS) + choices.below(2) : choices.below(12);
  switch (choices.below(6)) {
    case 0:
      return choices.pick(NUMBERS);
    case 1:
      return choices.pick(["", "\r\n", "$3\r\n", "*1\r\n", "\0", " ", '"', "PING"]);
    case 2:
      return long ? "é".repeat(length) : choices.text(length);
    case 3:
      return new Uint8Array(choices.bytes(length + 2)).subarray(1, length + 1);
    case 4:
      return "x".repeat(length);
    default:
      return choices.bytes(length);
  }
}

/** What the server is to get for an argument. */
export function bytesOf(argument: Argument): Buffer {
  return typeof argument === "object" ? Buffer.from(argument) : Buffer.from(String(argument));
}

/** A command that a server has, with words that may fit. */
export function serverCommand(choices: Choices): Argument[] {
  if (choices.chance(0.5)) {
    const words: Argument[] = [...choices.pick(PHRASES)];
    if (choices.chance(0.3)) words[choices.below(words.length)] = word(choices);
    return words;
  }
  const count = choices.chance(0.9) ? choices.below(6) : choices.below(40);
  return [choices.pick(NAMES), ...Array.from({ length: count }, () => word(choices))];
}

function word(choices: Choices): Argument {
  if (choices.chance(0.9)) return choices.pick(WORDS);
  return choices.chance(0.9) ? choices.bytes(choices.below(20)) : choices.bytes(choices.below(6000));
}

/** As RESP, or as a line of words, as somebody types them. */
export function encoded(choices: Choices, command: readonly Argument[]): Buffer {
  if (choices.chance(0.9)) return encodeCommand(command);
  const words = command.map((argument) => bytesOf(argument).toString("latin1"));
  const quoted = words.map((text) =>
    /^\w+$/.test(text) ? text : choices.pick([`"${text}"`, `'${text}'`, text]),
  );
  return Buffer.from(`${quoted.join(" ")}${choices.pick(["\r\n", "\n"])}`, "latin1");
}
