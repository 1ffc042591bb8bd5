import { abortable } from "./abortable.ts";

interface Running<Found> {
  readonly result: Promise<Found>;
  readonly stop: AbortController;
  waiters: number;
}

/**
 * One search that all who need its result share: it begins with the first of them, and is given up when the last has
 * gone.
 */
export class Search<Found> {
  readonly #seek: (signal: AbortSignal) => Promise<Found>;
  #running: Running<Found> | undefined;

  constructor(seek: (signal: AbortSignal) => Promise<Found>) {
    this.#seek = seek;
  }

  /** Rejects as the search does, or with the reason of `signal`. */
  async join(signal: AbortSignal | undefined): Promise<Found> {
    this.#running ??= this.#begin();
    const running = this.#running;
    running.waiters++;
    try {
      return await abortable(running.result, signal);
    } finally {
      running.waiters--;
      if (running.waiters === 0) {
        running.stop.abort();
        if (this.#running === running) this.#running = undefined;
      }
    }
  }

  /** Ends the search, if there is one, for all who wait for it. */
  stop(reason: Error): void {
    this.#running?.stop.abort(reason);
  }

  #begin(): Running<Found> {
    const stop = new AbortController();
    const result = this.#seek(stop.signal);
    return { result, stop, waiters: 0 };
  }
}
