import type { Alarm } from "./clock.ts";
import { ImportRate } from "./import-rate.ts";
import { byCreation, type Job } from "./job.ts";
import type { Registered } from "./registry.ts";
import { SkipList } from "./skiplist.ts";

/** From queueGetPausedStateString in Disque's queue.c. */
export type PauseState = "none" | "in" | "out" | "all";

/** A client waiting in GETJOB. */
export interface Waiter {
  readonly queues: Set<Queue>;
  /** False once the connection has been reset. Such a client gets no job. */
  readonly connected: () => boolean;
  /** Ends the wait with the job that the client gets, or with null for none. */
  readonly end: (outcome: Job | null) => void;
}

/**
 * When other nodes were last asked for jobs, in milliseconds, and how many times since jobs last arrived (for `askedAll`: from a
 * new source).
 */
export interface Asked {
  at: number;
  attempts: number;
}

/** One queue of one node. Times are in seconds, as in the server. */
export class Queue implements Registered {
  /** The name as latin1 text, with one character for each byte. */
  readonly name: string;
  readonly jobs: SkipList<Job> = new SkipList(byCreation);
  /** The clients waiting for a job of this queue, in order of arrival. */
  readonly waiters: Set<Waiter> = new Set();
  /** Rings when the queue may have been idle for long enough to be evicted. */
  readonly idle: Alarm;
  /** Rings when other nodes may be asked for jobs. Armed only while clients wait. */
  readonly need: Alarm;
  readonly imports: ImportRate;
  readonly askedAll: Asked = { at: 0, attempts: 0 };
  readonly askedSources: Asked = { at: 0, attempts: 0 };
  /** The nodes that have sent jobs to this node, and when they last did so. */
  readonly sources: Map<string, number> = new Map();
  readonly created: number;
  used: number;
  jobsIn = 0;
  jobsOut = 0;
  pausedIn = false;
  pausedOut = false;
  serial = 0;
  deleted = false;

  /** `now` is in milliseconds. */
  constructor(name: string, now: number, idle: Alarm, need: Alarm) {
    this.name = name;
    this.idle = idle;
    this.need = need;
    this.imports = new ImportRate(now);
    this.created = Math.floor(now / 1000);
    this.used = this.created;
  }

  get pauseState(): PauseState {
    if (this.pausedIn) return this.pausedOut ? "all" : "in";
    return this.pausedOut ? "out" : "none";
  }
}
