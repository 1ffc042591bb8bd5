import type { Argument, Receiver } from "../../resp/index.ts";
import type { ReadyConnection } from "./handshake.ts";

/** A command on its way to a node. Exactly one of `onReply` and `onFailure` is called in the end. */
export interface Submission extends Receiver {
  /** The words and arguments. */
  readonly command: readonly Argument[];
  /** How long to wait for the reply, in milliseconds without progress. */
  readonly timeout: number;
  /** Whether the reply is no longer wanted. Such a command is not written if it has not been written yet. */
  readonly isCancelled: boolean;
  /** Called when the command has been handed to a connection. */
  onSubmitted(via: ReadyConnection): void;
}
