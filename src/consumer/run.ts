import type { CountedJob } from "../commands/job.ts";
import { clearTimeout, now } from "../resp/timers.ts";
import type { JobContext } from "./options.ts";

/**
 * - `running`: its handler runs.
 * - `held`: its handler failed; it waits to be given back.
 * - `over`: it is being settled, or was.
 */
export type RunState = "running" | "held" | "over";

/** A job in the hands of a worker. */
export class Run {
  readonly job: CountedJob;
  readonly begunAt: number = now();
  state: RunState = "running";
  /** When the next heartbeat is due; Infinity while there is none to come. */
  beatAt: number = Number.POSITIVE_INFINITY;
  /** Aborts the heartbeat that is under way. */
  beating: AbortController | undefined;
  /** Ends the time for which it is held. */
  holding: NodeJS.Timeout | undefined;
  /** How long its handler took. */
  milliseconds = 0;
  #lost: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;

  constructor(job: CountedJob) {
    this.job = job;
  }

  /** Made when it is read: few handlers do, and each signal would cost as much as fetching a job. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#lost !== undefined) this.#controller.abort(this.#lost.reason);
    }
    return this.#controller.signal;
  }

  /** Tells the handler that the job is no longer its own. */
  lose(reason: unknown): void {
    this.#lost ??= { reason };
    this.#controller?.abort(reason);
  }

  /** No heartbeat, no holding, and no result of its handler counts from now on. */
  end(): void {
    this.state = "over";
    clearTimeout(this.holding);
  }
}

/** What the handler of a run gets: its signal, and nothing of the worker's own. */
export class RunContext implements JobContext {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }
}

/** Whether a handler gave something to wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
