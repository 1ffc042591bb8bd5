import type { Command } from "../commands/command.ts";
import type { Job } from "../commands/job.ts";
import type { Reply } from "../resp/index.ts";
import { PendingCommand } from "../resp/pending.ts";
import type { Node } from "./node.ts";
import type { Call } from "./request.ts";

/** A call that was sent to a node, and all that it takes to go on with it. */
export interface SentCall<Args extends readonly unknown[], Value> {
  readonly command: Command<Args, Value>;
  readonly args: Args;
  readonly call: Call;
  readonly node: Node;
  /** Settles the promise that the call gave. */
  readonly settle: (value: Value | Promise<Value>) => void;
}

/** Who is told how an exchange ended. */
interface Caller {
  onReply<Args extends readonly unknown[], Value>(sent: SentCall<Args, Value>, reply: Reply<Job>): void;
  onFailure<Args extends readonly unknown[], Value>(sent: SentCall<Args, Value>, reason: unknown): void;
}

/** The command that waits for the reply to a call. */
export class Exchange<Args extends readonly unknown[], Value> extends PendingCommand {
  readonly #caller: Caller;
  /** Until it failed: one that was aborted has its place until its reply comes, but must not keep a body for so long. */
  #sent: SentCall<Args, Value> | undefined;

  constructor(caller: Caller, sent: SentCall<Args, Value>) {
    const { call, node } = sent;
    super(call.signal, call.request.reader?.(node.member.id));
    this.#caller = caller;
    this.#sent = sent;
  }

  protected override onReply(reply: unknown): void {
    // What else stands in it than jobs is what a server can answer.
    if (this.#sent !== undefined) this.#caller.onReply(this.#sent, reply as Reply<Job>);
  }

  protected override onFailure(reason: unknown): void {
    const sent = this.#sent;
    this.#sent = undefined;
    if (sent !== undefined) this.#caller.onFailure(sent, reason);
  }
}
