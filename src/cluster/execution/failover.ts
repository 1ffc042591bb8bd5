// Decides whether a failed call is retried, and for how long.

import type { Resend } from "../../commands/definition.ts";
import {
  ClosedError,
  ConnectionError,
  DisqueError,
  ProtocolError,
  type ReplyError,
  TimeoutError,
} from "../../resp/index.ts";
import { now } from "../../resp/timers.ts";
import { Backoff, Failures } from "../failures.ts";

/** Whether the command may have run although no reply arrived. */
export function mayHaveRun(error: DisqueError): boolean {
  if (error instanceof ConnectionError) return error.sent;
  // These two errors end a connection on which the command was sent: a failure to connect is a `ConnectionError`. All other
  // errors are replies, or occur before there is a connection.
  return error instanceof TimeoutError || error instanceof ProtocolError;
}

/**
 * Whether the node seems to be down or frozen: the command could not be sent, or a reply was overdue. Calls then prefer other
 * nodes, since an attempt to connect to a frozen node takes the whole `connectTimeout` to fail.
 */
export function isNodeAway(error: DisqueError): boolean {
  return !mayHaveRun(error) || error instanceof TimeoutError || error.cause instanceof TimeoutError;
}

/** Whether the connection ended because the client closed it, not because it failed. */
export function wasClosedByUs(error: DisqueError): boolean {
  return error instanceof ConnectionError && error.cause instanceof ClosedError;
}

/**
 * What an error reply means:
 * - `answer`: the call rejects with it.
 * - `unavailable`: the node takes no commands now; others may.
 * - `leaving`: the node is leaving the cluster.
 * - `full`: another node may have room for the job.
 */
export type Verdict = "answer" | "unavailable" | "leaving" | "full";

export function judge({ code, message }: ReplyError): Verdict {
  switch (code) {
    case "LOADING":
    case "NOAUTH":
      return "unavailable";
    case "LEAVING":
      return "leaving";
    case "NOREPL":
      // job.c, addjobCommand: a leaving node keeps no copy, so it needs one more node than others do.
      return message.includes("I'm leaving the cluster") ? "leaving" : "answer";
    case "OOM":
      return "full";
    default:
      return "answer";
  }
}

/**
 * Whether the call rejects with an error reply that is about the node rather than the command. Otherwise it may be retried.
 */
export function isFinal(
  verdict: Verdict,
  { code }: ReplyError,
  { hasOwner, resend }: { readonly hasOwner: boolean; readonly resend: Resend },
): boolean {
  // No other node can run the command, and this node will not have room soon.
  if (verdict === "full") return hasOwner;
  // An ADDJOB whose job is being replicated is also answered with LEAVING (server.c, clientsCronHandleTimeout). The server
  // tries to delete the copies but may fail, so the job may exist.
  return code === "LEAVING" && resend === "never";
}

/** Limits how long a call is retried, and provides the error that it rejects with when that time has passed. */
export class RetryBudget {
  readonly #deadline: number;
  readonly #backoff: Backoff = new Backoff();
  readonly #failures: Failures = new Failures();
  #sent = false;

  /** Created at the first failure. The time starts then. */
  constructor(milliseconds: number) {
    this.#deadline = now() + milliseconds;
  }

  /** The remaining milliseconds. */
  get left(): number {
    return Math.max(0, this.#deadline - now());
  }

  /**
   * Counts a failure. Returns the delay before the next attempt in milliseconds, or `undefined` if there is not enough time
   * left for another attempt.
   */
  delayAfter(failure: DisqueError): number | undefined {
    this.#failures.add(failure);
    this.#sent ||= mayHaveRun(failure);
    // The first retry is immediate: often another connection is already open.
    const delay = this.#failures.count === 1 ? 0 : this.#backoff.next();
    return delay > this.left ? undefined : delay;
  }

  /** The error for the caller. It says why the attempts failed and, with `last`, also why no other node could be reached. */
  error(last?: ConnectionError): ConnectionError {
    const failures = new Failures();
    for (const error of last?.errors ?? []) if (error instanceof DisqueError) failures.add(error);
    const summary = `gave up after ${this.#failures.count} attempts`;
    const { message, details } = this.#failures.describe(summary, failures);
    return new ConnectionError(message, { ...details, sent: this.#sent });
  }
}
