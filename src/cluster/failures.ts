// Collects the reasons why attempts failed, for the error that a call rejects with, and decides how long to wait between
// attempts. The number and length of the reasons are bounded, since nodes choose the texts and there may be many nodes.

import { ConnectionError, type ConnectionErrorDetails, type DisqueError, ReplyError } from "../resp/index.ts";
import { printable } from "./tracing.ts";

/** Maximum number of errors that are kept, and maximum length of a message in characters. */
const MAX_ERRORS = 16;
const MAX_MESSAGE = 2_000;
/** Maximum length of the message of one error, in characters. */
const MAX_REASON = 300;

/** The failures of several attempts. */
export class Failures {
  readonly #errors: DisqueError[] = [];
  readonly #reasons: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** `node` is the name of the node that failed. It is put before the message of an error reply, which does not name it. */
  add(error: DisqueError, node?: string): void {
    this.#count++;
    if (this.#errors.length >= MAX_ERRORS) return;
    const kept = withoutFrames(bounded(error));
    const isUnnamed = node !== undefined && kept instanceof ReplyError;
    this.#errors.push(kept);
    this.#reasons.push(isUnnamed ? `${node}: ${kept.message}` : kept.message);
  }

  /**
   * Returns the message, which starts with `summary`, and the details for a `ConnectionError`. Several errors may share the
   * result.
   */
  describe(summary: string, others?: Failures): { message: string; details: ConnectionErrorDetails } {
    const all = others === undefined ? [this] : [this, others];
    const errors = all.flatMap((each) => each.#errors).slice(0, MAX_ERRORS);
    const count = this.#count + (others?.count ?? 0);
    const reasons = [...new Set(all.flatMap((each) => each.#reasons))].join("; ");
    const more = count > errors.length ? `; and ${count - errors.length} more failures` : "";
    const room = MAX_MESSAGE - summary.length - more.length - 3;
    const listed = reasons.length > room ? `${reasons.slice(0, room)}…` : reasons;
    return { message: `${summary}: ${listed}${more}`, details: { errors } };
  }
}

/** Returns the error, or a replacement if its message is too long or not printable. */
function bounded(error: DisqueError): DisqueError {
  const message = printable(error.message);
  if (message === error.message && message.length <= MAX_REASON) return error;
  const short = message.length > MAX_REASON ? `${message.slice(0, MAX_REASON)}…` : message;
  if (error instanceof ReplyError) return new ReplyError(short, error.command);
  return new ConnectionError(short);
}

/**
 * Removes the stack frames from the error of an attempt: they only show where a socket was read, and would take memory for each
 * of thousands of calls.
 */
function withoutFrames(error: DisqueError): DisqueError {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

/** Minimum and maximum delay between two attempts, in milliseconds. */
const MIN_DELAY = 50;
const MAX_DELAY = 5_000;
/**
 * Upper bound of the first delay, in milliseconds. The bound doubles with each attempt. With a first bound of 200, two
 * seconds after 1,000 clients lost the same node, more than 100 of them would still connect within the same 100 ms.
 */
const FIRST_BOUND = 300;
/** The maximum fraction by which `jittered` lengthens or shortens a time. */
const JITTER = 1 / 4;

/**
 * Exponential backoff with full jitter: a random delay below a bound that doubles with each attempt. This keeps thousands of
 * clients that lost the same node from reconnecting at the same time.
 */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The delay before the next attempt, in milliseconds. */
  next(): number {
    const bound = Math.min(MAX_DELAY, FIRST_BOUND * 2 ** Math.min(this.#attempts++, 10));
    return MIN_DELAY + this.#random() * (bound - MIN_DELAY);
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/** Varies a time at random by up to a quarter, so that clients that started together do not stay synchronized. */
export function jittered(milliseconds: number, random: () => number = Math.random): number {
  return milliseconds * (1 + JITTER * (2 * random() - 1));
}
