// The reader of jobs, fed with replies to GETJOB, some of them damaged: it must make no difference.

import assert from "node:assert/strict";
import type { Job } from "../../src/commands/job.ts";
import { JobReader } from "../../src/commands/job-reader.ts";
import { jobs } from "../../src/commands/replies.ts";
import { Parser, ProtocolError, type Reply } from "../../src/resp/index.ts";
import type { Choices } from "./choices.ts";
import { mutate } from "./mutations.ts";
import { cut, type Pieces } from "./pieces.ts";
import { quoted } from "./same-replies.ts";
import type { Case, Target } from "./target.ts";

export const jobsTarget: Target = {
  name: "jobs",
  share: 0.25,
  prepare: (choices) => new JobsCase(choices),
};

type Read = () => JobReader | undefined;

class JobsCase implements Case {
  readonly traits: string[];
  readonly #bytes: Buffer;
  readonly #pieces: Pieces;

  constructor(choices: Choices) {
    const replies = Array.from({ length: choices.between(1, 3) }, () => jobsReply(choices));
    const valid = Buffer.concat(replies);
    const { bytes, mutations } = choices.chance(0.6)
      ? mutate(choices, valid)
      : { bytes: valid, mutations: ["valid"] };
    this.#bytes = bytes;
    this.#pieces = cut(choices, bytes);
    this.traits = [this.#pieces.cutting, ...mutations];
  }

  run(): void {
    const { pieces } = this.#pieces;
    const expected = outcome([this.#bytes], () => undefined);
    this.traits.push(expected.refused ? "refused" : "read");
    let readers = 0;
    const reader: Read = () => {
      readers++;
      return JobReader.of("node");
    };
    assert.deepEqual(outcome([this.#bytes], reader), expected, "with the reader of jobs");
    assert.deepEqual(outcome(pieces, reader), expected, "with the reader of jobs, in pieces");
    if (readers > 0) this.traits.push("with a reader");
  }

  show(): string {
    const lengths = this.#pieces.pieces.map(({ length }) => length);
    return `jobs: ${quoted(this.#bytes)}\npieces: ${lengths.slice(0, 200)}`;
  }
}

interface Outcome {
  /** What the client makes of each reply, as text: the jobs, or what is wrong with them. */
  readonly replies: readonly string[];
  readonly refused: boolean;
}

function outcome(pieces: readonly Uint8Array[], read: Read): Outcome {
  const given: Reply<Job>[] = [];
  const parser = new Parser<Job>({ onReply: (reply) => given.push(reply), elementReader: read });
  let refused = false;
  try {
    for (const piece of pieces) parser.write(piece);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    refused = true;
  }
  return { replies: given.map(told), refused };
}

function told(reply: Reply<Job>): string {
  try {
    return JSON.stringify(jobs(reply, "node"));
  } catch (error) {
    // Which job is the first that is wrong may be seen in another order, but not that one is.
    if (error instanceof ProtocolError) return "no jobs";
    throw error;
  }
}

function jobsReply(choices: Choices): Buffer {
  if (choices.chance(0.05)) return Buffer.from("*-1\r\n");
  const items = Array.from({ length: choices.between(0, 5) }, () => oneJob(choices));
  return Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items]);
}

function oneJob(choices: Choices): Buffer {
  const id = `D-0123abcd-${String(choices.between(0, 999)).padStart(24, "A")}-05a1`;
  const queue = choices.pick(["mail", "", "größe", "a\r\nb", "q".repeat(300)]);
  const body = choices.pick(["", "body", "$5\r\n", "\r\n", "*3\r\n$4\r\nmail\r\n$40\r\n", "x".repeat(2_000)]);
  const counters = choices.chance(0.2)
    ? ["nacks", choices.between(0, 20), "additional-deliveries", choices.between(0, 20)]
    : [];
  const fields = [queue, id, body, ...counters].map((field) =>
    typeof field === "number" ? `:${field}\r\n` : `$${Buffer.byteLength(field)}\r\n${field}\r\n`,
  );
  return Buffer.from(`*${fields.length}\r\n${fields.join("")}`);
}
