// Collects why attempts failed, for the error that a call rejects with. Everything is bounded, since nodes choose the texts and
// there may be many nodes.

import { ConnectionError, type ConnectionErrorDetails, type DisqueError, ReplyError } from "../resp/index.ts";
import { printable } from "./tracing.ts";

/** Maximum number of errors that are kept, and maximum characters of a message. */
const MAX_ERRORS = 16;
const MAX_MESSAGE = 2_000;
/** Maximum characters of the message of one error. */
const MAX_REASON = 300;

/** The failures of several attempts. */
export class Failures {
  readonly #errors: DisqueError[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(error: DisqueError): void {
    this.#count++;
    if (this.#errors.length < MAX_ERRORS) this.#errors.push(withoutFrames(bounded(error)));
  }

  /** The details of a `ConnectionError` whose message starts with `summary`. They may be shared by many errors. */
  describe(summary: string, others?: Failures): { message: string; details: ConnectionErrorDetails } {
    const errors = [...this.#errors, ...(others === undefined ? [] : others.#errors)].slice(0, MAX_ERRORS);
    const count = this.#count + (others?.count ?? 0);
    const reasons = [...new Set(errors.map(({ message }) => message))].join("; ");
    const more = count > errors.length ? `; and ${count - errors.length} more failures` : "";
    const room = MAX_MESSAGE - summary.length - more.length - 3;
    const listed = reasons.length > room ? `${reasons.slice(0, room)}…` : reasons;
    return { message: `${summary}: ${listed}${more}`, details: { errors } };
  }
}

/** The error, or a replacement with a shorter message. */
function bounded(error: DisqueError): DisqueError {
  const message = printable(error.message);
  if (message === error.message && message.length <= MAX_REASON) return error;
  const short = message.length > MAX_REASON ? `${message.slice(0, MAX_REASON)}…` : message;
  if (error instanceof ReplyError) return new ReplyError(short, error.command);
  return new ConnectionError(short);
}

/** Drops the stack of a failed attempt. It only shows where a socket was read, and thousands of calls may each keep one. */
function withoutFrames(error: DisqueError): DisqueError {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}
