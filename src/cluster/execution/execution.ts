import type { Resend } from "../../commands/definition.ts";
import { isRefusal } from "../../commands/hello.ts";
import {
  type Argument,
  ClosedError,
  ConnectionError,
  DisqueError,
  type Reply,
  ReplyError,
} from "../../resp/index.ts";
import { abortReason, onAbort } from "../../resp/signals.ts";
import { sleep } from "../../resp/timers.ts";
import { CallDeadline } from "../abort.ts";
import type { ReadyConnection } from "../connections/handshake.ts";
import type { Node } from "../connections/node.ts";
import type { Submission } from "../connections/persistent-connection.ts";
import { debug, printable } from "../tracing.ts";
import { isFinal, isNodeAway, judge, mayHaveRun, RetryBudget, wasClosedByUs } from "./failover.ts";
import {
  type Cancellable,
  checkedCommand,
  type ExecutionContext,
  type PreparedCall,
  replyTimeout,
  type Target,
} from "./prepared-call.ts";

/**
 * The execution of one command. The command is submitted to a node; the outcome is a value, an error, or another attempt.
 *
 * ```
 * start ─> submit ─> onReply or onFailure ─> value or error
 *            ^               │
 *            └──── retry <───┘
 * ```
 */
export class Execution<Args extends readonly unknown[], Value> implements Submission, Cancellable {
  readonly #context: ExecutionContext;
  readonly #call: PreparedCall<Args, Value>;
  readonly #target: Target;
  readonly #onSettled: ((node: Node | undefined) => void) | undefined;
  #resolve: ((value: Value | Promise<Value>) => void) | undefined;
  #isSettled = false;
  /** The node and the connection to which the command was submitted last. */
  #node: Node | undefined;
  #via: ReadyConnection | undefined;
  /** Where the command may be sent next. This is restricted once the command may have run. */
  #scope: Resend = "any-node";
  #budget: RetryBudget | undefined;
  /** The number of copies that were last requested; `undefined` means the server's default. */
  #copies: number | undefined;
  #avoided: Set<Node> | undefined;
  #deadline: CallDeadline | undefined;
  #removeListener: (() => void) | undefined;
  /** Called when the late reply to an abandoned call has been dealt with. */
  #onAnswered: (() => void) | undefined;
  #stopWaiting: AbortController | undefined;

  constructor(
    context: ExecutionContext,
    call: PreparedCall<Args, Value>,
    target: Target,
    onSettled?: (node: Node | undefined) => void,
  ) {
    this.#context = context;
    this.#call = call;
    this.#target = target;
    this.#onSettled = onSettled;
  }

  /** A getter, since it is read when the command is written: by then, the number of copies may have been reduced. */
  get command(): readonly Argument[] {
    const command = checkedCommand(this.#call);
    const { choosesCopies, definition, args } = this.#call;
    this.#copies = choosesCopies ? this.#context.cluster.copies : undefined;
    if (this.#copies === undefined) return command;
    return definition.encodeWithCopies?.(this.#copies, ...args) ?? command;
  }

  get timeout(): number {
    return replyTimeout(this.#call, this.#context.settings.commandTimeout);
  }

  get isCancelled(): boolean {
    return this.#isSettled;
  }

  start(): Promise<Value> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#begin();
    });
  }

  #begin(): void {
    const { signal, commandTimeout } = this.#call;
    if (signal !== undefined) {
      this.#removeListener = onAbort(signal, () => this.#abandon(abortReason(signal)));
    }
    // The signal may have been aborted since the arguments were checked. In that case, it emits no further event.
    if (signal?.aborted) {
      this.#abandon(abortReason(signal));
      return;
    }
    if (commandTimeout !== undefined) {
      this.#deadline = new CallDeadline(commandTimeout + this.#call.blocks, {
        progressAt: () => this.#via?.connection.progressAt ?? 0,
        onOverdue: (error) => this.#abandon(error),
      });
    }
    const node = this.#target.node ?? this.#context.cluster.primary;
    if (node === undefined) void this.#submitToPrimary();
    else this.#submit(node);
  }

  /** Settles the call before its reply arrives; jobs in that reply are given back. Returns false if already settled. */
  settleEarly(value: Value): boolean {
    if (this.#isSettled) return false;
    this.#leave(value);
    return true;
  }

  /** Rejects the call without waiting for its reply. Creates a new error, so that its stack shows the caller. */
  cancel({ message }: ClosedError): void {
    this.#abandon(new ClosedError(message));
  }

  onSubmitted(via: ReadyConnection): void {
    this.#via = via;
  }

  onReply(reply: Reply): void {
    if (this.#isSettled) void this.#giveBack(reply);
    else if (reply instanceof ReplyError) this.#onErrorReply(reply);
    else {
      let value: Value;
      try {
        value = this.#decode(reply);
      } catch (error) {
        this.#reject(error);
        return;
      }
      this.#settle(value);
    }
  }

  onFailure(reason: unknown): void {
    if (this.#isSettled) {
      this.#onAnswered?.();
      return;
    }
    if (!(reason instanceof DisqueError) || isRefusal(reason)) {
      this.#reject(reason);
      return;
    }
    const { definition, resend } = this.#call;
    if (definition.closesConnection && reason instanceof ConnectionError && reason.sent) {
      this.onReply("OK");
      return;
    }
    if (this.#context.isClosing() && wasClosedByUs(reason)) {
      this.#reject(new ClosedError("the client was destroyed"));
      return;
    }
    if (mayHaveRun(reason)) this.#scope = resend;
    if (this.#node !== undefined && isNodeAway(reason)) this.#context.cluster.setAside(this.#node);
    if (this.#scope === "never" || this.#context.isClosing()) this.#reject(reason);
    else void this.#retry(reason, this.#scope === "same-node" ? this.#node : undefined);
  }

  /** Repeats an ADDJOB with fewer copies, retries if the node cannot serve the command now, or rejects with the reply. */
  #onErrorReply(reply: ReplyError): void {
    const error = this.#via?.redactor.error(reply) ?? reply;
    const { cluster } = this.#context;
    const node = this.#node;
    if (node !== undefined && this.#mayReduceCopies(error)) {
      const copies = cluster.replication.reduce(this.#copies, cluster.size);
      if (copies !== undefined) {
        debug("ADDJOB: with %d copies after %s", copies, error.message);
        this.#submit(node);
        return;
      }
    }
    const answer = new ReplyError(error.message, this.#call.definition.name);
    const verdict = judge(error);
    if (verdict === "answer" || node === undefined) {
      this.#reject(answer);
      return;
    }
    if (verdict === "leaving") cluster.markLeaving(node);
    if (verdict === "unavailable") cluster.setAside(node);
    this.#avoided ??= new Set();
    this.#avoided.add(node);
    const mustStay = this.#call.hasOwner || this.#scope === "same-node" || this.#target.isPinned;
    const other = mustStay ? node : cluster.otherThan(this.#avoided);
    const isOver = isFinal(verdict, error, this.#call) || (verdict === "full" && other === undefined);
    if (isOver || this.#context.isClosing()) {
      this.#reject(answer);
      return;
    }
    if (other === undefined) this.#avoided.clear();
    void this.#retry(error, other);
  }

  /**
   * Whether to repeat the ADDJOB with fewer copies: only if the server did not add the job, or if adding it twice is allowed.
   */
  #mayReduceCopies({ code, message }: ReplyError): boolean {
    const { choosesCopies, resend } = this.#call;
    if (!choosesCopies || code !== "NOREPL" || message.includes("I'm leaving the cluster")) return false;
    return resend === "any-node" || !message.startsWith("NOREPL Timeout");
  }

  /**
   * If the budget allows, submits the command again after a pause: to `node`, or to the primary node if `node` is undefined.
   */
  async #retry(failure: DisqueError, node: Node | undefined): Promise<void> {
    const { settings } = this.#context;
    this.#via = undefined;
    const isFirst = this.#budget === undefined;
    this.#budget ??= new RetryBudget(settings.failoverTimeout);
    const pause = this.#budget.delayAfter(failure);
    if (pause === undefined || (this.#target.isPinned && !isFirst)) {
      this.#reject(failure instanceof ReplyError ? failure : this.#budget.error());
      return;
    }
    debug("%s: again after %s", String(this.#call.command[0]), failure.message);
    try {
      if (pause > 0) await this.#waitIdle((signal) => sleep(pause, signal));
      if (this.#isSettled) return;
    } catch (error) {
      this.#reject(error);
      return;
    }
    const next = this.#target.isPinned ? this.#target.node : node;
    if (next === undefined) await this.#submitToPrimary();
    else this.#submit(next);
  }

  async #submitToPrimary(): Promise<void> {
    const { cluster, settings } = this.#context;
    const budget = this.#budget;
    try {
      const node = await this.#waitIdle((signal) =>
        cluster.findPrimary(budget?.left ?? settings.failoverTimeout, signal),
      );
      if (!this.#isSettled) this.#submit(node);
    } catch (error) {
      const isUnreachable = budget !== undefined && error instanceof ConnectionError;
      this.#reject(isUnreachable ? budget.error(error) : error);
    }
  }

  #submit(node: Node): void {
    this.#node = node;
    this.#via = undefined;
    const { cluster } = this.#context;
    const { connection } = this.#call;
    // In a cluster of one node, the server answers an ADDJOB without waiting for other nodes.
    const kind = connection === "adding" && cluster.size <= 1 ? "shared" : connection;
    try {
      node.submit(this, kind);
    } catch (error) {
      this.onFailure(error);
    }
  }

  /** Runs `work` with a signal that is aborted when the client closes or the call ends. */
  async #waitIdle<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    this.#stopWaiting = controller;
    this.#context.idle.add(this);
    try {
      if (this.#context.isClosing()) throw new ClosedError("the client is closed");
      return await work(controller.signal);
    } finally {
      this.#context.idle.delete(this);
    }
  }

  get #nodeId(): string {
    return this.#via?.hello.id ?? this.#node?.known.id ?? "";
  }

  #decode(reply: Reply): Value {
    const { definition, args } = this.#call;
    const node = this.#nodeId;
    const value = definition.decode(reply, { args, node });
    if (definition.fetches !== undefined && this.#node !== undefined) {
      this.#node.fetched += definition.fetches.jobsOf(value, node).length;
    }
    return value;
  }

  /** Rejects immediately. If the reply may contain jobs, the client still waits for it, to give the jobs back. */
  #abandon(reason: unknown): void {
    if (!this.#isSettled) this.#leave(this.#rejection(reason));
  }

  #leave(outcome: Value | Promise<Value>): void {
    if (this.#call.definition.fetches && this.#via !== undefined) {
      this.#context.lateJobs.expect(
        new Promise<void>((resolve) => {
          this.#onAnswered = resolve;
        }),
      );
    }
    this.#stopWaiting?.abort(new ClosedError("the call has ended"));
    this.#settle(outcome);
  }

  /** Gives back the jobs in the late reply to an abandoned call. */
  async #giveBack(reply: Reply): Promise<void> {
    try {
      const { fetches } = this.#call.definition;
      if (fetches !== undefined && !(reply instanceof ReplyError)) {
        await this.#context.lateJobs.giveBack(fetches.jobsOf(this.#decode(reply), this.#nodeId));
      }
    } catch (error) {
      debug("a late reply was refused: %s", error instanceof Error ? printable(error.message) : "");
    } finally {
      this.#onAnswered?.();
    }
  }

  #reject(error: unknown): void {
    if (!this.#isSettled) this.#settle(this.#rejection(error));
  }

  /**
   * Gives the error a new stack, since a stack that shows where a reply was read does not help the caller. After an `await`, V8
   * includes the caller's frames.
   */
  async #rejection(error: unknown): Promise<never> {
    await undefined;
    await undefined;
    if (error instanceof DisqueError) Error.captureStackTrace(error, this.#rejection);
    throw error;
  }

  #settle(outcome: Value | Promise<Value>): void {
    this.#isSettled = true;
    this.#deadline?.clear();
    this.#removeListener?.();
    this.#resolve?.(outcome);
    this.#onSettled?.(this.#node);
  }
}
