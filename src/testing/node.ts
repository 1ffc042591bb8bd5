import { collect } from "./acks.ts";
import type { Clock } from "./clock.ts";
import { needJobs, seekJobs } from "./federation.ts";
import { Job, type JobFields } from "./job.ts";
import { JobIds } from "./job-id.ts";
import { type KnownNodes, Membership } from "./membership.ts";
import type { Queue, Waiter } from "./queue.ts";
import { Queues } from "./queues.ts";
import { Registry } from "./registry.ts";
import { replicate } from "./replication.ts";
import { nextTurn } from "./requeue.ts";
import { Suspension } from "./suspension.ts";

/** job.h, JOB_WILLQUEUE_ADVANCE, in milliseconds. */
const WILLQUEUE_ADVANCE = 500;
/** How often a job is offered to one more node while a client waits for its replication: server.c, clientsCron. */
const REPLICATE_AGAIN = 100;
/** job.h, JOB_GC_RETRY_MIN_PERIOD and JOB_GC_RETRY_MAX_PERIOD: when it is tried again to forget an acknowledged job. */
const COLLECT_AGAIN = { min: 1000, max: 180_000 };

/** What ADDJOB says about a new job. Times are in seconds. */
export interface NewJob {
  readonly replicate: number;
  readonly ttl: number;
  readonly retry: number;
  readonly delay: number;
}

/** What one node is made of, besides its jobs. */
export interface NodeOptions {
  readonly clock: Clock;
  readonly known: KnownNodes;
  /** Milliseconds. */
  readonly nodeTimeout: () => number;
  /** Whether its process stands still. */
  readonly isStopped: () => boolean;
}

/** The state of one node: its jobs, its queues and what it knows of its cluster. It knows nothing of sockets. */
export class Node {
  readonly clock: Clock;
  readonly suspension: Suspension;
  readonly cluster: Membership;
  readonly jobs: Registry<Job> = new Registry();
  readonly queues: Queues;
  /** The bytes of all bodies. */
  bodyBytes = 0;
  readonly #ids = new JobIds();
  #lastCreated = 0n;
  readonly #ring = (job: Job): void => this.suspension.ring(() => this.#process(job));

  constructor({ clock, known, nodeTimeout, isStopped }: NodeOptions) {
    this.clock = clock;
    this.suspension = new Suspension(isStopped);
    this.cluster = new Membership(known, clock, this.suspension, nodeTimeout);
    this.queues = new Queues(clock, (queue) => this.suspension.ring(() => seekJobs(this, queue)));
  }

  get id(): string {
    return this.cluster.id;
  }

  /** The time in seconds. */
  get seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /**
   * Makes a job that is known to this node alone, and not queued yet: job.c, addjobCommand. `kept`: whether this node
   * keeps a copy itself.
   */
  createJob(options: NewJob, queue: Buffer, body: Buffer, kept: boolean): Job {
    const now = this.clock.now();
    const created = BigInt(now) * 1_000_000n;
    this.#lastCreated = created > this.#lastCreated ? created : this.#lastCreated + 1n;
    const nodesDelivered = new Set<string>();
    if (kept) nodesDelivered.add(this.id);
    return this.makeJob({
      id: this.#ids.next(this.id, options.ttl, options.retry),
      // Copies, since an argument is a view of all that its socket gave at once.
      queue: this.queues.lookup(queue)?.name ?? Buffer.from(queue),
      body: Buffer.from(body),
      state: "wait-repl",
      replicate: options.replicate & 0xffff,
      expires: (this.seconds + options.ttl) % 2 ** 32,
      created: this.#lastCreated,
      delay: options.delay % 2 ** 32,
      retry: options.retry % 2 ** 32,
      nacks: 0,
      additionalDeliveries: 0,
      nodesDelivered,
      queueAt: now + (options.delay || options.retry) * 1000,
      queuedBefore: false,
      announce: false,
    });
  }

  makeJob(fields: JobFields): Job {
    return new Job(fields, this.#ring);
  }

  register(job: Job): void {
    this.jobs.add(job.id, job);
    this.bodyBytes += job.body?.length ?? 0;
    this.schedule(job);
  }

  /** Forgets a job, whatever its state: job.c, unregisterJob. */
  unregister(job: Job): void {
    this.clock.clear(job);
    this.dequeue(job);
    this.jobs.delete(job.id);
    this.bodyBytes -= job.body?.length ?? 0;
    if (job.state !== "wait-repl") return;
    job.state = "active";
    this.cluster.broadcast(job.nodesDelivered, { type: "deljob", id: job.id });
    job.replicated?.("removed");
  }

  /** Puts a job into its queue, unless it is there or may not go there again: queue.c, enqueueJob. */
  enqueue(job: Job, nack: boolean): boolean {
    if (job.queue === null || job.state === "queued" || job.queueAt === 0) return false;
    if (job.retry === 0 && job.delivered) return false;
    job.state = "queued";
    job.queueAt = job.retry === 0 ? 0 : nextTurn(this, job);
    if (job.retry !== 0) job.announce = true;
    if (nack || job.queuedBefore) {
      this.cluster.broadcast(job.nodesDelivered, {
        type: "queued",
        id: job.id,
        counts: nack ? "nack" : "delivery",
      });
    }
    if (nack) job.nacks = (job.nacks + 1) & 0xffff;
    else if (job.queuedBefore) job.additionalDeliveries = (job.additionalDeliveries + 1) & 0xffff;
    if (!nack) job.queuedBefore = true;
    this.schedule(job);
    const queue = this.queues.named(job.queue);
    queue.jobs.insert(job);
    queue.used = this.seconds;
    queue.jobsIn++;
    if (!queue.pausedOut) this.queues.signal(queue);
    return true;
  }

  /** Takes a job out of its queue without handing it out. */
  dequeue(job: Job): boolean {
    if (job.state !== "queued" || job.queue === null) return false;
    const queue = this.queues.lookup(job.queue);
    if (queue === undefined) return false;
    queue.jobs.delete(job);
    job.state = "active";
    this.queues.watchIdle(queue);
    return true;
  }

  /** Hands out the oldest job of a queue: queue.c, queueFetchJob. */
  fetch(queue: Queue): Job | undefined {
    const job = queue.jobs.shift();
    if (job === undefined) return undefined;
    job.state = "active";
    job.delivered = true;
    queue.used = this.seconds;
    queue.jobsOut++;
    this.queues.watchIdle(queue);
    return job;
  }

  /** Puts off the next time a job is queued: job.c, updateJobRequeueTime. */
  postpone(job: Job, until: number = nextTurn(this, job)): void {
    if (job.retry === 0 || job.queueAt === 0) return;
    job.queueAt = until;
    this.schedule(job);
  }

  /** Gives jobs to those who wait for them, one each: queue.c, handleClientsBlockedOnQueues. */
  serveWaiters(): void {
    this.queues.serve((queue, waiter) => this.#serve(queue, waiter));
  }

  /** Forgets all jobs and queues; whoever waits, gets none: server.c, flushServerData. */
  flush(): void {
    for (const job of [...this.jobs.values()]) this.unregister(job);
    this.queues.clear();
  }

  /** Sets the time at which something is to be done about a job: job.c, updateJobAwakeTime. */
  schedule(job: Job): void {
    // One second more, so that the job is past its time when it is looked at.
    let at = job.expires * 1000 + 1000;
    if (job.state === "acked") {
      const period = Math.min(COLLECT_AGAIN.min * 2 ** job.collections, COLLECT_AGAIN.max);
      at = Math.min(at, this.clock.now() + period);
    } else if (job.state === "wait-repl") {
      at = Math.min(at, this.clock.now() + REPLICATE_AGAIN);
    } else if (job.queueAt !== 0) {
      at = Math.min(at, job.queueAt - (job.announce ? WILLQUEUE_ADVANCE : 0));
    }
    this.clock.set(job, at);
  }

  #serve(queue: Queue, waiter: Waiter): boolean {
    const job = this.fetch(queue);
    if (job === undefined) return false;
    if (queue.jobs.length === 0) needJobs(this, queue, "reached zero");
    this.queues.stopWaiting(waiter);
    waiter.end(job);
    return true;
  }

  /** job.c, processJob. */
  #process(job: Job): void {
    // It may have gone while the process was stopped.
    if (this.jobs.get(job.id) !== job) return;
    const now = this.clock.now();
    if (job.expires <= this.seconds) {
      this.unregister(job);
      return;
    }
    if (job.state === "wait-repl") replicate(this, job, 1, true);
    if (job.announce && job.queueAt - WILLQUEUE_ADVANCE <= now) {
      if (job.state === "active") {
        this.cluster.broadcast(job.nodesDelivered, { type: "willqueue", id: job.id });
      }
      job.announce = false;
    }
    if (job.state === "active" && job.queueAt <= now) {
      this.#queueAgain(job);
    } else if (job.state === "queued" && job.retry !== 0 && job.queueAt <= now) {
      job.announce = true;
      this.postpone(job);
    }
    if (job.state === "acked") collect(this, job);
    if (this.jobs.get(job.id) === job) this.schedule(job);
  }

  /** A job with retries stays out of a queue that takes none in; one without would be lost that way. */
  #queueAgain(job: Job): void {
    const queue = job.queue === null ? undefined : this.queues.lookup(job.queue);
    if (job.retry !== 0 && queue?.pausedIn) this.postpone(job);
    else this.enqueue(job, false);
  }
}
