import { tryGC } from "./acks.ts";
import type { Clock } from "./clock.ts";
import { needJobs, seekJobs } from "./federation.ts";
import { Job, type JobFields } from "./job.ts";
import { JobIds } from "./job-id.ts";
import { type KnownNodes, Membership } from "./membership.ts";
import type { Queue, Waiter } from "./queue.ts";
import { Queues } from "./queues.ts";
import { Registry } from "./registry.ts";
import { replicate } from "./replication.ts";
import { nextRequeue } from "./requeue.ts";
import { Suspension } from "./suspension.ts";

/** JOB_WILLQUEUE_ADVANCE in Disque's job.h, in milliseconds. */
const WILLQUEUE_ADVANCE = 500;
/** How often a job is offered to one more node during replication, in milliseconds: server.c, clientsCron. */
const REPLICATE_AGAIN = 100;
/** job.h, JOB_GC_RETRY_MIN_PERIOD and JOB_GC_RETRY_MAX_PERIOD: delay before retrying {@link tryGC}, in milliseconds. */
const GC_RETRY_PERIOD = { min: 1000, max: 180_000 };

const NO_NODES: ReadonlySet<string> = new Set();

/** The ADDJOB options of a new job. Times are in seconds. */
export interface NewJob {
  readonly replicate: number;
  readonly ttl: number;
  readonly retry: number;
  readonly delay: number;
}

/** What a node needs when it is created. */
export interface NodeOptions {
  readonly clock: Clock;
  readonly known: KnownNodes;
  /** The node timeout in milliseconds. */
  readonly nodeTimeout: () => number;
  /** Whether the node's process is suspended. */
  readonly isStopped: () => boolean;
}

/** The state of one node: its jobs, its queues and its view of the cluster. It does not deal with sockets. */
export class Node {
  readonly clock: Clock;
  readonly suspension: Suspension;
  readonly cluster: Membership;
  readonly jobs: Registry<Job> = new Registry();
  readonly queues: Queues;
  /** The total size of all job bodies, in bytes. */
  bodyBytes = 0;
  readonly #ids = new JobIds();
  #lastCreated = 0n;
  #self: ReadonlySet<string> = NO_NODES;
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

  /**
   * The set of just this node's id, shared by all jobs that have no copy elsewhere. It is replaced when CLUSTER RESET HARD
   * changes the id.
   */
  get #alone(): ReadonlySet<string> {
    if (!this.#self.has(this.id)) this.#self = new Set([this.id]);
    return this.#self;
  }

  /** The time in seconds. */
  get seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /**
   * Creates a job that is not yet queued and not yet known to other nodes: job.c, addjobCommand. `kept` says whether
   * this node keeps a copy itself.
   */
  createJob(options: NewJob, queue: string, body: Buffer, kept: boolean): Job {
    const now = this.clock.now();
    const created = BigInt(now) * 1_000_000n;
    this.#lastCreated = created > this.#lastCreated ? created : this.#lastCreated + 1n;
    return this.makeJob({
      id: this.#ids.next(this.id, options.ttl, options.retry),
      queue,
      // Copied, because an argument is a view of a whole chunk from the socket and would keep the whole chunk in memory.
      body: Buffer.from(body),
      state: "wait-repl",
      replicate: options.replicate & 0xffff,
      expires: (Math.floor(now / 1000) + options.ttl) % 2 ** 32,
      created: this.#lastCreated,
      delay: options.delay % 2 ** 32,
      retry: options.retry % 2 ** 32,
      nacks: 0,
      additionalDeliveries: 0,
      nodesDelivered: kept ? this.#alone : NO_NODES,
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

  /** Deletes a job from this node, in any state: job.c, unregisterJob. */
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

  /** Puts a job into its queue, unless it is already there or must not be queued again: queue.c, enqueueJob. */
  enqueue(job: Job, nack: boolean): boolean {
    if (job.queue === null || job.state === "queued" || job.queueAt === 0) return false;
    if (job.retry === 0 && job.delivered) return false;
    job.state = "queued";
    job.queueAt = job.retry === 0 ? 0 : nextRequeue(this, job);
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
    const queue = this.queues.getOrCreate(job.queue);
    queue.jobs.insert(job);
    queue.used = this.seconds;
    queue.jobsIn++;
    if (!queue.pausedOut) this.queues.signal(queue);
    return true;
  }

  /** Removes a job from its queue without delivering it. */
  dequeue(job: Job): boolean {
    if (job.state !== "queued" || job.queue === null) return false;
    const queue = this.queues.lookup(job.queue);
    if (queue === undefined) return false;
    queue.jobs.delete(job);
    job.state = "active";
    this.queues.watchIdle(queue);
    return true;
  }

  /** Removes and delivers the oldest job of a queue: queue.c, queueFetchJob. */
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

  /** Sets the time when a job is next queued: job.c, updateJobRequeueTime. */
  postpone(job: Job, until: number = nextRequeue(this, job)): void {
    if (job.retry === 0 || job.queueAt === 0) return;
    job.queueAt = until;
    this.schedule(job);
  }

  /** Gives one job to each waiting client, as long as there are jobs: queue.c, handleClientsBlockedOnQueues. */
  serveWaiters(): void {
    this.queues.serve((queue, waiter) => this.#serve(queue, waiter));
  }

  /** Deletes all jobs and queues. Waiting clients get no job: server.c, flushServerData. */
  flush(): void {
    for (const job of [...this.jobs.values()]) this.unregister(job);
    this.queues.clear();
  }

  /** Sets the time of a job's next action: job.c, updateJobAwakeTime. */
  schedule(job: Job): void {
    // Add a second, so that the job has certainly expired when it is processed.
    let at = job.expires * 1000 + 1000;
    if (job.state === "acked") {
      const period = Math.min(GC_RETRY_PERIOD.min * 2 ** job.gcRetries, GC_RETRY_PERIOD.max);
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

  /** Like processJob in Disque's job.c. */
  #process(job: Job): void {
    // The job may have been deleted while the process was stopped.
    if (job.deleted) return;
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
    if (job.state === "acked") tryGC(this, job);
    if (!job.deleted) this.schedule(job);
  }

  /**
   * Queues a job that is due. If the queue is paused for input, a job with a retry time waits. A job without one is queued
   * nevertheless, since it would be lost otherwise.
   */
  #queueAgain(job: Job): void {
    const queue = job.queue === null ? undefined : this.queues.lookup(job.queue);
    if (job.retry !== 0 && queue?.pausedIn) this.postpone(job);
    else this.enqueue(job, false);
  }
}
