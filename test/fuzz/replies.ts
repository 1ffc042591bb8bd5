// Valid streams of replies, with the values they stand for.

import { type Reply, ReplyError } from "../../src/resp/index.ts";
import { samples } from "../resp/samples.ts";
import type { Choices } from "./choices.ts";

export interface ReplyStream {
  readonly shape: Shape;
  readonly bytes: Buffer;
  readonly replies: readonly Reply[];
}

interface EncodedReply {
  readonly bytes: Buffer;
  readonly reply: Reply;
}

const SHAPES = {
  /** A few replies of any kind. */
  few: 600,
  /** Arrays in arrays. */
  nested: 150,
  /** Replies of a Disque server. */
  "from a server": 150,
  /** Simple strings and errors up to the longest allowed line. */
  "long lines": 4,
  /** Bodies that are longer than a chunk. */
  "large bodies": 4,
  /** More small replies than fit in a chunk of 64 KiB. */
  flood: 1,
} as const;
export type Shape = keyof typeof SHAPES;
export const shapes: readonly Shape[] = Object.keys(SHAPES) as Shape[];

const CHUNK = 65_536;
/** The longest line has 65,536 bytes before its LF, including the type and the CR. */
const LONGEST_TEXT = 65_534;
const DEEPEST = 32;

/** Numbers at which something changes: digits, signs, exactness as a double, 32 and 64 bits. */
const EDGES: readonly bigint[] = [0n, 10n ** 15n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 10n ** 18n, 2n ** 63n];
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** A stream of the given shape, or of a random one. */
export function replyStream(choices: Choices, shape: Shape = choices.weighted(SHAPES)): ReplyStream {
  const encoded = MAKERS[shape](choices);
  return {
    shape,
    bytes: Buffer.concat(encoded.map(({ bytes }) => bytes)),
    replies: encoded.map(({ reply }) => reply),
  };
}

const MAKERS: Readonly<Record<Shape, (choices: Choices) => EncodedReply[]>> = {
  few: (choices) => several(choices, choices.between(1, 4), () => anyReply(choices, 2)),
  nested: (choices) => several(choices, choices.between(1, 2), () => nested(choices)),
  "from a server": (choices) =>
    several(choices, choices.between(1, 4), () => {
      const { bytes, value } = choices.pick(samples);
      return { bytes, reply: value };
    }),
  "long lines": (choices) => several(choices, choices.between(1, 3), () => longLine(choices)),
  "large bodies": (choices) =>
    several(choices, choices.between(1, 3), () =>
      choices.chance(0.3)
        ? anyReply(choices, 1)
        : bulk(choices.bytes(choices.pick([CHUNK, 3 * CHUNK, 20_000]) + choices.between(-20, 20))),
    ),
  flood,
};

function several(choices: Choices, count: number, make: () => EncodedReply): EncodedReply[] {
  const encoded = Array.from({ length: count }, make);
  // So that lines and bodies start and end at varied offsets.
  if (choices.chance(0.2)) encoded.push(status("OK"));
  return encoded;
}

/** A block of small replies, repeated: choosing each anew would take most of the time of all cases. */
function flood(choices: Choices): EncodedReply[] {
  const block = several(choices, choices.between(20, 100), () => anyReply(choices, 1));
  const length = block.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const times = Math.ceil((CHUNK * choices.pick([1, 2.2]) + choices.below(1000)) / length);
  return Array.from({ length: times }, () => block).flat();
}

function anyReply(choices: Choices, depth: number): EncodedReply {
  switch (choices.below(depth > 0 ? 8 : 6)) {
    case 0:
      return simpleText(choices, "+", choices.below(20));
    case 1:
      return simpleText(choices, "-", choices.below(20));
    case 2:
      return integer(choices);
    case 3:
      return bulk(choices.bytes(choices.below(30)));
    case 4:
      return bulk(Buffer.from(choices.pick(["", "\r\n", "+OK\r\n", "$3\r\n", "\r", "\n", "*2\r\n:1\r\n"])));
    case 5:
      return choices.pick([NULL_BULK, NULL_ARRAY, EMPTY_ARRAY, EMPTY_BULK]);
    default:
      return array(Array.from({ length: choices.below(5) }, () => anyReply(choices, depth - 1)));
  }
}

/** Nested up to the maximum depth, with something before and after each inner array. */
function nested(choices: Choices): EncodedReply {
  const depth = choices.chance(0.1) ? DEEPEST : choices.between(1, 8);
  let reply = integer(choices);
  for (let open = 0; open < depth; open++) {
    const items = [reply];
    while (choices.chance(0.3)) items.unshift(bulk(choices.bytes(choices.below(5))));
    while (choices.chance(0.3)) items.push(integer(choices));
    reply = array(items);
  }
  return reply;
}

function simpleText(choices: Choices, type: "+" | "-", length: number): EncodedReply {
  // Servers may quote what they were sent, which need not be UTF-8.
  const bytes = choices.chance(0.1)
    ? Buffer.from(choices.bytes(length).map((byte) => (byte === 13 || byte === 10 ? 0xff : byte)))
    : Buffer.from(choices.chance(0.5) ? choices.text(length) : "x".repeat(length));
  return simple(type, bytes);
}

function longLine(choices: Choices): EncodedReply {
  const length = choices.chance(0.5) ? LONGEST_TEXT - choices.below(3) : choices.between(1000, LONGEST_TEXT);
  const bytes = Buffer.alloc(length, "text that goes on and on, ");
  const type = choices.chance(0.7) ? "+" : "-";
  // One character of many bytes, somewhere, or many of them, or none.
  const place = choices.below(4);
  if (place === 0) bytes.fill("é漢🦆").fill("-", length - (length % 9));
  else if (place < 3) bytes.write("é漢🦆", choices.below(length - 9));
  return simple(type, bytes);
}

function simple(type: "+" | "-", bytes: Buffer): EncodedReply {
  const text = bytes.toString("utf8");
  return {
    bytes: Buffer.concat([Buffer.from(type), bytes, CRLF]),
    reply: type === "+" ? text : new ReplyError(text),
  };
}

function integer(choices: Choices): EncodedReply {
  let value = choices.pick(EDGES) + BigInt(choices.between(-2, 2));
  if (choices.chance(0.3)) value = BigInt.asIntN(64, choices.bytes(8).readBigUInt64LE());
  if (choices.chance(0.5)) value = -value;
  if (value < INT64_MIN) value = INT64_MIN;
  if (value > INT64_MAX) value = INT64_MAX;
  const number = Number(value);
  return {
    bytes: Buffer.from(`:${value}\r\n`),
    reply: Number.isSafeInteger(number) ? number : value,
  };
}

function bulk(body: Buffer): EncodedReply {
  return { bytes: Buffer.concat([Buffer.from(`$${body.length}\r\n`), body, CRLF]), reply: body };
}

function array(items: readonly EncodedReply[]): EncodedReply {
  return {
    bytes: Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items.map(({ bytes }) => bytes)]),
    reply: items.map(({ reply }) => reply),
  };
}

function status(text: string): EncodedReply {
  return { bytes: Buffer.from(`+${text}\r\n`), reply: text };
}

const CRLF = Buffer.from("\r\n");
const NULL_BULK: EncodedReply = { bytes: Buffer.from("$-1\r\n"), reply: null };
const NULL_ARRAY: EncodedReply = { bytes: Buffer.from("*-1\r\n"), reply: null };
const EMPTY_ARRAY: EncodedReply = { bytes: Buffer.from("*0\r\n"), reply: [] };
const EMPTY_BULK: EncodedReply = { bytes: Buffer.from("$0\r\n\r\n"), reply: Buffer.alloc(0) };
