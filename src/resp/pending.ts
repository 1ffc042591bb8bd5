import type { ElementReader } from "./reply.ts";

/** A command that waits for its reply. It settles once; a reply that comes after that is dropped. */
export class PendingCommand {
  /** Milliseconds it may wait, and until when that is on the monotonic clock. */
  readonly timeout: number;
  readonly deadline: number;
  /** What reads the elements of its reply, if something does. */
  readonly elementReader: ElementReader<unknown> | undefined;
  readonly #resolve: (reply: unknown) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    resolve: (reply: unknown) => void,
    reject: (reason: unknown) => void,
    timeout: number,
    now: number,
    signal: AbortSignal | undefined,
    elementReader: ElementReader<unknown> | undefined,
  ) {
    this.timeout = timeout;
    this.deadline = now + timeout;
    this.elementReader = elementReader;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener("abort", this, { once: true });
  }

  resolve(reply: unknown): void {
    this.#signal?.removeEventListener("abort", this);
    this.#resolve(reply);
  }

  reject(reason: unknown): void {
    this.#signal?.removeEventListener("abort", this);
    this.#reject(reason);
  }

  /** The signal was aborted: this object is its own listener, so that no closure is needed for it. */
  handleEvent(): void {
    this.reject(this.#signal?.reason);
  }
}
