// What to do with a call that failed. Pure: decisions only.

import type { Resend } from "../../commands/definition.ts";
import {
  ClosedError,
  ConnectionError,
  type DisqueError,
  ProtocolError,
  type ReplyError,
  TimeoutError,
} from "../../resp/index.ts";

/** Whether the command may have run although no reply came. */
export function mayHaveRun(error: DisqueError): boolean {
  if (error instanceof ConnectionError) return error.sent;
  // A connection is destroyed when a reply is overdue or malformed, and the command was on it. A connection that could not be
  // opened is reported as a `ConnectionError`, and any other error came before there was a connection.
  return error instanceof TimeoutError || error instanceof ProtocolError;
}

/**
 * Whether the node seems to be away: no connection could be opened, or one was given up because a reply was overdue. If it is
 * frozen, a new connection would take the whole `connectTimeout` to fail.
 */
export function isNodeAway(error: DisqueError): boolean {
  return !mayHaveRun(error) || error instanceof TimeoutError || error.cause instanceof TimeoutError;
}

/** Whether the connection ended because the client closed it, rather than failed. */
export function wasClosedByUs(error: DisqueError): boolean {
  return error instanceof ConnectionError && error.cause instanceof ClosedError;
}

/**
 * - `answer`: it is for the caller.
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

/** Whether an error reply that is not about the command is for the caller nevertheless. */
export function isFinal(
  verdict: Verdict,
  { code }: ReplyError,
  { hasOwner, resend }: { readonly hasOwner: boolean; readonly resend: Resend },
): boolean {
  // No other node has the job, and this one will have no room for it soon.
  if (verdict === "full") return hasOwner;
  // A waiting ADDJOB is answered so too (server.c, clientsCronHandleTimeout), and then the server only tries to delete its copies.
  return code === "LEAVING" && resend === "never";
}
