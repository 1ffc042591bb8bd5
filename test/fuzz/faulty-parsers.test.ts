// The checks of the fuzzer detect faults: each of these parsers has one.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Parser, ProtocolError, type Reply, ReplyError } from "../../src/resp/index.ts";
import { runCases } from "./fuzz.ts";
import { type MakeParser, parserTarget } from "./parser.ts";

const CASES = 1500;
const RANGE = { target: "parser", seed: 9, first: 0, count: CASES };

/** A parser that handles each piece differently. */
const writing =
  (write: (parser: Parser, piece: Uint8Array) => void): MakeParser =>
  (options) => {
    const parser = new Parser(options);
    return { write: (piece) => write(parser, piece) };
  };

/** A parser that changes each reply. */
const giving =
  (change: (reply: Reply) => Reply): MakeParser =>
  (options) =>
    new Parser({ ...options, onReply: (reply) => options.onReply(change(reply)) });

const faulty: Readonly<Record<string, MakeParser>> = {
  "loses a CR at the end of a piece": writing((parser, piece) =>
    parser.write(piece.at(-1) === 13 && piece.length > 1 ? piece.subarray(0, -1) : piece),
  ),
  "reads the buffer around a piece": writing((parser, piece) =>
    parser.write(new Uint8Array(piece.buffer, 0, piece.length)),
  ),
  "changes a piece": writing((parser, piece) => {
    parser.write(Uint8Array.from(piece));
    if (piece.length > 3) piece[piece.length - 1] = 0;
  }),
  "fails with any error": writing((parser, piece) => {
    try {
      parser.write(piece);
    } catch {
      throw new TypeError("cannot read properties of undefined");
    }
  }),
  "fails with another error each time": writing((parser, piece) => {
    try {
      parser.write(piece);
    } catch {
      throw new ProtocolError("no");
    }
  }),
  "never fails": writing((parser, piece) => {
    try {
      parser.write(piece);
    } catch {
      // Continues as if nothing had been wrong.
    }
  }),
  "restarts after a failure": (options) => {
    let parser = new Parser(options);
    return {
      write(piece) {
        try {
          parser.write(piece);
        } catch (error) {
          parser = new Parser(options);
          throw error;
        }
      },
    };
  },
  "quotes all data in its error": writing((parser, piece) => {
    try {
      parser.write(piece);
    } catch (error) {
      throw error instanceof ProtocolError ? Object.assign(error, { message: "x".repeat(1000) }) : error;
    }
  }),
  "delivers replies one write too late": (options) => {
    let late: Reply[] = [];
    const parser = new Parser({ ...options, onReply: (reply) => late.push(reply) });
    return {
      write(piece) {
        for (const reply of late) options.onReply(reply);
        late = [];
        parser.write(piece);
      },
    };
  },
  "delivers bodies that it overwrites": (options) => {
    const shared = Buffer.alloc(300_000);
    return giving((reply) => {
      if (!Buffer.isBuffer(reply)) return reply;
      reply.copy(shared);
      return shared.subarray(0, reply.length);
    })(options);
  },
  "retains what it has read": (options) => {
    const kept: Buffer[] = [];
    return writing((parser, piece) => {
      kept.push(Buffer.allocUnsafeSlow(2 ** 21));
      parser.write(piece);
    })(options);
  },
  "has no limits": ({ onReply }) => new Parser({ onReply }),
  "rounds integers": giving((reply) => (typeof reply === "bigint" ? Number(reply) : reply)),
  "returns minus zero": giving((reply) => (reply === 0 ? -0 : reply)),
  "reads text as Latin-1": giving((reply) =>
    typeof reply === "string" ? Buffer.from(reply).toString("latin1") : reply,
  ),
  "skips a byte order mark": giving((reply) =>
    typeof reply === "string" ? new TextDecoder().decode(Buffer.from(reply)) : reply,
  ),
  "returns an error as text": giving((reply) => (reply instanceof ReplyError ? reply.message : reply)),
  "returns an empty array as null": giving((reply) =>
    Array.isArray(reply) && reply.length === 0 ? null : reply,
  ),
};

describe("the fuzzer detects a parser that", () => {
  for (const [fault, makeParser] of Object.entries(faulty)) {
    it(fault, async () => {
      const outcome = await runCases(parserTarget(makeParser), RANGE);
      assert.ok(outcome.failed);
    });
  }
});
