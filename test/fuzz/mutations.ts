// Ways to damage a RESP stream of replies or commands.

import type { Choices } from "./choices.ts";

export type Mutation =
  | "a flipped bit"
  | "a changed byte"
  | "a deletion"
  | "an insertion"
  | "a fragment inserted"
  | "a duplication"
  | "a truncation"
  | "another digit in a header"
  | "another length"
  | "a length that is one off"
  | "a damaged CRLF";

export interface Mutated {
  readonly bytes: Buffer;
  readonly mutations: readonly Mutation[];
}

type Damage = (choices: Choices, bytes: Buffer) => Buffer;

const MARKS = Buffer.from("\r\n+-:$*0919 \0\"'\xff", "latin1");
/** Lengths at a limit, or beyond all limits. */
const LENGTHS = [
  ...[
    "-1",
    "-2",
    "-0",
    "+0",
    "00",
    "01",
    "0x10",
    "1e3",
    "1.0",
    " 1",
    "1 ",
    "",
    "-",
    "2147483648",
    "4294967295",
  ],
  ...["16777216", "16777217", "536870912", "536870913", "65536", "1048577", "9007199254740993"],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616"],
  "9".repeat(100),
];
const FRAGMENTS = [
  ...[
    "\r\n",
    "\r",
    "\n",
    "\r\r\n",
    "\n\r",
    "$-1\r\n",
    "*-1\r\n",
    "*0\r\n",
    "$0\r\n\r\n",
    ":\r\n",
    "+\r\n",
    "-\r\n",
  ],
  ...[
    "_\r\n",
    "%1\r\n",
    "PING\r\n",
    "*1\r\n*1\r\n*1\r\n",
    "*1\r\n".repeat(40),
    "HTTP/1.1 400 Bad Request\r\n\r\n",
  ],
];

const DAMAGES: Readonly<Record<Mutation, Damage>> = {
  "a flipped bit": (choices, bytes) =>
    replaced(bytes, choices.below(bytes.length), (byte) => byte ^ (1 << choices.below(8))),
  "a changed byte": (choices, bytes) =>
    replaced(bytes, choices.below(bytes.length), () => choices.pick([...MARKS])),
  "a deletion": (choices, bytes) => {
    const [start, end] = range(choices, bytes);
    return spliced(bytes, start, end);
  },
  "an insertion": (choices, bytes) => {
    const at = choices.between(0, bytes.length);
    return spliced(bytes, at, at, choices.bytes(choices.between(1, 8)));
  },
  "a fragment inserted": (choices, bytes) => {
    const at = choices.between(0, bytes.length);
    return spliced(bytes, at, at, Buffer.from(choices.pick(FRAGMENTS)));
  },
  "a duplication": (choices, bytes) => {
    const [start, end] = range(choices, bytes);
    return spliced(bytes, end, end, bytes.subarray(start, end));
  },
  "a truncation": (choices, bytes) => bytes.subarray(0, choices.below(bytes.length)),
  "another digit in a header": (choices, bytes) => {
    const header = headerOf(choices, bytes);
    if (header === null) return bytes;
    return replaced(bytes, choices.between(header.start, header.end - 1), () => 48 + choices.below(10));
  },
  "another length": (choices, bytes) => {
    const header = headerOf(choices, bytes);
    if (header === null) return bytes;
    return spliced(bytes, header.start, header.end, Buffer.from(choices.pick(LENGTHS)));
  },
  "a length that is one off": (choices, bytes) => {
    const header = headerOf(choices, bytes);
    if (header === null) return bytes;
    const length = Number(bytes.toString("latin1", header.start, header.end)) + choices.pick([-1, 1]);
    return spliced(bytes, header.start, header.end, Buffer.from(String(length)));
  },
  "a damaged CRLF": (choices, bytes) => {
    const at = crlfOf(choices, bytes);
    if (at === -1) return bytes;
    const instead = choices.pick(["", "\r", "\n", "\n\r", "\r\r\n", "\r\n\n", "\r\n\r\n", "\r\0\n"]);
    return spliced(bytes, at, at + 2, Buffer.from(instead));
  },
};

export const mutations: readonly Mutation[] = Object.keys(DAMAGES) as Mutation[];

/** One to three damages on top of each other. The given bytes are not changed. */
export function mutate(choices: Choices, bytes: Buffer): Mutated {
  const done: Mutation[] = [];
  let mutated = bytes;
  do {
    const mutation = choices.pick(mutations);
    if (mutated.length > 0) mutated = DAMAGES[mutation](choices, mutated);
    done.push(mutation);
  } while (done.length < 3 && choices.chance(0.35));
  return { bytes: mutated, mutations: done };
}

function range(choices: Choices, bytes: Buffer): [start: number, end: number] {
  const start = choices.below(bytes.length);
  const longest = choices.chance(0.8) ? 4 : bytes.length;
  return [start, Math.min(bytes.length, start + choices.between(1, longest))];
}

/** The position of the digits of a length or integer; `null` if there are none near the chosen place. */
function headerOf(choices: Choices, bytes: Buffer): { start: number; end: number } | null {
  const from = choices.below(bytes.length);
  for (let step = 0; step < bytes.length; step++) {
    const at = (from + step) % bytes.length;
    const byte = bytes[at];
    if (byte !== 0x24 && byte !== 0x2a && byte !== 0x3a) continue;
    const end = bytes.indexOf(13, at);
    if (end > at + 1 && end - at < 24) return { start: at + 1, end };
  }
  return null;
}

function crlfOf(choices: Choices, bytes: Buffer): number {
  const found = bytes.indexOf("\r\n", choices.below(bytes.length));
  return found === -1 ? bytes.indexOf("\r\n") : found;
}

function replaced(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

function spliced(bytes: Buffer, start: number, end: number, instead: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([bytes.subarray(0, start), instead, bytes.subarray(end)]);
}
