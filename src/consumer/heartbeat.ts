import { ClosedError, ReplyError } from "../resp/index.ts";
import { MAX_DELAY } from "../resp/timers.ts";

/**
 * The part of the retry time after which the next beat follows. The server adds up to half a second to it or takes that
 * off (queue.c, workingCommand), so with the shortest, one second, half a second may be all there is; half of that is left
 * for a process that is busy.
 */
const FRACTION = 1 / 4;
/** queue.c, workingCommand: half of the job's life is over; it is known no more, or acknowledged. */
const LOST: readonly string[] = ["TOOLATE", "NOJOB", "ACKED"];
/** Milliseconds until the next attempt when a beat failed with its connection. */
const AGAIN = 300;

/**
 * Keeps a job from being delivered again while it is worked on. The first beat is at once: the retry time runs since the
 * job was queued, not since it was fetched, so that little of it may be left.
 */
export class Heartbeat {
  readonly #beat: (signal: AbortSignal) => Promise<number>;
  readonly #onLost: (reason: ReplyError) => void;
  readonly #stopped: AbortController = new AbortController();
  #timer: NodeJS.Timeout;

  /**
   * `beat` asks for more time and gives what it got, in seconds; `onLost` is told why no more is to be had: the job is
   * known no more, or too much of its life is over.
   */
  constructor(beat: (signal: AbortSignal) => Promise<number>, onLost: (reason: ReplyError) => void) {
    this.#beat = beat;
    this.#onLost = onLost;
    this.#timer = setTimeout(() => this.#ask(), 0);
  }

  /**
   * To be called before the job is settled: of one that was given back, the server would take a beat that comes later
   * for a reason to take it out of its queue again (queue.c, workingCommand).
   */
  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const { signal } = this.#stopped;
    let delay: number;
    try {
      // What no timer can wait, it would not wait at all.
      delay = Math.min((await this.#beat(signal)) * 1000 * FRACTION, MAX_DELAY);
    } catch (error) {
      if (signal.aborted || error instanceof ClosedError) return;
      if (error instanceof ReplyError && LOST.includes(error.code)) {
        this.#onLost(error);
        return;
      }
      delay = AGAIN;
    }
    if (!signal.aborted && delay > 0) this.#timer = setTimeout(() => this.#ask(), delay);
  }
}
