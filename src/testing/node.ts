import { Alarm, type Clock } from "./clock.ts";
import type { Job } from "./job.ts";
import { makeJobId } from "./job-id.ts";
import { isReachable, type Peer } from "./peers.ts";
import { Queue, type Waiter } from "./queue.ts";
import { Registry } from "./registry.ts";

/** queue.c, QUEUE_MAX_IDLE_TIME, in seconds. */
const QUEUE_MAX_IDLE = 300;
/** job.h, JOB_WILLQUEUE_ADVANCE, in milliseconds. */
const WILLQUEUE_ADVANCE = 500;
/** job.h, JOB_GC_RETRY_MIN_PERIOD: when it is tried again to forget an acknowledged job, in milliseconds. */
const COLLECT_AGAIN = 1000;

/** What ADDJOB says about a new job. Times are in seconds. */
export interface NewJob {
  readonly queue: Buffer;
  readonly body: Buffer;
  readonly replicate: number;
  readonly ttl: number;
  readonly retry: number;
  readonly delay: number;
}

/**
 * The state of one node: its jobs, its queues and those who wait for jobs. It knows nothing of sockets.
 *
 * The real server adds up to half a second of random error to every time at which a job is queued again, so that nodes
 * do not act at the same moment (queue.c, DISQUE_TIME_ERR). There is none here: tests want to know the moment.
 */
export class Node {
  id: string;
  /** This node's own address as its peers see it; empty until it has met one. */
  host = "";
  leaving = false;
  readonly clock: Clock;
  readonly jobs: Registry<Job> = new Registry();
  readonly queues: Registry<Queue> = new Registry();
  /** The bytes of all bodies. */
  bodyBytes = 0;
  /** Queues that got jobs, or were opened again, while somebody waits for them. */
  readonly #ready = new Set<Queue>();
  readonly #peers = new Map<string, Peer>();
  #lastCreated = 0n;

  constructor(id: string, clock: Clock) {
    this.id = id;
    this.clock = clock;
  }

  /** The time in seconds. */
  get seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /** The other nodes by id; those that did not answer in time are forgotten. */
  get peers(): Map<string, Peer> {
    for (const peer of this.#peers.values()) {
      if (peer.link === "handshake" && peer.handshakeEnd <= this.clock.now()) this.#peers.delete(peer.id);
    }
    return this.#peers;
  }

  get reachablePeers(): number {
    let count = 0;
    for (const peer of this.peers.values()) if (isReachable(peer)) count++;
    return count;
  }

  /** How many nodes the cluster has, as far as this one knows. */
  get clusterSize(): number {
    let count = 1;
    for (const peer of this.peers.values()) if (peer.link !== "handshake") count++;
    return count;
  }

  /** Makes a job that is known to this node alone, and not queued yet: job.c, addjobCommand. */
  createJob(options: NewJob): Job {
    const now = this.clock.now();
    const created = BigInt(now) * 1_000_000n;
    this.#lastCreated = created > this.#lastCreated ? created : this.#lastCreated + 1n;
    const job: Job = {
      id: makeJobId(this.id, options.ttl, options.retry),
      // Copies, since an argument is a view of all that its socket gave at once.
      queue: this.lookupQueue(options.queue)?.name ?? Buffer.from(options.queue),
      body: Buffer.from(options.body),
      state: "wait-repl",
      replicate: options.replicate & 0xffff,
      expires: (this.seconds + options.ttl) % 2 ** 32,
      created: this.#lastCreated,
      delay: options.delay % 2 ** 32,
      retry: options.retry % 2 ** 32,
      nacks: 0,
      additionalDeliveries: 0,
      nodesDelivered: new Set([this.id]),
      nodesConfirmed: null,
      queueAt: now + (options.delay || options.retry) * 1000,
      alarm: new Alarm(() => this.#process(job)),
      queuedBefore: false,
      announce: false,
      delivered: false,
    };
    return job;
  }

  register(job: Job): void {
    this.jobs.add(job.id, job);
    this.bodyBytes += job.body?.length ?? 0;
    this.schedule(job);
  }

  /** Forgets a job, whatever its state: job.c, unregisterJob. */
  unregister(job: Job): void {
    this.clock.clear(job.alarm);
    this.dequeue(job);
    this.jobs.delete(job.id);
    this.bodyBytes -= job.body?.length ?? 0;
  }

  /** Puts a job into its queue, unless it is there or may not go there again: queue.c, enqueueJob. */
  enqueue(job: Job, nack: boolean): boolean {
    if (job.queue === null || job.state === "queued" || job.queueAt === 0) return false;
    if (job.retry === 0 && job.delivered) return false;
    job.state = "queued";
    job.queueAt = job.retry === 0 ? 0 : this.clock.now() + job.retry * 1000;
    if (job.retry !== 0) job.announce = true;
    if (nack) job.nacks = (job.nacks + 1) & 0xffff;
    else if (job.queuedBefore) job.additionalDeliveries = (job.additionalDeliveries + 1) & 0xffff;
    if (!nack) job.queuedBefore = true;
    this.schedule(job);
    const queue = this.queueNamed(job.queue);
    queue.jobs.insert(job);
    queue.used = this.seconds;
    queue.jobsIn++;
    if (!queue.pausedOut) this.#signal(queue);
    return true;
  }

  /** Takes a job out of its queue without handing it out. */
  dequeue(job: Job): boolean {
    if (job.state !== "queued" || job.queue === null) return false;
    const queue = this.lookupQueue(job.queue);
    if (queue === undefined) return false;
    queue.jobs.delete(job);
    job.state = "active";
    this.#watchIdle(queue);
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
    this.#watchIdle(queue);
    return job;
  }

  /** Puts off the next time a job is queued: job.c, updateJobRequeueTime. */
  postpone(job: Job): void {
    job.announce = true;
    if (job.retry === 0 || job.queueAt === 0) return;
    job.queueAt = this.clock.now() + job.retry * 1000;
    this.schedule(job);
  }

  /** Marks a job as acknowledged and tries to forget it: ack.c, acknowledgeJob and tryJobGC. */
  acknowledge(job: Job): void {
    this.dequeue(job);
    job.state = "acked";
    job.nodesConfirmed = new Set([this.id]);
    this.collect(job);
  }

  /** An acknowledged job goes when all nodes that may have a copy know about the acknowledgement. */
  collect(job: Job): void {
    if (job.nodesDelivered.size === (job.nodesConfirmed?.size ?? 0)) this.unregister(job);
  }

  lookupQueue(name: Buffer): Queue | undefined {
    return this.queues.get(name.toString("latin1"));
  }

  queueNamed(name: Buffer): Queue {
    const known = this.lookupQueue(name);
    if (known !== undefined) return known;
    const queue: Queue = new Queue(name, this.seconds, new Alarm(() => this.#evictIdle(queue)));
    this.queues.add(queue.key, queue);
    this.#watchIdle(queue);
    return queue;
  }

  /** queue.c, queueChangePausedState. */
  setPaused(queue: Queue, pausedIn: boolean, pausedOut: boolean): void {
    const opened = queue.pausedOut && !pausedOut;
    queue.pausedIn = pausedIn;
    queue.pausedOut = pausedOut;
    if (opened) this.#signal(queue);
    this.#watchIdle(queue);
  }

  wait(waiter: Waiter): void {
    for (const queue of waiter.queues) queue.waiters.add(waiter);
  }

  stopWaiting(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      queue.waiters.delete(waiter);
      if (queue.waiters.size === 0) this.#watchIdle(queue);
    }
  }

  /** Gives jobs to those who wait for them, one each: queue.c, handleClientsBlockedOnQueues. */
  serveWaiters(): void {
    for (const queue of this.#ready) {
      for (const waiter of queue.waiters) {
        const job = this.fetch(queue);
        if (job === undefined) break;
        this.stopWaiting(waiter);
        waiter.end(job);
      }
    }
    this.#ready.clear();
  }

  /** Forgets all jobs and queues; whoever waits, gets none: server.c, flushServerData. */
  flush(): void {
    for (const job of [...this.jobs.values()]) this.unregister(job);
    for (const queue of [...this.queues.values()]) {
      for (const waiter of queue.waiters) {
        this.stopWaiting(waiter);
        waiter.end(null);
      }
      this.#destroy(queue);
    }
  }

  /** Sets the time at which something is to be done about a job: job.c, updateJobAwakeTime. */
  schedule(job: Job): void {
    // One second more, so that the job is past its time when it is looked at.
    let at = job.expires * 1000 + 1000;
    if (job.state === "acked") {
      at = Math.min(at, this.clock.now() + COLLECT_AGAIN);
    } else if (job.state !== "wait-repl" && job.queueAt !== 0) {
      at = Math.min(at, job.queueAt - (job.announce ? WILLQUEUE_ADVANCE : 0));
    }
    this.clock.set(job.alarm, at);
  }

  /** job.c, processJob. */
  #process(job: Job): void {
    const now = this.clock.now();
    if (job.expires <= this.seconds) {
      this.unregister(job);
      return;
    }
    if (job.announce && job.queueAt - WILLQUEUE_ADVANCE <= now) job.announce = false;
    if (job.state === "active" && job.queueAt <= now) this.#queueAgain(job);
    else if (job.state === "queued" && job.retry !== 0 && job.queueAt <= now) this.postpone(job);
    if (job.state === "acked") this.collect(job);
    else this.schedule(job);
  }

  /** A job with retries stays out of a queue that takes none in; one without would be lost that way. */
  #queueAgain(job: Job): void {
    const queue = job.queue === null ? undefined : this.lookupQueue(job.queue);
    if (job.retry !== 0 && queue?.pausedIn) job.queueAt = this.clock.now() + job.retry * 1000;
    else this.enqueue(job, false);
  }

  #signal(queue: Queue): void {
    if (queue.waiters.size > 0) this.#ready.add(queue);
  }

  #watchIdle(queue: Queue): void {
    if (queue.alarm.due !== 0) return;
    this.clock.set(queue.alarm, Math.max((queue.used + QUEUE_MAX_IDLE) * 1000, this.clock.now()));
  }

  /** queue.c, GCQueue. */
  #evictIdle(queue: Queue): void {
    if (this.queues.get(queue.key) !== queue) return;
    if (this.seconds - queue.used < QUEUE_MAX_IDLE) this.#watchIdle(queue);
    else if (queue.waiters.size === 0 && queue.jobs.length === 0 && queue.pauseState === "none") {
      this.#destroy(queue);
    }
  }

  #destroy(queue: Queue): void {
    this.clock.clear(queue.alarm);
    this.#ready.delete(queue);
    this.queues.delete(queue.key);
  }
}
