// Where a consumer's jobs are born. A job that was born on another node than it is fetched from has travelled between
// them, on demand and in small portions; a consumer that waits where most of its jobs are born gets them at once.

/** How many jobs a judgement rests on: two of the portions, of at most 100, that a node asks of another. */
const WINDOW = 200;
/**
 * The share of them that must come from one other node. With two nodes that produce evenly it stays near a half; three
 * quarters is seven standard deviations from that, so chance does not reach it.
 */
const THRESHOLD = 0.75;
/** Milliseconds to stay after a move, so that a queue which the move itself emptied does not cause the next. */
const DWELL = 5_000;

/** Tells when a consumer should wait on another node. */
export class Affinity {
  /** The birthplaces of the last jobs, as a ring, and how often each stands in it. */
  readonly #births: string[] = [];
  readonly #counts: Map<string, number> = new Map();
  #next = 0;
  #movedAt: number = Number.NEGATIVE_INFINITY;

  /** Takes note of a job by the prefix of its node of birth. */
  note(birthplace: string): void {
    const oldest = this.#births[this.#next];
    if (oldest !== undefined) this.#forget(oldest);
    this.#births[this.#next] = birthplace;
    this.#counts.set(birthplace, (this.#counts.get(birthplace) ?? 0) + 1);
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** A birthplace of which no job stands in the window any more leaves nothing behind, be there as many as there may. */
  #forget(birthplace: string): void {
    const count = (this.#counts.get(birthplace) ?? 0) - 1;
    if (count > 0) this.#counts.set(birthplace, count);
    else this.#counts.delete(birthplace);
  }

  /** The prefix of the node to move to from the one whose prefix is `current`, if any; `now` is monotonic. */
  better(current: string, now: number): string | undefined {
    if (this.#births.length < WINDOW || now - this.#movedAt < DWELL) return undefined;
    for (const [birthplace, count] of this.#counts) {
      if (birthplace !== current && count >= WINDOW * THRESHOLD) return birthplace;
    }
    return undefined;
  }

  /** Begins a new window on the node that was moved to. */
  moved(now: number): void {
    this.#births.length = 0;
    this.#counts.clear();
    this.#next = 0;
    this.#movedAt = now;
  }
}
