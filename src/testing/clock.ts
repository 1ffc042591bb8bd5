import { AlarmHeap, type Timed } from "./alarm-heap.ts";
import { clearTimeout, realTime, setTimeout } from "./timers.ts";

export class Alarm implements Timed {
  due = 0;
  order = 0;
  index = 0;
  readonly ring: () => void;

  constructor(ring: () => void) {
    this.ring = ring;
  }
}

/** setTimeout fires immediately for longer delays. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * The time of one server, or of all the servers of a cluster: real time plus an offset that {@link advance}
 * sets. One real timer waits for the earliest alarm.
 */
export class Clock {
  readonly #alarms = new AlarmHeap();
  readonly #listeners = new Set<() => void>();
  #offset = 0;
  /** The current time while {@link advance} rings alarms; null at all other times. */
  #simulatedNow: number | null = null;
  #lastOrder = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerDue = 0;

  now(): number {
    return this.#simulatedNow ?? realTime() + this.#offset;
  }

  /** Arms an alarm, or changes the time of an alarm that is already armed. */
  set(alarm: Timed, due: number): void {
    if (alarm.due === due) return;
    if (alarm.due !== 0) this.#alarms.delete(alarm);
    alarm.due = due;
    alarm.order = ++this.#lastOrder;
    this.#alarms.add(alarm);
    this.#updateTimer();
  }

  clear(alarm: Timed): void {
    if (alarm.due === 0) return;
    this.#alarms.delete(alarm);
    alarm.due = 0;
    if (this.#alarms.first === undefined) this.#updateTimer();
  }

  /** `listener` is called at the start of {@link advance}, and after each alarm has rung. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  unsubscribe(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Moves the clock forward and rings the alarms that become due, each at its own time. */
  advance(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`cannot advance the clock by ${ms} ms`);
    const start = this.now();
    this.#simulatedNow = start;
    try {
      // Messages already in transit are delivered before the first alarm.
      for (const listener of this.#listeners) listener();
      this.#ringUntil(start + ms, (due) => {
        this.#simulatedNow = Math.max(start, due);
      });
    } finally {
      this.#simulatedNow = null;
      // The real time spent here does not count: if it were long, many timeouts would expire at the same moment.
      this.#offset = start + ms - realTime();
    }
    this.#updateTimer();
  }

  #ringUntil(end: number, reach: (due: number) => void): void {
    for (let alarm = this.#alarms.first; alarm !== undefined; alarm = this.#alarms.first) {
      if (alarm.due > end) return;
      reach(alarm.due);
      this.#alarms.delete(alarm);
      alarm.due = 0;
      alarm.ring();
      for (const listener of this.#listeners) listener();
    }
  }

  #updateTimer(): void {
    const first = this.#alarms.first;
    if (first === undefined) this.#stopTimer();
    if (first === undefined || this.#simulatedNow !== null) return;
    if (this.#timer !== null && this.#timerDue <= first.due) return;
    this.#stopTimer();
    this.#timerDue = first.due;
    const delay = Math.min(Math.max(first.due - this.now(), 0), MAX_TIMEOUT);
    this.#timer = setTimeout(() => this.#ringNow(), delay);
  }

  #ringNow(): void {
    this.#timer = null;
    this.#ringUntil(this.now(), () => {});
    this.#updateTimer();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
