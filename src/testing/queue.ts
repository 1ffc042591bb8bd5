import type { Alarm } from "./clock.ts";
import { byCreation, type Job } from "./job.ts";
import { SkipList } from "./skiplist.ts";

/** queue.c, queueGetPausedStateString. */
export type PauseState = "none" | "in" | "out" | "all";

/** A client that waits in GETJOB. */
export interface Waiter {
  readonly queues: Set<Queue>;
  /** Gives it the one job that ends its wait, or null when the wait ends without a job. */
  readonly end: (outcome: Job | null) => void;
}

/** One queue of one node. Times are in seconds, as the server keeps them. */
export class Queue {
  readonly name: Buffer;
  readonly key: string;
  readonly jobs: SkipList<Job> = new SkipList(byCreation);
  /** Who waits for a job of this queue, in order of arrival. */
  readonly waiters: Set<Waiter> = new Set();
  /** Rings when the queue may have been idle for long enough to be forgotten. */
  readonly alarm: Alarm;
  readonly created: number;
  used: number;
  jobsIn = 0;
  jobsOut = 0;
  pausedIn = false;
  pausedOut = false;

  constructor(name: Buffer, now: number, alarm: Alarm) {
    this.name = Buffer.from(name);
    this.key = name.toString("latin1");
    this.alarm = alarm;
    this.created = now;
    this.used = now;
  }

  get pauseState(): PauseState {
    if (this.pausedIn) return this.pausedOut ? "all" : "in";
    return this.pausedOut ? "out" : "none";
  }
}
