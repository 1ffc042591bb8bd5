// The generated streams, and the ways in which they are split, include those at which parsers fail.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Reply, ReplyError } from "../../src/resp/index.ts";
import { Choices } from "./choices.ts";
import { mutate, mutations } from "./mutations.ts";
import { parserTarget } from "./parser.ts";
import { type Cutting, cut, cuttings, type Pieces } from "./pieces.ts";
import { parseWhole } from "./reference-parser.ts";
import { type ReplyStream, replyStream, type Shape, shapes } from "./replies.ts";
import { differenceOf } from "./same-replies.ts";

const SEED = 6;
const CHUNK = 65_536;

interface Generated extends ReplyStream {
  readonly pieces: Pieces;
  /** The end of each piece except the last. */
  readonly cuts: readonly number[];
}

function generated(number: number, shape?: Shape, cutting?: Cutting): Generated {
  const choices = new Choices(SEED, number);
  const stream = replyStream(choices, shape);
  const pieces = cut(choices, stream.bytes, cutting);
  let at = 0;
  const ends = pieces.pieces.map((piece) => {
    at += piece.length;
    return at;
  });
  return { ...stream, pieces, cuts: ends.slice(0, -1) };
}

const streams: Generated[] = [];

function some(what: string, wanted: (stream: Generated) => boolean): void {
  it(what, () => assert.ok(streams.some(wanted)));
}

function flatten(replies: readonly Reply[]): Reply[] {
  return replies.flatMap((reply) => (Array.isArray(reply) ? [reply, ...flatten(reply)] : [reply]));
}

function depthOf(reply: Reply): number {
  return Array.isArray(reply) ? 1 + Math.max(0, ...reply.map(depthOf)) : 0;
}

describe("the generated streams", () => {
  before(() => {
    for (let number = 0; number < 500; number++) streams.push(generated(number));
    for (const shape of shapes) {
      for (let number = 500; number < 506; number++) streams.push(generated(number, shape, "into chunks"));
    }
  });

  it("all match the values that come with them", () => {
    for (const { bytes, replies } of streams) {
      const parsed = parseWhole(bytes);
      assert.equal(parsed.end, "whole");
      assert.equal(differenceOf(parsed.replies, replies), null);
    }
  });

  it("have every shape and every way to split", () => {
    assert.deepEqual(new Set(streams.map(({ shape }) => shape)), new Set(shapes));
    assert.deepEqual(new Set(streams.map(({ pieces }) => pieces.cutting)), new Set(cuttings));
  });

  it("equal their joined pieces", () => {
    for (const { bytes, pieces } of streams) assert.ok(Buffer.concat(pieces.pieces).equals(bytes));
  });

  it("contain every kind of reply, also in arrays", () => {
    const all = flatten(streams.flatMap(({ replies }) => replies.filter(Array.isArray).flat()));
    for (const is of [
      (reply: Reply) => reply === null,
      (reply: Reply) => typeof reply === "string" && /[^\0-\x7f]/.test(reply),
      (reply: Reply) => reply === "",
      (reply: Reply) => typeof reply === "number" && reply < 0,
      (reply: Reply) => typeof reply === "bigint",
      (reply: Reply) => reply instanceof ReplyError,
      (reply: Reply) => Array.isArray(reply) && reply.length === 0,
      (reply: Reply) => Buffer.isBuffer(reply) && reply.length === 0,
      (reply: Reply) => Buffer.isBuffer(reply) && reply.includes("\r\n"),
    ]) {
      assert.ok(all.some(is), String(is));
    }
  });

  it("contain integers at the limits of 64 bits and of safe numbers", () => {
    const all = new Set(streams.flatMap(({ replies }) => flatten(replies)));
    for (const edge of [
      0,
      2 ** 53 - 1,
      2n ** 53n,
      -(2 ** 53 - 1),
      -(2n ** 53n),
      2n ** 63n - 1n,
      -(2n ** 63n),
    ]) {
      assert.ok(all.has(edge), String(edge));
    }
  });

  some("contain arrays of maximum depth", ({ replies }) => replies.some((reply) => depthOf(reply) === 32));
  some("contain a body of more than two chunks", ({ replies, pieces }) => {
    const longest = Math.max(...replies.map((reply) => (Buffer.isBuffer(reply) ? reply.length : 0)));
    return pieces.cutting === "into chunks" && longest > 2 * CHUNK;
  });
  some("contain a simple string of the longest length", ({ replies }) =>
    replies.some((reply) => typeof reply === "string" && Buffer.byteLength(reply) === CHUNK - 2),
  );
  some("are split within a character of a simple string", ({ bytes, replies, cuts }) => {
    const [first] = replies;
    if (typeof first !== "string") return false;
    return cuts.some((at) => at < Buffer.byteLength(first) && ((bytes[at] ?? 0) & 0xc0) === 0x80);
  });

  for (const [what, type] of [
    ["a simple string", "+"],
    ["an error", "-"],
    ["an integer", ":"],
    ["the length of a bulk string", "$"],
    ["the length of an array", "*"],
  ] as const) {
    for (const [where, behind] of [
      ["before", 0],
      ["within", 1],
      ["behind", 2],
    ] as const) {
      some(`are split ${where} the CRLF of ${what}`, ({ bytes, cuts }) => {
        const cr = bytes.indexOf("\r\n");
        return bytes.toString("latin1", 0, 1) === type && cuts.includes(cr + behind);
      });
    }
  }
  for (const behind of [0, 1, 2]) {
    some(`are split ${behind} bytes behind a body`, ({ replies, bytes, cuts }) => {
      const [body] = replies;
      if (!Buffer.isBuffer(body)) return false;
      const end = bytes.indexOf("\r\n") + 2 + body.length;
      return cuts.includes(end + behind);
    });
  }

  some("have a chunk of 64 KiB with a thousand replies and a part of one more", ({ shape, bytes, cuts }) => {
    if (shape !== "flood") return false;
    const { ends } = parseWhole(bytes);
    return cuts.some((to, at) => {
      const from = cuts[at - 1] ?? 0;
      const whole = ends.filter((end) => end > from && end <= to);
      return to - from === CHUNK && whole.length > 1000 && whole.at(-1) !== to;
    });
  });
});

describe("a damaged stream", () => {
  it("is made by each of the mutations, without changing the given bytes", () => {
    const bytes = Buffer.from("+OK\r\n$3\r\nabc\r\n*2\r\n:1\r\n:2\r\n");
    const same = Buffer.from(bytes);
    const seen = new Set<string>();
    const changed = new Set<string>();
    for (let number = 0; number < 500; number++) {
      const mutated = mutate(new Choices(SEED, number), bytes);
      for (const mutation of mutated.mutations) seen.add(mutation);
      const [only, ...others] = mutated.mutations;
      if (only !== undefined && others.length === 0 && !mutated.bytes.equals(bytes)) changed.add(only);
      assert.ok(bytes.equals(same));
    }
    assert.deepEqual(seen, new Set(mutations));
    assert.deepEqual(changed, new Set(mutations));
  });
});

describe("a case", () => {
  const show = (seed: number, number: number): string =>
    parserTarget().prepare(new Choices(seed, number)).show();

  it("is the same for the same seed and number, and different otherwise", () => {
    for (let number = 0; number < 50; number++) assert.equal(show(1, number), show(1, number));
    const different = new Set<string>();
    for (let number = 0; number < 50; number++) different.add(show(1, number)).add(show(2, number));
    assert.ok(different.size > 95, `${different.size} of 100 are different`);
  });
});
