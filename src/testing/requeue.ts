import type { Job } from "./job.ts";
import type { Node } from "./node.ts";

/** Position and length of the random characters in a job's id. */
const RANDOM_PART = { at: 11, length: 24 };
/** How much longer each node waits than the node before it, and the maximum wait, in milliseconds. */
const STAGGER = { step: 100, max: 500 };

/**
 * How many milliseconds after a job's retry time this node requeues it. Nodes with a copy take turns, and the first to requeue
 * the job tells the others, so that it is redelivered once. The real server adds up to half a second of random error to the
 * time (server.h, DISQUE_TIME_ERR). To be predictable for tests, here the node that created the job requeues it exactly on
 * time, and the other nodes follow in a fixed order within that half second.
 */
export function requeueDelay(node: Node, job: Job): number {
  if (job.nodesDelivered.size < 2 || isOrigin(node.id, job)) return 0;
  let before = 1;
  for (const id of job.nodesDelivered) {
    if (id !== node.id && !isOrigin(id, job) && compareNodeIds(id, node.id, job.id) > 0) before++;
  }
  return Math.min(before * STAGGER.step, STAGGER.max);
}

/** When this node requeues a job whose retry time begins now. */
export function nextRequeue(node: Node, job: Job): number {
  return node.clock.now() + job.retry * 1000 + requeueDelay(node, job);
}

function isOrigin(nodeId: string, job: Job): boolean {
  return job.id.startsWith(nodeId.slice(0, 8), 2);
}

/** Orders two nodes by precedence for a job; the order differs from job to job: job.c, compareNodeIDsByJob. */
export function compareNodeIds(a: string, b: string, jobId: string): number {
  for (let at = 0; at < a.length; at++) {
    const mask = jobId.charCodeAt(RANDOM_PART.at + (at % RANDOM_PART.length));
    const difference = (a.charCodeAt(at) ^ mask) - (b.charCodeAt(at) ^ mask);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Called when another node has queued the job, or a worker still processes it: this node need not queue it. */
export function receiveQueued(
  node: Node,
  sender: string,
  job: Job,
  working: boolean,
  counts: "nack" | "delivery" | null,
): void {
  if (job.state === "acked") {
    sendSetAck(node, sender, job);
    return;
  }
  if (working || compareNodeIds(sender, node.id, job.id) > 0) node.dequeue(job);
  if (job.retry !== 0) {
    job.announce = true;
    node.postpone(job);
  }
  if (counts === "nack") job.nacks = (job.nacks + 1) & 0xffff;
  if (counts === "delivery") job.additionalDeliveries = (job.additionalDeliveries + 1) & 0xffff;
}

/** Called when another node will queue the job in half a second, unless this node replies that this is not needed. */
export function receiveWillQueue(node: Node, sender: string, job: Job): void {
  if (job.state === "active" || job.state === "queued") job.noteCopy(sender);
  if (job.state === "acked") sendSetAck(node, sender, job);
  else if (job.state === "queued") {
    node.cluster.broadcast(job.nodesDelivered, { type: "queued", id: job.id, counts: null });
  }
}

/** Called when a node that keeps no copy asks this node to queue the job. */
export function receiveEnqueue(node: Node, job: Job, delay: number): void {
  const paused = job.queue !== null && node.queues.lookup(job.queue)?.pausedIn === true;
  if (job.state === "queued" || job.state === "acked" || paused) return;
  // No node has queued the job before, so this is not an additional delivery.
  job.queuedBefore = false;
  if (delay === 0) node.enqueue(job, false);
  else node.postpone(job, node.clock.now() + delay * 1000);
}

function sendSetAck(node: Node, to: string, job: Job): void {
  node.cluster.send(to, { type: "setack", id: job.id, mayHave: job.nodesDelivered.size });
}
