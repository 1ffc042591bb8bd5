import type { CountedJob } from "../commands/job.ts";
import { clearTimeout, now } from "../resp/timers.ts";
import type { JobContext } from "./options.ts";

/**
 * The state of a job in a worker:
 * - `running`: its handler runs.
 * - `held`: its handler failed, and the job is held until it is given back.
 * - `over`: the job is being settled, or was settled.
 */
export type RunState = "running" | "held" | "over";

/** One job that a worker processes. */
export class Run {
  readonly job: CountedJob;
  readonly begunAt: number = now();
  state: RunState = "running";
  /** When the next heartbeat is due; Infinity if none is planned. */
  heartbeatAt: number = Number.POSITIVE_INFINITY;
  /** Aborts the heartbeat in flight. */
  heartbeat: AbortController | undefined;
  /** The timer that ends the hold. */
  holdTimer: NodeJS.Timeout | undefined;
  /** How long the handler took. */
  milliseconds = 0;
  #lost: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;

  constructor(job: CountedJob) {
    this.job = job;
  }

  /** The signal is created when it is first read: few handlers read it, and a signal costs as much as fetching a job. */
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

  /** Marks the run as over. If the handler is still running, its result no longer counts. */
  end(): void {
    this.state = "over";
    clearTimeout(this.holdTimer);
  }
}

/** The context that a handler gets: its signal, without access to the worker's internals. */
export class RunContext implements JobContext {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }
}

/** Whether a handler returned a promise. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
