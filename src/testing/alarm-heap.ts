/** An event at some time of a clock. Only the clock sets `due`, `order` and `place`. */
export interface Timed {
  /** When it rings, in milliseconds of the clock's time; 0 while it is not armed. */
  due: number;
  /** Alarms due at the same time ring in the order in which they were armed. */
  order: number;
  /** Its index in the heap. */
  place: number;
  ring(): void;
}

/**
 * Armed alarms, the earliest first. A binary heap, because it needs no memory besides its array: every job has an alarm.
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
    this.#put(last, alarm.place);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(alarm: Timed): void {
    while (alarm.place > 0) {
      const parent = this.#alarms[(alarm.place - 1) >> 1];
      if (parent === undefined || isBefore(parent, alarm)) return;
      this.#swap(parent, alarm);
    }
  }

  #sink(alarm: Timed): void {
    for (;;) {
      const left = this.#alarms[2 * alarm.place + 1];
      const right = this.#alarms[2 * alarm.place + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(alarm, child)) return;
      this.#swap(alarm, child);
    }
  }

  #swap(a: Timed, b: Timed): void {
    const { place } = a;
    this.#put(a, b.place);
    this.#put(b, place);
  }

  #put(alarm: Timed, place: number): void {
    this.#alarms[place] = alarm;
    alarm.place = place;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.due === b.due ? a.order < b.order : a.due < b.due;
}
