import type { Command } from "../commands/command.ts";
import type { Reply, Receiver as Waiter } from "../resp/index.ts";
import type { Node } from "./node.ts";
import type { Call } from "./request.ts";

/** Who is told how an exchange ended. */
interface Caller {
  onReply<Args extends readonly unknown[], Value>(exchange: Exchange<Args, Value>, reply: Reply): void;
  onFailure<Args extends readonly unknown[], Value>(exchange: Exchange<Args, Value>, reason: unknown): void;
}

const nobody = (): void => {};
/** What settles the promise that is being made. */
let settler: (value: never) => void = nobody;

/** The executor of all promises here: a closure for each would cost as much as the promise itself (bench/NOTES.md). */
function takeSettler(settle: (value: never) => void): void {
  settler = settle;
}

/** A call that was sent to a node and waits for the reply, with all that it takes to go on with it. */
export class Exchange<Args extends readonly unknown[], Value> implements Waiter {
  readonly command: Command<Args, Value>;
  readonly args: Args;
  readonly call: Call;
  readonly node: Node;
  /** What the call gave its caller, and what settles it. */
  readonly promise: Promise<Value>;
  readonly settle: (value: Value | Promise<Value>) => void;
  readonly #caller: Caller;

  constructor(caller: Caller, command: Command<Args, Value>, args: Args, call: Call, node: Node) {
    this.#caller = caller;
    this.command = command;
    this.args = args;
    this.call = call;
    this.node = node;
    this.promise = new Promise<Value>(takeSettler);
    // The executor ran meanwhile, for this very promise.
    this.settle = settler as (value: Value | Promise<Value>) => void;
    settler = nobody;
  }

  onReply(reply: unknown): void {
    // What else stands in it than jobs is what a server can answer.
    this.#caller.onReply(this, reply as Reply);
  }

  onFailure(reason: unknown): void {
    this.#caller.onFailure(this, reason);
  }
}
