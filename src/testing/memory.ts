import { Alarm } from "./clock.ts";
import type { ServerState } from "./state.ts";

/** Memory use of an empty server, a job without its body, and a queue, in bytes; close to the real server's. */
const EMPTY_BYTES = 775_000;
const JOB_BYTES = 560;
const QUEUE_BYTES = 300;

/** Queues are evicted after this many idle seconds, by warning level: queue.c, QUEUE_MAX_IDLE_TIME, evictIdleQueues. */
const IDLE_BY_WARNING = [300, 10, 2] as const;
/** How often idle queues are evicted while memory is scarce, in milliseconds. The real server checks every 100 ms. */
const EVICTION_PERIOD = 500;

/** server.c, getMemoryWarningLevel, without its level 3: 1 above 75 % of `maxmemory`, 2 above 95 %. */
export type MemoryWarning = 0 | 1 | 2;

export function usedMemory({ node }: ServerState): number {
  return EMPTY_BYTES + node.jobs.size * JOB_BYTES + node.queues.registry.size * QUEUE_BYTES + node.bodyBytes;
}

export function warningAt(used: number, max: number): MemoryWarning {
  if (used > max * 0.95) return 2;
  return used > max * 0.75 ? 1 : 0;
}

/**
 * While memory is scarce, deletes jobs that are no longer needed: acknowledged jobs, and at-most-once jobs that were delivered.
 * If no jobs are left, evicts idle queues: server.c, freeMemoryIfNeeded. Returns whether there is room now.
 */
export function makeRoom(state: ServerState): boolean {
  if (state.memoryWarning < 2) return true;
  if (state.config.get("maxmemory-policy") === "noeviction") return false;
  const { node } = state;
  for (const job of node.jobs.values()) {
    if (state.memoryWarning < 2) return true;
    if (job.state === "acked" || (job.retry === 0 && job.delivered)) node.unregister(job);
  }
  if (node.jobs.size === 0) node.queues.evictIdle(IDLE_BY_WARNING[state.memoryWarning]);
  return state.memoryWarning < 2;
}

/** Evicts idle queues early while memory is scarce: queue.c, evictIdleQueues. */
export class QueueEviction {
  readonly #state: ServerState;
  readonly #alarm = new Alarm(() => this.#evict());

  constructor(state: ServerState) {
    this.#state = state;
  }

  /** Call this when memory use may have grown. */
  watch(): void {
    if (this.#alarm.due !== 0 || this.#state.memoryWarning === 0) return;
    if (this.#state.node.queues.registry.size === 0) return;
    this.#state.clock.set(this.#alarm, this.#state.clock.now() + EVICTION_PERIOD);
  }

  stop(): void {
    this.#state.clock.clear(this.#alarm);
  }

  #evict(): void {
    const { node } = this.#state;
    node.suspension.ring(() => node.queues.evictIdle(IDLE_BY_WARNING[this.#state.memoryWarning]));
    this.watch();
  }
}
