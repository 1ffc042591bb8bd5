// What to do with a call that failed. Pure: the decisions, not their carrying out.

import { ConnectionError, type DisqueError, ProtocolError, ReplyError, TimeoutError } from "../resp/index.ts";
import type { Request } from "./request.ts";

/** Whether the command may have been run although no reply came. */
export function mayHaveRun(error: DisqueError): boolean {
  if (error instanceof ConnectionError) return error.sent;
  // A connection is destroyed when a reply is overdue or malformed, and the command was on it; a lane that could not
  // be opened says so with a `ConnectionError`. Any other error came before there was a connection.
  return error instanceof TimeoutError || error instanceof ProtocolError;
}

/** A wrong password is wrong on every node, and to try it again and again is what attackers do. */
export function isRefusal(error: DisqueError): boolean {
  return error instanceof ReplyError && (error.command === "AUTH" || error.code === "NOAUTH");
}

/**
 * - `answer`: it is for the caller.
 * - `elsewhere`: the node takes no commands now, others may.
 * - `leaving`: likewise, and it will not be back.
 * - `full`: another node may have room for the job.
 */
export type Verdict = "answer" | "elsewhere" | "leaving" | "full";

export function judge({ code, message }: ReplyError): Verdict {
  switch (code) {
    case "LOADING":
      return "elsewhere";
    case "LEAVING":
      return "leaving";
    case "NOREPL":
      // job.c, addjobCommand: a leaving node keeps no copy, so it needs one more node than another would.
      return message.includes("I'm leaving the cluster") ? "leaving" : "answer";
    case "OOM":
      return "full";
    default:
      return "answer";
  }
}

/** Whether a refusal is for the caller after all, although it is not about the command. */
export function isLastWord(verdict: Verdict, { code }: ReplyError, { bound, resend }: Request): boolean {
  // No other node has the job, and this one will have no room for it soon.
  if (verdict === "full") return bound;
  // An ADDJOB that was waiting for replicas is answered so too (server.c, clientsCronHandleTimeout), and then the server
  // only tries to delete the copies that there are.
  return code === "LEAVING" && resend === "never";
}
