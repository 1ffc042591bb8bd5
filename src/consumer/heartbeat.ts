import { ReplyError } from "../resp/index.ts";

/**
 * The part of the retry time after which the next beat follows. The server adds up to half a second to it or takes that
 * off (queue.c, workingCommand), so with the shortest, one second, half a second may be all there is.
 */
const FRACTION = 1 / 3;
/** queue.c, workingCommand: half of the job's life is over; it is known no more, or acknowledged. */
const LOST: readonly string[] = ["TOOLATE", "NOJOB", "ACKED"];
/** Milliseconds until the next attempt when a beat failed with its connection. */
const AGAIN = 300;

/**
 * Keeps a job from being delivered again while it is worked on. The first beat is at once: the retry time runs since the
 * job was queued, not since it was fetched, so that little of it may be left.
 */
export class Heartbeat {
  readonly #beat: () => Promise<number>;
  readonly #onLost: (reason: ReplyError) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * `beat` asks for more time and gives what it got, in seconds; `onLost` is told why no more is to be had: the job is
   * known no more, or too much of its life is over.
   */
  constructor(beat: () => Promise<number>, onLost: (reason: ReplyError) => void) {
    this.#beat = beat;
    this.#onLost = onLost;
    this.#timer = setTimeout(() => this.#ask(), 0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    let delay: number;
    try {
      delay = (await this.#beat()) * 1000 * FRACTION;
    } catch (error) {
      if (error instanceof ReplyError && LOST.includes(error.code)) {
        if (!this.#stopped) this.#onLost(error);
        return;
      }
      delay = AGAIN;
    }
    if (!this.#stopped && delay > 0) this.#timer = setTimeout(() => this.#ask(), delay);
  }
}
