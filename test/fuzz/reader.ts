// The command reader of `disque/testing`, fed with damaged commands.

import assert from "node:assert/strict";
import { type Request, RequestParser } from "../../src/testing/request.ts";
import type { Choices } from "./choices.ts";
import { encoded, serverCommand } from "./commands.ts";
import { mutate } from "./mutations.ts";
import { cut, type Pieces } from "./pieces.ts";
import { quoted } from "./same-replies.ts";
import type { Case, Target } from "./target.ts";

const LF = 10;

export const readerTarget: Target = {
  name: "reader",
  share: 0.25,
  prepare: (choices) => new ReaderCase(choices),
};

class ReaderCase implements Case {
  readonly traits: string[];
  readonly #bytes: Buffer;
  readonly #pieces: Pieces;

  constructor(choices: Choices) {
    const commands = Array.from({ length: choices.between(1, 6) }, () =>
      encoded(choices, serverCommand(choices)),
    );
    const { bytes, mutations } = mutate(choices, Buffer.concat(commands));
    this.#bytes = bytes;
    this.#pieces = cut(choices, bytes);
    this.traits = [this.#pieces.cutting, ...mutations];
  }

  run(): void {
    const whole = requestsIn([this.#bytes]);
    this.traits.push(whole.at(-1)?.kind === "violation" ? "violation" : "commands");
    const pieces = requestsIn(this.#pieces.pieces);
    // After a bare line feed the server skips one more byte, if it has arrived.
    const cutBehindLines = this.#pieces.pieces.slice(0, -1).some((piece) => piece.at(-1) === LF);
    if (!cutBehindLines) {
      assert.equal(pieces.length, whole.length, "requests in pieces");
      for (const [index, request] of whole.entries()) {
        assert.ok(isSame(request, pieces[index]), `request ${index} is another in pieces`);
      }
    }
  }

  show(): string {
    const lengths = this.#pieces.pieces.map(({ length }) => length);
    return `commands: ${quoted(this.#bytes)}\npieces: ${lengths.slice(0, 200)}`;
  }
}

function isSame(one: Request, other: Request | undefined): boolean {
  if (one.kind === "violation") return other?.kind === "violation" && other.text === one.text;
  if (other?.kind !== "command" || other.args.length !== one.args.length) return false;
  return one.args.every((arg, at) => other.args[at]?.equals(arg));
}

/** All requests up to the first violation, after which a server reads no more. */
function requestsIn(pieces: readonly Uint8Array[]): Request[] {
  const parser = new RequestParser();
  const requests: Request[] = [];
  let pushed = 0;
  let taken = 0;
  for (const piece of pieces) {
    parser.push(Buffer.from(piece));
    pushed += piece.length;
    for (let request = parser.next(); request !== null; request = parser.next()) {
      requests.push(request);
      if (request.kind === "violation") {
        assert.match(request.text, /^ERR Protocol error: /);
        return requests;
      }
      assert.ok(request.args.length > 0, "a command without a name");
      taken += request.args.reduce((sum, arg) => sum + arg.length, 0);
      assert.ok(requests.length <= pushed, "more commands than bytes");
    }
    assert.ok(parser.unread >= 0 && parser.unread + taken <= pushed, "bytes that never came");
  }
  return requests;
}
