import { Alarm } from "./clock.ts";
import type { ServerState } from "./state.ts";

/** Memory of an empty server, of a job besides its body, and of a queue, in bytes: close to the real figures. */
const EMPTY = 775_000;
const JOB = 560;
const QUEUE = 300;

/** queue.c, QUEUE_MAX_IDLE_TIME, and what evictIdleQueues makes of it when memory gets scarce, in seconds. */
const IDLE_BY_WARNING = [300, 10, 2] as const;
/** How often idle queues are looked for while memory is scarce, in milliseconds. The real server does so every 100 ms. */
const EVICTION_PERIOD = 500;

/** server.c, getMemoryWarningLevel: more than 75 % of `maxmemory` are used, or more than 95 %. */
export type MemoryWarning = 0 | 1 | 2;

export function usedMemory({ node }: ServerState): number {
  return EMPTY + node.jobs.size * JOB + node.queues.registry.size * QUEUE + node.bodyBytes;
}

export function warningAt(used: number, most: number): MemoryWarning {
  if (used > most * 0.95) return 2;
  return used > most * 0.75 ? 1 : 0;
}

/**
 * Forgets jobs that nobody will ask for: those that are acknowledged, and at-most-once jobs that were delivered. Without
 * any jobs, idle queues go: server.c, freeMemoryIfNeeded. Says whether there is room now.
 */
export function makeRoom(state: ServerState): boolean {
  if (state.memoryWarning < 2) return true;
  if (state.config.get("maxmemory-policy") === "noeviction") return false;
  const { node } = state;
  for (const job of [...node.jobs.values()]) {
    if (state.memoryWarning < 2) return true;
    if (job.state === "acked" || (job.retry === 0 && job.delivered)) node.unregister(job);
  }
  if (node.jobs.size === 0) node.queues.evictIdle(IDLE_BY_WARNING[state.memoryWarning]);
  return state.memoryWarning < 2;
}

/** Forgets idle queues early while memory is scarce: queue.c, evictIdleQueues. */
export class QueueEviction {
  readonly #state: ServerState;
  readonly #alarm = new Alarm(() => this.#evict());

  constructor(state: ServerState) {
    this.#state = state;
  }

  /** To be called when memory use may have grown. */
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
