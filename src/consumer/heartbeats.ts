import type { CountedJob } from "../commands/job.ts";
import { ClosedError, ReplyError } from "../resp/index.ts";
import { clearTimeout, now, setTimeout } from "../resp/timers.ts";

/** A job that is worked on or held. */
export interface Beating {
  readonly job: CountedJob;
  /** When the next heartbeat is due; Infinity if none is planned. */
  beatAt: number;
  /** Aborts the heartbeat that is under way. */
  beating: AbortController | undefined;
}

/** Milliseconds until the first heartbeat. Most handlers have finished by then and need none. */
const FIRST = 100;
/**
 * Milliseconds until the first heartbeat for each second of the shortest known retry time: if that is 1 s, 100 ms may be too
 * late.
 */
const FIRST_PER_SECOND = 25;
/**
 * The fraction of the retry time after which the next heartbeat follows. The server varies the retry time by up to half a second
 * (queue.c, workingCommand), so the shortest one, one second, may last only half a second.
 */
const FRACTION = 1 / 4;
/**
 * Errors after which the worker has lost the job (queue.c, workingCommand): half of the job's life is over, or the node does not
 * know the job, or it is acknowledged.
 */
const LOST: readonly string[] = ["TOOLATE", "NOJOB", "ACKED"];
/** Milliseconds until the next attempt after a heartbeat that failed or was answered with 0 seconds. */
const AGAIN = 300;
/** Minimum milliseconds between two passes over the jobs, and maximum number of heartbeats in a pass. */
const SHORTEST_PASS = 10;
const MOST_AT_ONCE = 1_000;
const SETTLED = new ClosedError("the job was settled");

/**
 * Keeps jobs from being delivered again while they are worked on, with one timer for all of them.
 *
 * A heartbeat must not reach the server after the job was given back: the server would take the job out of its queue (queue.c,
 * workingCommand). So `leave` aborts the heartbeat under way, which is then never resent. If it was already written, it reaches
 * the node before the NACK, which is written to the same connection later.
 */
export class Heartbeats<SomeBeating extends Beating> {
  readonly #jobs: Iterable<SomeBeating>;
  readonly #send: (job: CountedJob, signal: AbortSignal) => Promise<number>;
  readonly #onLost: (beating: SomeBeating, reason: ReplyError) => void;
  /** Milliseconds until the first heartbeat of a job: fewer once an answer has reported a short retry time. */
  #first = FIRST;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number = Number.POSITIVE_INFINITY;

  /**
   * @param jobs All jobs that may need heartbeats.
   * @param send Asks for more time and resolves with it, in seconds.
   * @param onLost Called with the reason when a job cannot get more time: the node does not know it, or half of its life is over.
   */
  constructor(
    jobs: Iterable<SomeBeating>,
    send: (job: CountedJob, signal: AbortSignal) => Promise<number>,
    onLost: (beating: SomeBeating, reason: ReplyError) => void,
  ) {
    this.#jobs = jobs;
    this.#send = send;
    this.#onLost = onLost;
  }

  /** Starts the heartbeats of a job. `time` is the current time. */
  join(beating: SomeBeating, time: number): void {
    beating.beatAt = time + this.#first;
    this.#wakeAt(beating.beatAt);
  }

  /** Ends the heartbeats of a job. Must be called before the job is settled. */
  leave(beating: SomeBeating): void {
    beating.beatAt = Number.POSITIVE_INFINITY;
    beating.beating?.abort(SETTLED);
    beating.beating = undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #wakeAt(time: number): void {
    if (time >= this.#timerAt) return;
    this.#timerAt = time;
    clearTimeout(this.#timer);
    const delay = Math.max(SHORTEST_PASS, Math.ceil(time - now()));
    this.#timer = setTimeout(() => this.#pass(), delay);
  }

  #pass(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const time = now();
    let next = Number.POSITIVE_INFINITY;
    let sent = 0;
    for (const beating of this.#jobs) {
      if (beating.beatAt <= time && sent < MOST_AT_ONCE) {
        sent++;
        void this.#beat(beating);
      } else if (beating.beatAt < next) next = beating.beatAt;
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }

  async #beat(beating: SomeBeating): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    beating.beatAt = Number.POSITIVE_INFINITY;
    beating.beating = controller;
    let delay = AGAIN;
    try {
      const seconds = await this.#send(beating.job, signal);
      if (seconds > 0) {
        this.#first = Math.min(this.#first, seconds * FIRST_PER_SECOND);
        delay = seconds * 1_000 * FRACTION;
      }
    } catch (error) {
      if (error instanceof ClosedError) return;
      if (!signal.aborted && error instanceof ReplyError && LOST.includes(error.code)) {
        this.#onLost(beating, error);
        return;
      }
    }
    if (signal.aborted) return;
    beating.beating = undefined;
    beating.beatAt = now() + delay;
    this.#wakeAt(beating.beatAt);
  }
}
