// The parser of replies, fed with valid and with damaged streams.

import assert from "node:assert/strict";
import {
  Parser,
  type ParserLimits,
  type ParserOptions,
  ProtocolError,
  type Reply,
} from "../../src/resp/index.ts";
import type { Choices } from "./choices.ts";
import { mutate } from "./mutations.ts";
import { cut, type Pieces } from "./pieces.ts";
import { type Parsed, parseWhole } from "./reference-parser.ts";
import { replyStream } from "./replies.ts";
import { differenceOf, quoted } from "./same-replies.ts";
import type { Case, Target } from "./target.ts";

/** The part of a parser that the fuzzer uses. */
export interface StreamParser {
  write(chunk: Uint8Array): void;
  roomFor?(least: number): Buffer | undefined;
}
export type MakeParser = (options: ParserOptions) => StreamParser;

/** Memory used besides the parser while it is measured: the pool of Buffer, compiled code. */
const SLACK = 2 ** 20;
/** For each byte of the stream: a view for a piece of one byte, and an array that holds it. */
const MEMORY_PER_BYTE = 512;

export function parserTarget(makeParser: MakeParser = (options) => new Parser(options)): Target {
  return {
    name: "parser",
    share: 1,
    prepare: (choices) => new ParserCase(choices, makeParser),
  };
}

class ParserCase implements Case {
  readonly traits: string[];
  readonly #makeParser: MakeParser;
  readonly #bytes: Buffer;
  /** The values of the stream, if it was not damaged. */
  readonly #values: readonly Reply[] | null;
  readonly #limits: ParserLimits;
  readonly #pieces: Pieces;
  readonly #measured: boolean;
  /** Whether bytes are read into the parser's own memory where it has some for them. */
  readonly #intoPlace: boolean;

  constructor(choices: Choices, makeParser: MakeParser) {
    this.#makeParser = makeParser;
    const stream = replyStream(choices);
    const damaged = choices.chance(0.6);
    const { bytes, mutations } = damaged
      ? mutate(choices, stream.bytes)
      : { bytes: stream.bytes, mutations: [] };
    this.#bytes = bytes;
    this.#values = damaged ? null : stream.replies;
    this.#limits = choices.chance(0.2) ? limits(choices) : {};
    this.#pieces = cut(choices, bytes);
    this.#measured = choices.chance(0.01) || mutations.includes("another length");
    this.#intoPlace = choices.chance(0.3);
    this.traits = [stream.shape, this.#pieces.cutting, ...mutations];
    if (this.#intoPlace) this.traits.push("read into place");
    if (!damaged) this.traits.push("valid");
    if (Object.keys(this.#limits).length > 0) this.traits.push("small limits");
  }

  run(): void {
    const expected = parseWhole(this.#bytes, this.#limits);
    this.traits.push(expected.end);
    if (this.#values !== null && Object.keys(this.#limits).length === 0) {
      assert.equal(expected.end, "whole", "the reference refuses what is valid");
      assert.equal(differenceOf(expected.replies, this.#values), null, "the reference parser");
    }
    const replies: Reply[] = [];
    const parser = this.#makeParser({ ...this.#limits, onReply: (reply) => replies.push(reply) });
    const before = this.#measured ? memoryUsed() : 0;
    const failed = this.#feed(parser, replies, expected);
    if (this.#measured) {
      const most = this.#bytes.length * MEMORY_PER_BYTE + SLACK;
      const used = memoryUsed() - before;
      assert.ok(used < most, `${used} bytes of memory for ${this.#bytes.length} bytes of replies`);
    }
    // Compared only at the end, to notice values that change after they were delivered.
    const difference = differenceOf(replies, expected.replies);
    assert.equal(difference, null, `other values: ${difference}`);
    if (expected.end === "refused") assert.ok(failed, "a stream that is not RESP was taken for one");
    else if (expected.end !== "hopeless") assert.ok(!failed, "a stream that may be RESP was refused");
  }

  show(): string {
    const { cutting, pieces } = this.#pieces;
    const lengths = pieces.map(({ length }) => length);
    const shownLengths = lengths.length > 200 ? `${lengths.slice(0, 200)} …` : String(lengths);
    return [
      `traits: ${this.traits.join(", ")}`,
      `limits: ${JSON.stringify(this.#limits)}`,
      `stream: ${quoted(this.#bytes)}`,
      `${pieces.length} pieces, cut ${cutting}: ${shownLengths}`,
    ].join("\n");
  }

  /** Writes all pieces. Says whether the parser failed, and checks that it then rejects all further data. */
  #feed(parser: StreamParser, replies: readonly Reply[], { ends }: Parsed): boolean {
    let fed = 0;
    let whole = 0;
    for (const piece of this.#pieces.pieces) {
      try {
        if (this.#intoPlace) readIntoPlace(parser, piece);
        else parser.write(piece);
      } catch (error) {
        checkDead(parser, replies, error);
        return true;
      }
      fed += piece.length;
      while (whole < ends.length && (ends[whole] ?? 0) <= fed) whole++;
      assert.equal(replies.length, whole, `replies that were given after ${fed} bytes`);
    }
    let at = 0;
    for (const piece of this.#pieces.pieces) {
      const same = this.#bytes.subarray(at, at + piece.length).equals(piece);
      assert.ok(same, `the parser changed the piece at ${at}`);
      at += piece.length;
    }
    return false;
  }
}

function readIntoPlace(parser: StreamParser, piece: Uint8Array): void {
  let at = 0;
  while (at < piece.length) {
    const room = parser.roomFor?.(1);
    const rest = piece.subarray(at, room && at + room.length);
    room?.set(rest);
    parser.write(room?.subarray(0, rest.length) ?? rest);
    at += rest.length;
  }
}

function checkDead(parser: StreamParser, replies: readonly Reply[], failure: unknown): void {
  if (!(failure instanceof ProtocolError)) throw failure;
  assert.ok(failure.message.length < 300, "the error quotes more than the beginning of what came");
  const given = replies.length;
  for (const later of ["", "+late\r\n", "\r\n", "x".repeat(100), ":1\r\n"]) {
    let again: unknown = null;
    try {
      parser.write(Buffer.from(later));
    } catch (error) {
      again = error;
    }
    assert.equal(again, failure, "a write after the failure does not throw the same error");
  }
  assert.equal(replies.length, given, "a reply after the failure");
}

/** Random limits. The limits on lengths exceed the longest header, so that they concern the contents of replies. */
function limits(choices: Choices): ParserLimits {
  return {
    ...(choices.chance(0.5) && { maxDepth: choices.between(1, 5) }),
    ...(choices.chance(0.5) && { maxElements: choices.between(1, 30) }),
    ...(choices.chance(0.5) && { maxBulkLength: choices.between(0, 60) }),
    ...(choices.chance(0.5) && { maxLineLength: choices.between(24, 60) }),
    ...(choices.chance(0.5) && { maxReplyLength: choices.between(24, 120) }),
  };
}

function memoryUsed(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
