import type { ElementReader } from "./reply.ts";

/** Who waits for a reply: told once, either of it or why there is none. */
export interface Receiver {
  onReply(reply: any): void;
  onFailure(reason: unknown): void;
}

/** A command that waits for its reply. It settles once; a reply that comes after that is dropped. */
export class PendingCommand {
  /** Milliseconds it may wait, and until when that is on the monotonic clock. */
  readonly timeout: number;
  readonly deadline: number;
  /** What reads the elements of its reply, if something does. */
  readonly elementReader: ElementReader<unknown> | undefined;
  readonly #signal: AbortSignal | undefined;
  /** Until it is settled: one that was aborted has its place until its reply comes, but must not keep a body for so long. */
  #waiter: Receiver | undefined;

  constructor(
    waiter: Receiver,
    now: number,
    timeout: number,
    signal: AbortSignal | undefined,
    elementReader: ElementReader<unknown> | undefined,
  ) {
    this.timeout = timeout;
    this.deadline = now + timeout;
    this.elementReader = elementReader;
    this.#signal = signal;
    this.#waiter = waiter;
    signal?.addEventListener("abort", this, { once: true });
  }

  resolve(reply: unknown): void {
    this.#settle()?.onReply(reply);
  }

  reject(reason: unknown): void {
    this.#settle()?.onFailure(reason);
  }

  /** The signal was aborted: this object is its own listener, so that no closure is needed for it. */
  handleEvent(): void {
    this.reject(this.#signal?.reason);
  }

  #settle(): Receiver | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#signal?.removeEventListener("abort", this);
    return waiter;
  }
}
