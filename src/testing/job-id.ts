import { randomBytes } from "node:crypto";
import { ErrorReply } from "./reply.ts";

const LENGTH = 40;
/** 144 bits, which are 24 characters in base64. */
const RANDOM_BYTES = 18;
const RANDOM_CHARACTERS = 24;

/**
 * Random characters are generated for this many ids at once: generating them for one id at a time would cost more than the rest
 * of ADDJOB.
 */
const IDS_PER_BATCH = 1024;

/** Generates the job ids of one node. */
export class JobIds {
  /** Random characters; those from index {@link #used} are unused. */
  #batch = "";
  #used = 0;

  /**
   * job.c, generateJobID: `D-`, the first 8 digits of the node's id, 144 random bits in base64, and the time to live in minutes
   * as 4 hexadecimal digits, made odd for at-least-once jobs and even for at-most-once jobs.
   */
  next(nodeId: string, ttl: number, retry: number): string {
    // The server truncates `ttl` and `retry` to 32-bit integers here.
    let minutes = Math.trunc((ttl | 0) / 60);
    if (minutes > 65535) minutes = 65535;
    if (minutes < 0) minutes = 1;
    minutes = (retry | 0) > 0 ? minutes | 1 : minutes & ~1;
    const digits = minutes.toString(16).padStart(4, "0");
    // Uses `join`, because a concatenated string keeps all its parts in memory, which takes three times as much.
    return ["D", nodeId.slice(0, 8), this.#randomCharacters(), digits].join("-");
  }

  #randomCharacters(): string {
    if (this.#used === this.#batch.length) {
      this.#batch = randomBytes(RANDOM_BYTES * IDS_PER_BATCH).toString("base64");
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += RANDOM_CHARACTERS;
    return this.#batch.slice(start, this.#used);
  }
}

/** job.c, validateJobID: the server checks only the length and the four fixed characters. */
export function jobId(argument: Buffer | undefined): string {
  const id = argument?.toString("latin1") ?? "";
  if (id.length !== LENGTH || !id.startsWith("D-") || id[10] !== "-" || id[35] !== "-") {
    throw new ErrorReply("BADID Invalid Job ID format.");
  }
  return id;
}

/** Validates all ids before any of them is used: job.c, validateJobIDs. */
export function jobIds(args: readonly Buffer[]): string[] {
  return args.slice(1).map(jobId);
}
