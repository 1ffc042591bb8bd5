import type { CountedJob } from "../commands/job.ts";
import { ClosedError, ReplyError } from "../resp/index.ts";
import { clearTimeout, now, setTimeout } from "../resp/timers.ts";

/** The heartbeat state of one job that a handler works on, or that is held after a failure. */
export interface HeartbeatEntry {
  readonly job: CountedJob;
  /** When the next heartbeat is due; Infinity if none is scheduled. */
  heartbeatAt: number;
  /** Aborts the heartbeat in flight. */
  heartbeat: AbortController | undefined;
}

/** Milliseconds until the first heartbeat. Most handlers have finished by then and need none. */
const FIRST_DELAY = 100;
/**
 * The first heartbeat is sent after at most this many milliseconds per second of the shortest known retry time: with a retry time
 * of one second, 100 ms may be too late.
 */
const FIRST_PER_SECOND = 25;
/**
 * The fraction of the retry time after which the next heartbeat follows. The server varies the retry time by up to half a
 * second (queue.c, workingCommand), so the shortest retry time, one second, may last only half a second.
 */
const RETRY_TIME_FRACTION = 1 / 4;
/**
 * Errors that mean that the worker has lost the job (queue.c, workingCommand): half of the job's time to live has passed, the
 * node does not know the job, or the job is acknowledged.
 */
const LOST_CODES: readonly string[] = ["TOOLATE", "NOJOB", "ACKED"];
/** Milliseconds until the next attempt after a heartbeat that failed or was answered with 0 seconds. */
const RETRY_DELAY = 300;
/** Minimum milliseconds between two passes over the jobs, and maximum number of heartbeats in a pass. */
const MIN_PASS_INTERVAL = 10;
const MAX_PER_PASS = 1_000;
const SETTLED = new ClosedError("the job was settled");

/**
 * Keeps jobs from being delivered again while handlers work on them or they are held. One timer serves all jobs.
 *
 * A heartbeat must not reach the server after the job was given back: the server would take the job out of its queue (queue.c,
 * workingCommand). So `leave` aborts the heartbeat in flight, which is then never resent. If it was already written, it reaches
 * the node before the NACK, which is written to the same connection later.
 */
export class Heartbeats<SomeEntry extends HeartbeatEntry> {
  readonly #entries: Iterable<SomeEntry>;
  readonly #send: (job: CountedJob, signal: AbortSignal) => Promise<number>;
  readonly #onLost: (entry: SomeEntry, reason: ReplyError) => void;
  /** Milliseconds until the first heartbeat of a job: reduced once a reply has reported a short retry time. */
  #firstDelay = FIRST_DELAY;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number = Number.POSITIVE_INFINITY;

  /**
   * @param entries All jobs that may need heartbeats.
   * @param send Sends WORKING, and resolves with the job's retry time in seconds.
   * @param onLost Called with the server's reply when a job cannot be kept.
   */
  constructor(
    entries: Iterable<SomeEntry>,
    send: (job: CountedJob, signal: AbortSignal) => Promise<number>,
    onLost: (entry: SomeEntry, reason: ReplyError) => void,
  ) {
    this.#entries = entries;
    this.#send = send;
    this.#onLost = onLost;
  }

  /** Starts the heartbeats of a job. `time` is the current time. */
  join(entry: SomeEntry, time: number): void {
    entry.heartbeatAt = time + this.#firstDelay;
    this.#wakeAt(entry.heartbeatAt);
  }

  /** Ends the heartbeats of a job. Must be called before the job is settled. */
  leave(entry: SomeEntry): void {
    entry.heartbeatAt = Number.POSITIVE_INFINITY;
    entry.heartbeat?.abort(SETTLED);
    entry.heartbeat = undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #wakeAt(time: number): void {
    if (time >= this.#timerAt) return;
    this.#timerAt = time;
    clearTimeout(this.#timer);
    const delay = Math.max(MIN_PASS_INTERVAL, Math.ceil(time - now()));
    this.#timer = setTimeout(() => this.#pass(), delay);
  }

  #pass(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const time = now();
    let next = Number.POSITIVE_INFINITY;
    let sent = 0;
    for (const entry of this.#entries) {
      if (entry.heartbeatAt <= time && sent < MAX_PER_PASS) {
        sent++;
        void this.#sendHeartbeat(entry);
      } else if (entry.heartbeatAt < next) next = entry.heartbeatAt;
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next);
  }

  async #sendHeartbeat(entry: SomeEntry): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    entry.heartbeatAt = Number.POSITIVE_INFINITY;
    entry.heartbeat = controller;
    let delay = RETRY_DELAY;
    try {
      const seconds = await this.#send(entry.job, signal);
      if (seconds > 0) {
        this.#firstDelay = Math.min(this.#firstDelay, seconds * FIRST_PER_SECOND);
        delay = seconds * 1_000 * RETRY_TIME_FRACTION;
      }
    } catch (error) {
      if (error instanceof ClosedError) return;
      if (!signal.aborted && error instanceof ReplyError && LOST_CODES.includes(error.code)) {
        this.#onLost(entry, error);
        return;
      }
    }
    if (signal.aborted) return;
    entry.heartbeat = undefined;
    entry.heartbeatAt = now() + delay;
    this.#wakeAt(entry.heartbeatAt);
  }
}
