import type { Argument, Receiver } from "../../resp/index.ts";
import type { ReadyConnection } from "./handshake.ts";

/** A command on its way to a node. Exactly one of `onReply` and `onFailure` is called in the end. */
export interface Submission extends Receiver {
  /** The words and arguments. */
  readonly command: readonly Argument[];
  /** How long to wait for the reply, in milliseconds without progress. */
  readonly timeout: number;
  /** Nobody waits for the reply: a command that was not written yet need not be. */
  readonly isCancelled: boolean;
  /** The command was handed to this connection. */
  onSubmitted(via: ReadyConnection): void;
}
