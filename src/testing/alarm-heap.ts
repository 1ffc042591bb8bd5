/** An alarm that a clock rings. Only the clock sets `due`, `order` and `index`. */
export interface Timed {
  /** When the alarm rings, in milliseconds of the clock's time; 0 while it is not armed. */
  due: number;
  /** Alarms due at the same time ring in the order in which they were armed. */
  order: number;
  /** The alarm's index in the heap. */
  index: number;
  ring(): void;
}

/**
 * Armed alarms, the earliest first. Every job has an alarm, so they are kept in a binary heap, which needs no memory besides
 * its array.
 */
export class AlarmHeap {
  readonly #alarms: Timed[] = [];

  get first(): Timed | undefined {
    return this.#alarms[0];
  }

  add(alarm: Timed): void {
    this.#put(alarm, this.#alarms.length);
    this.#rise(alarm);
  }

  /** The alarm must be in the heap. */
  delete(alarm: Timed): void {
    const last = this.#alarms.pop();
    if (last === undefined || last === alarm) return;
    this.#put(last, alarm.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(alarm: Timed): void {
    while (alarm.index > 0) {
      const parent = this.#alarms[(alarm.index - 1) >> 1];
      if (parent === undefined || isBefore(parent, alarm)) return;
      this.#swap(parent, alarm);
    }
  }

  #sink(alarm: Timed): void {
    for (;;) {
      const left = this.#alarms[2 * alarm.index + 1];
      const right = this.#alarms[2 * alarm.index + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(alarm, child)) return;
      this.#swap(alarm, child);
    }
  }

  #swap(a: Timed, b: Timed): void {
    const { index } = a;
    this.#put(a, b.index);
    this.#put(b, index);
  }

  #put(alarm: Timed, index: number): void {
    this.#alarms[index] = alarm;
    alarm.index = index;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.due === b.due ? a.order < b.order : a.due < b.due;
}
