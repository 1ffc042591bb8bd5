import type { Job } from "./job.ts";
import { copyOf, jobFrom } from "./job-copy.ts";
import type { JobCopy } from "./messages.ts";
import type { Node } from "./node.ts";
import type { Asked, Queue } from "./queue.ts";

/** queue.c, NEEDJOBS_MIN_REQUEST and NEEDJOBS_MAX_REQUEST: the minimum and maximum number of jobs to ask for. */
const REQUEST = { min: 5, max: 100 };
/** queue.c, NEEDJOBS_BCAST_*: delay in milliseconds before asking all nodes, or the known sources, again. */
const ALL_DELAY = { min: 2000, max: 30_000 };
const SOURCES_DELAY = { min: 25, max: 2000 };
/** A node that has sent no jobs for this many seconds no longer counts as a source. */
const SOURCE_MAX_IDLE = 5;

/**
 * Asks other nodes for jobs of a queue that is empty on this node, unless this node asked recently: queue.c, needJobsForQueue.
 */
export function needJobs(node: Node, queue: Queue, reason: "clients waiting" | "reached zero"): void {
  if (node.cluster.leaving) return;
  const now = node.clock.now();
  const rate = queue.imports.at(now);
  // Without recent imports, do not ask until a client waits.
  if (reason === "reached zero" && rate === 0) return;
  forgetSources(queue, node.seconds);
  if (now >= nextTime(queue.askedAll, ALL_DELAY)) {
    noteAsked(queue.askedAll, now);
    // Asking for one job is enough to find out which nodes have jobs.
    node.cluster.broadcastToAll({ type: "needjobs", queue: queue.name, count: 1 });
  }
  const sources = queue.sources.size;
  if (sources > 0 && (reason === "reached zero" || now >= nextTime(queue.askedSources, SOURCES_DELAY))) {
    noteAsked(queue.askedSources, now);
    const count = Math.min(Math.max(Math.trunc(rate / sources), REQUEST.min), REQUEST.max);
    node.cluster.broadcast(queue.sources.keys(), { type: "needjobs", queue: queue.name, count });
  }
}

/** Asks for jobs, repeatedly while clients wait: queue.c, clientsCronSendNeedJobs. */
export function seekJobs(node: Node, queue: Queue): void {
  needJobs(node, queue, "clients waiting");
  scheduleNeedJobs(node, queue);
}

function scheduleNeedJobs(node: Node, queue: Queue): void {
  if (queue.waiters.size === 0) return;
  const all = nextTime(queue.askedAll, ALL_DELAY);
  const due = queue.sources.size === 0 ? all : Math.min(all, nextTime(queue.askedSources, SOURCES_DELAY));
  node.clock.set(queue.need, Math.max(due, node.clock.now() + 1));
}

function nextTime(asked: Asked, delay: { readonly min: number; readonly max: number }): number {
  return asked.at + Math.min(delay.min * 2 ** asked.attempts, delay.max) + 1;
}

function noteAsked(asked: Asked, now: number): void {
  asked.at = now;
  asked.attempts++;
}

function forgetSources(queue: Queue, now: number): void {
  for (const [id, lastTime] of queue.sources) if (now - lastTime > SOURCE_MAX_IDLE) queue.sources.delete(id);
}

/** Gives jobs to a node that needs some, but at most half of a short queue: queue.c, receiveNeedJobs. */
export function receiveNeedJobs(node: Node, sender: string, name: string, count: number): void {
  const queue = node.queues.lookup(name);
  if (queue === undefined || queue.jobs.length === 0 || queue.pausedOut) return;
  // A queue that imports jobs has none to give away.
  if (queue.imports.at(node.clock.now()) > 0) return;
  const { length } = queue.jobs;
  const given = length < count * 2 ? Math.max(Math.trunc(length / 2), 1) : count;
  const jobs: Job[] = [];
  for (let job = node.fetch(queue); job !== undefined; job = node.fetch(queue)) {
    jobs.push(job);
    if (jobs.length === given) break;
  }
  node.cluster.send(sender, { type: "yourjobs", jobs: jobs.map((job) => copyOf(node, job)) });
  // An at-most-once job must not stay here as well.
  for (const job of jobs) if (job.retry === 0) node.unregister(job);
}

/** Queues jobs that another node has sent: queue.c, receiveYourJobs. */
export function receiveYourJobs(node: Node, sender: string, copies: readonly JobCopy[]): void {
  for (const copy of copies) {
    const job = node.jobs.get(copy.id) ?? importJob(node, copy);
    // The job only moves from one queue to another: do not count or announce an additional delivery.
    job.queuedBefore = false;
    if (job.retry === 0) job.queueAt = node.clock.now();
    if (!node.enqueue(job, false)) continue;
    const queue = node.queues.getOrCreate(copy.queue);
    if (!queue.sources.has(sender)) queue.askedAll.attempts = 0;
    queue.sources.set(sender, node.seconds);
    queue.imports.count(node.clock.now());
    queue.askedSources.attempts = 0;
    scheduleNeedJobs(node, queue);
  }
}

function importJob(node: Node, copy: JobCopy): Job {
  const job = jobFrom(node, copy);
  node.register(job);
  return job;
}
