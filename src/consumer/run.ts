import type { CountedJob } from "../commands/job.ts";
import { clearTimeout, now } from "../resp/timers.ts";
import type { JobContext } from "./options.ts";

/**
 * The state of a job in a worker:
 * - `running`: its handler is running.
 * - `held`: its handler failed, and the job is held until it is given back.
 * - `over`: the job is being settled, or has been settled.
 */
export type RunState = "running" | "held" | "over";

/** One job that a worker processes. */
export class Run {
  readonly job: CountedJob;
  readonly begunAt: number = now();
  state: RunState = "running";
  /** When the next heartbeat is due; Infinity if none is scheduled. */
  heartbeatAt: number = Number.POSITIVE_INFINITY;
  /** Aborts the heartbeat in flight. */
  heartbeat: AbortController | undefined;
  /** Fires when the failed job is to be given back; until then the worker holds it. */
  holdTimer: NodeJS.Timeout | undefined;
  /** How long the handler took, in milliseconds. Only measured if there is a listener for `done`. */
  handlerDuration = 0;
  #loss: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;

  constructor(job: CountedJob) {
    this.job = job;
  }

  /** The signal is created when it is first read: few handlers read it, and a signal costs as much as fetching a job. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#loss !== undefined) this.#controller.abort(this.#loss.reason);
    }
    return this.#controller.signal;
  }

  /** Tells the handler, through its signal, that the worker no longer has the job. */
  loseJob(reason: unknown): void {
    this.#loss ??= { reason };
    this.#controller?.abort(reason);
  }

  /** Marks the run as over. If the handler is still running, its result is ignored. */
  end(): void {
    this.state = "over";
    clearTimeout(this.holdTimer);
  }
}

/** The context that a handler gets: the signal, without access to the rest of the run. */
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
