import { ConnectionError, type DisqueError } from "../resp/index.ts";
import { sleep } from "../resp/timers.ts";
import { Backoff } from "./backoff.ts";
import { mayHaveRun } from "./failover.ts";

/** How long a call goes on after something failed, and what it has to say in the end. */
export class Patience {
  readonly #until: number;
  readonly #backoff: Backoff = new Backoff();
  readonly #errors: Error[] = [];
  #sent = false;

  /** Begins now: with the first failure. */
  constructor(milliseconds: number) {
    this.#until = performance.now() + milliseconds;
  }

  /** Milliseconds that are left. */
  get left(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** Takes note of a failure. Milliseconds to wait before the next attempt, or `undefined` when there is to be none. */
  pauseAfter(failure: DisqueError): number | undefined {
    this.#errors.push(failure);
    this.#sent ||= mayHaveRun(failure);
    // What happened once may be over at once, as when a connection is lost and another one is there.
    const pause = this.#errors.length === 1 ? 0 : this.#backoff.next();
    return pause > this.left ? undefined : pause;
  }

  /** Why each attempt failed, and at `last` each node. */
  failure(last?: ConnectionError): ConnectionError {
    const errors = last === undefined ? this.#errors : [...this.#errors, ...last.errors];
    const reasons = [...new Set(errors.map(({ message }) => message))];
    return new ConnectionError(`given up after ${errors.length} attempts: ${reasons.join("; ")}`, {
      errors,
      sent: this.#sent,
    });
  }
}

/** Waits so many milliseconds, or rejects with the reason of `signal`. */
export async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds === 0) return;
  try {
    await sleep(milliseconds, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
