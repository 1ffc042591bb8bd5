import type { Command } from "../commands/command.ts";
import type { Job } from "../commands/job.ts";
import type { Reply } from "../resp/index.ts";
import { PendingCommand } from "../resp/pending.ts";
import type { Node } from "./node.ts";
import type { Call } from "./request.ts";

/** Who is told how an exchange ended. */
interface Caller {
  onReply<Args extends readonly unknown[], Value>(exchange: Exchange<Args, Value>, reply: Reply<Job>): void;
  onFailure<Args extends readonly unknown[], Value>(exchange: Exchange<Args, Value>, reason: unknown): void;
}

/** A call on its way to a node: the command that waits for the reply, with all that it takes to settle the call then. */
export class Exchange<Args extends readonly unknown[], Value> extends PendingCommand {
  readonly command: Command<Args, Value>;
  readonly args: Args;
  readonly call: Call;
  readonly node: Node;
  /** Settles the promise that the call gave. */
  readonly settle: (value: Value | Promise<Value>) => void;
  readonly #caller: Caller;

  constructor(
    caller: Caller,
    command: Command<Args, Value>,
    args: Args,
    call: Call,
    node: Node,
    settle: (value: Value | Promise<Value>) => void,
  ) {
    super(call.signal, call.request.reader?.(node.member.id));
    this.command = command;
    this.args = args;
    this.call = call;
    this.node = node;
    this.settle = settle;
    this.#caller = caller;
  }

  protected override onReply(reply: unknown): void {
    // What else stands in it than jobs is what a server can answer.
    this.#caller.onReply(this, reply as Reply<Job>);
  }

  protected override onFailure(reason: unknown): void {
    this.#caller.onFailure(this, reason);
  }
}
