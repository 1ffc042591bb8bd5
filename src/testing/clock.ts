import { SkipList } from "./skiplist.ts";
import { clearTimeout, realTime, setTimeout } from "./timers.ts";

/** Something that happens at a time of the clock; armed and cleared through its {@link Clock}, which sets the numbers. */
export interface Timed {
  /** When it rings, in milliseconds of the clock's time; 0 while it is not armed. */
  due: number;
  /** Alarms due at the same time ring in the order in which they were armed. */
  order: number;
  ring(): void;
}

export class Alarm implements Timed {
  due = 0;
  order = 0;
  readonly ring: () => void;

  constructor(ring: () => void) {
    this.ring = ring;
  }
}

/** setTimeout fires immediately for longer delays. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * The time of one server, or of all the servers of a cluster: real time plus an offset that {@link advance}
 * adds to. All alarms stand in one ordered list, and one real timer waits for the first of them.
 */
export class Clock {
  readonly #alarms = new SkipList<Timed>((a, b) => a.due - b.due || a.order - b.order);
  readonly #listeners = new Set<() => void>();
  #offset = 0;
  /** The time that stands still while the alarms of {@link advance} ring. */
  #moment: number | null = null;
  #armed = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerDue = 0;

  now(): number {
    return this.#moment ?? realTime() + this.#offset;
  }

  /** Arms an alarm, or moves one that is armed already. */
  set(alarm: Timed, due: number): void {
    if (alarm.due === due) return;
    if (alarm.due !== 0) this.#alarms.delete(alarm);
    alarm.due = due;
    alarm.order = ++this.#armed;
    this.#alarms.insert(alarm);
    this.#wait();
  }

  clear(alarm: Timed): void {
    if (alarm.due === 0) return;
    this.#alarms.delete(alarm);
    alarm.due = 0;
    if (this.#alarms.length === 0) this.#wait();
  }

  /** `listener` is called when the clock begins to be advanced, and whenever an alarm has rung. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  unsubscribe(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Moves the clock and rings what became due on the way, each alarm at its own time. */
  advance(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`cannot advance the clock by ${ms} ms`);
    const start = this.now();
    this.#moment = start;
    try {
      // What was on its way already comes before the first alarm.
      for (const listener of this.#listeners) listener();
      this.#ringUntil(start + ms, (due) => {
        this.#moment = Math.max(start, due);
      });
    } finally {
      this.#moment = null;
      // The real time that this took does not count, or much of it would let time outs run out all at once.
      this.#offset = start + ms - realTime();
    }
    this.#wait();
  }

  #ringUntil(end: number, reach: (due: number) => void): void {
    for (let alarm = this.#alarms.first; alarm !== undefined; alarm = this.#alarms.first) {
      if (alarm.due > end) return;
      reach(alarm.due);
      this.#alarms.shift();
      alarm.due = 0;
      alarm.ring();
      for (const listener of this.#listeners) listener();
    }
  }

  #wait(): void {
    const first = this.#alarms.first;
    if (first === undefined) this.#stopTimer();
    if (first === undefined || this.#moment !== null) return;
    if (this.#timer !== null && this.#timerDue <= first.due) return;
    this.#stopTimer();
    this.#timerDue = first.due;
    const delay = Math.min(Math.max(first.due - this.now(), 0), LONGEST_TIMEOUT);
    this.#timer = setTimeout(() => this.#ringNow(), delay);
  }

  #ringNow(): void {
    this.#timer = null;
    this.#ringUntil(this.now(), () => {});
    this.#wait();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
