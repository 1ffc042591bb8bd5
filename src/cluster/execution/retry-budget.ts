import { ConnectionError, DisqueError } from "../../resp/index.ts";
import { now } from "../../resp/timers.ts";
import { Backoff } from "../backoff.ts";
import { Failures } from "../failures.ts";
import { mayHaveRun } from "./failover.ts";

/** How long a call may go on after a failure, and what it reports in the end. */
export class RetryBudget {
  readonly #deadline: number;
  readonly #backoff: Backoff = new Backoff();
  readonly #failures: Failures = new Failures();
  #sent = false;

  /** The time in milliseconds starts with the first failure. */
  constructor(milliseconds: number) {
    this.#deadline = now() + milliseconds;
  }

  /** The remaining milliseconds. */
  get left(): number {
    return Math.max(0, this.#deadline - now());
  }

  /** Counts a failure. Returns the delay before the next attempt in milliseconds, or `undefined` if the time is over. */
  delayAfter(failure: DisqueError): number | undefined {
    this.#failures.add(failure);
    this.#sent ||= mayHaveRun(failure);
    // The first retry is immediate: often another connection is already open.
    const delay = this.#failures.count === 1 ? 0 : this.#backoff.next();
    return delay > this.left ? undefined : delay;
  }

  /** The error for the caller: why the attempts failed, and with `last` also why no other node could be reached. */
  error(last?: ConnectionError): ConnectionError {
    const failures = new Failures();
    for (const error of last?.errors ?? []) if (error instanceof DisqueError) failures.add(error);
    const summary = `given up after ${this.#failures.count} attempts`;
    const { message, details } = this.#failures.describe(summary, failures);
    return new ConnectionError(message, { ...details, sent: this.#sent });
  }
}
