import { Alarm, type Clock } from "./clock.ts";
import { Queue, type Waiter } from "./queue.ts";
import { Registry } from "./registry.ts";

/** QUEUE_MAX_IDLE_TIME in Disque's queue.c, in seconds. */
const MAX_IDLE = 300;

/** The queues of one node, and the clients waiting for their jobs. */
export class Queues {
  readonly registry: Registry<Queue> = new Registry();
  readonly #clock: Clock;
  /** Queues that have waiting clients, and that have received jobs or have been resumed. */
  readonly #ready = new Set<Queue>();
  readonly #onNeed: (queue: Queue) => void;

  /** `onNeed` is called when a queue with waiters may ask other nodes for jobs. */
  constructor(clock: Clock, onNeed: (queue: Queue) => void) {
    this.#clock = clock;
    this.#onNeed = onNeed;
  }

  lookup(name: string): Queue | undefined {
    return this.registry.get(name);
  }

  /** The queue of this name; created if it does not exist. */
  getOrCreate(name: string): Queue {
    const known = this.lookup(name);
    if (known !== undefined) return known;
    const queue: Queue = new Queue(
      name,
      this.#clock.now(),
      new Alarm(() => this.#checkIdle(queue)),
      new Alarm(() => this.#onNeed(queue)),
    );
    this.registry.add(queue.name, queue);
    this.watchIdle(queue);
    return queue;
  }

  /** Like queueChangePausedState in Disque's queue.c. */
  setPaused(queue: Queue, pausedIn: boolean, pausedOut: boolean): void {
    const opened = queue.pausedOut && !pausedOut;
    queue.pausedIn = pausedIn;
    queue.pausedOut = pausedOut;
    if (opened) this.signal(queue);
    this.watchIdle(queue);
  }

  /** Marks the queue for {@link serve}, if clients wait for it. */
  signal(queue: Queue): void {
    if (queue.waiters.size > 0) this.#ready.add(queue);
  }

  wait(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      queue.waiters.add(waiter);
      this.#onNeed(queue);
    }
  }

  stopWaiting(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      queue.waiters.delete(waiter);
      if (queue.waiters.size > 0) continue;
      this.#clock.clear(queue.need);
      this.watchIdle(queue);
    }
  }

  /** Calls `give` for each waiter of each marked queue, until `give` returns false because the queue is empty. */
  serve(give: (queue: Queue, waiter: Waiter) => boolean): void {
    if (this.#ready.size === 0) return;
    for (const queue of this.#ready) {
      for (const waiter of queue.waiters) {
        if (!waiter.connected()) this.stopWaiting(waiter);
        else if (!give(queue, waiter)) break;
      }
    }
    this.#ready.clear();
  }

  /** Arms the alarm that evicts the queue when it has been idle for long enough. */
  watchIdle(queue: Queue): void {
    if (queue.idle.due !== 0) return;
    this.#clock.set(queue.idle, Math.max((queue.used + MAX_IDLE) * 1000, this.#clock.now()));
  }

  /** Deletes all queues. Waiting clients get no job. */
  clear(): void {
    for (const queue of [...this.registry.values()]) {
      for (const waiter of queue.waiters) {
        this.stopWaiting(waiter);
        waiter.end(null);
      }
      this.#destroy(queue);
    }
  }

  /** Deletes all unused queues that have been idle for this many seconds. */
  evictIdle(seconds: number): void {
    for (const queue of [...this.registry.values()]) this.#evictQueue(queue, seconds);
  }

  #checkIdle(queue: Queue): void {
    if (queue.deleted) return;
    if (this.#idleTime(queue) < MAX_IDLE) this.watchIdle(queue);
    else this.#evictQueue(queue, MAX_IDLE);
  }

  /** Like GCQueue in Disque's queue.c. */
  #evictQueue(queue: Queue, idle: number): void {
    if (this.#idleTime(queue) < idle) return;
    if (queue.waiters.size === 0 && queue.jobs.length === 0 && queue.pauseState === "none") {
      this.#destroy(queue);
    }
  }

  #idleTime(queue: Queue): number {
    return Math.floor(this.#clock.now() / 1000) - queue.used;
  }

  #destroy(queue: Queue): void {
    this.#clock.clear(queue.idle);
    this.#clock.clear(queue.need);
    this.#ready.delete(queue);
    this.registry.delete(queue.name);
  }
}
