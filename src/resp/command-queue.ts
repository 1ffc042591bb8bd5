import { abortReason, onAbort, type Signal } from "./signals.ts";
import type { Reply } from "./types.ts";

/**
 * Receives the result of a command. Exactly one of the two methods is called, once and after `Connection.submit` has returned,
 * unless `submit` throws.
 */
export interface Receiver {
  onReply(reply: Reply): void;
  onFailure(reason: unknown): void;
}

/** A command that waits for its reply. */
export class PendingCommand {
  /** Milliseconds without progress after which the reply is overdue, and when the command was submitted or, later, sent. */
  readonly timeout: number;
  since: number;
  /** Where the command's bytes start and end in the stream of all bytes that are sent on the connection. */
  readonly start: number;
  readonly end: number;
  next: PendingCommand | undefined;
  /** Cleared once settled: an aborted command keeps its place in line but must not keep its receiver alive. */
  #receiver: Receiver | undefined;
  #stopListening: (() => void) | undefined;

  constructor(receiver: Receiver, timeout: number, since: number, start: number, end: number) {
    this.#receiver = receiver;
    this.timeout = timeout;
    this.since = since;
    this.start = start;
    this.end = end;
  }

  /** Fails with the reason of `signal` as soon as the signal is aborted. */
  abortOn(signal: Signal): void {
    this.#stopListening = onAbort(signal, () => this.fail(abortReason(signal)));
  }

  resolve(reply: Reply): void {
    this.#settle()?.onReply(reply);
  }

  fail(reason: unknown): void {
    this.#settle()?.onFailure(reason);
  }

  #settle(): Receiver | undefined {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    return receiver;
  }
}

/** The commands that wait for replies, in the order in which they were sent. */
export class CommandQueue {
  #first: PendingCommand | undefined;
  #last: PendingCommand | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): PendingCommand | undefined {
    return this.#first;
  }

  push(command: PendingCommand): void {
    if (this.#last === undefined) this.#first = command;
    else this.#last.next = command;
    this.#last = command;
    this.#length++;
  }

  shift(): PendingCommand | undefined {
    const command = this.#first;
    if (command === undefined) return undefined;
    this.#first = command.next;
    if (this.#first === undefined) this.#last = undefined;
    // A removed command that is not garbage-collected yet must not keep all later commands alive.
    command.next = undefined;
    this.#length--;
    return command;
  }
}
