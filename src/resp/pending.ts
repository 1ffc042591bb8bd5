import { setMaxListeners } from "node:events";
import type { ElementReader } from "./reply.ts";

/** A command that waits for its reply. It settles once; a reply that comes after that is dropped. */
export abstract class PendingCommand {
  /** Milliseconds it may wait, and until when that is on the monotonic clock. */
  timeout: number = Number.POSITIVE_INFINITY;
  deadline: number = Number.POSITIVE_INFINITY;
  /** What reads the elements of its reply, if something does. */
  readonly elementReader: ElementReader<unknown> | undefined;
  readonly #signal: AbortSignal | undefined;
  #settled = false;

  /** Throws the reason of a signal that is aborted. */
  constructor(signal: AbortSignal | undefined, elementReader: ElementReader<unknown> | undefined) {
    this.elementReader = elementReader;
    this.#signal = signal;
    signal?.throwIfAborted();
  }

  protected abstract onReply(reply: unknown): void;
  protected abstract onFailure(reason: unknown): void;

  /** It is about to be sent. */
  begin(now: number, timeout: number): void {
    this.timeout = timeout;
    this.deadline = now + timeout;
    this.#signal?.addEventListener("abort", this, { once: true });
  }

  resolve(reply: unknown): void {
    if (this.#settle()) this.onReply(reply);
  }

  reject(reason: unknown): void {
    if (this.#settle()) this.onFailure(reason);
  }

  /** The signal was aborted: this object is its own listener, so that no closure is needed for it. */
  handleEvent(): void {
    this.reject(this.#signal?.reason);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#signal?.removeEventListener("abort", this);
    return true;
  }
}

/** One that settles a promise. */
export class PromisedCommand extends PendingCommand {
  readonly #resolve: (reply: unknown) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    resolve: (reply: unknown) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal | undefined,
    elementReader: ElementReader<unknown> | undefined,
  ) {
    super(signal, elementReader);
    // Many commands may share a signal, and each takes its listener away again: nothing for Node to warn of.
    if (signal !== undefined) setMaxListeners(0, signal);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override onReply(reply: unknown): void {
    this.#resolve(reply);
  }

  protected override onFailure(reason: unknown): void {
    this.#reject(reason);
  }
}
