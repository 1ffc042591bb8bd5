// Commands that are encoded, split and read by the server of `disque/testing` are unchanged.

import assert from "node:assert/strict";
import { type Argument, CommandEncoder, encodeCommand } from "../../src/resp/index.ts";
import { RequestParser } from "../../src/testing/request.ts";
import type { Choices } from "./choices.ts";
import { anyArguments, bytesOf } from "./commands.ts";
import { cut, type Pieces } from "./pieces.ts";
import { quoted } from "./same-replies.ts";
import type { Case, Target } from "./target.ts";

export const roundTripTarget: Target = {
  name: "round-trip",
  share: 0.25,
  prepare: (choices) => new RoundTripCase(choices),
};

class RoundTripCase implements Case {
  readonly traits: readonly string[];
  readonly #commands: readonly (readonly Argument[])[];
  readonly #bytes: Buffer;
  readonly #pieces: Pieces;

  constructor(choices: Choices) {
    const count = choices.chance(0.1) ? choices.between(4, 16) : choices.between(1, 3);
    this.#commands = Array.from({ length: count }, () => anyArguments(choices));
    const batched = choices.chance(0.5);
    this.#bytes = Buffer.concat(
      batched ? batches(choices, this.#commands) : this.#commands.map(encodeCommand),
    );
    this.#pieces = cut(choices, this.#bytes);
    this.traits = [batched ? "in batches" : "one by one", this.#pieces.cutting];
  }

  run(): void {
    const expected = this.#commands.map((args) => args.map(bytesOf));
    assert.ok(this.#bytes.equals(Buffer.concat(expected.map(framed))), "other bytes");
    const parser = new RequestParser();
    const read: Buffer[][] = [];
    for (const piece of this.#pieces.pieces) {
      parser.push(Buffer.from(piece));
      for (let request = parser.next(); request !== null; request = parser.next()) {
        assert.equal(request.kind, "command");
        if (request.kind === "command") read.push(request.args);
      }
    }
    assert.equal(parser.unread, 0);
    assert.equal(read.length, expected.length, "commands that were read");
    for (const [index, args] of expected.entries()) {
      const same =
        read[index]?.length === args.length && args.every((arg, at) => read[index]?.[at]?.equals(arg));
      assert.ok(same, `command ${index} has other arguments`);
    }
  }

  show(): string {
    const lengths = this.#pieces.pieces.map(({ length }) => length);
    return `commands: ${quoted(this.#bytes)}\npieces: ${lengths.slice(0, 200)}`;
  }
}

/** Encoded bytes are taken now and then, as a connection does. */
function batches(choices: Choices, commands: readonly (readonly Argument[])[]): Uint8Array[] {
  const encoder = new CommandEncoder();
  const taken: Uint8Array[] = [];
  for (const command of commands) {
    encoder.add(command);
    if (choices.chance(0.3)) taken.push(...encoder.take());
  }
  return [...taken, ...encoder.take()];
}

function framed(args: readonly Buffer[]): Buffer {
  const parts = args.flatMap((arg) => [Buffer.from(`$${arg.length}\r\n`), arg, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}
