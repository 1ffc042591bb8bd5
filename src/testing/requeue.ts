import type { Job } from "./job.ts";
import type { Node } from "./node.ts";

/** Where the random characters of a job's id begin, and how many there are. */
const RANDOM_PART = { at: 11, length: 24 };
/** By how much each further node waits longer than the one before it, and all at most, in milliseconds. */
const TURN = { step: 100, most: 500 };

/**
 * Nodes with a copy of one job queue it again one after another, and the first one tells the others, so that it comes
 * again once. The real server adds up to half a second of random error to the times for that (server.h,
 * DISQUE_TIME_ERR). Here the node where the job was made comes at the very moment, since tests want to know it, and the
 * others in a fixed order within that half second.
 */
export function turnDelay(node: Node, job: Job): number {
  if (isOrigin(node.id, job) || job.nodesDelivered.size < 2) return 0;
  let before = 1;
  for (const id of job.nodesDelivered) {
    if (id !== node.id && !isOrigin(id, job) && compareNodeIds(id, node.id, job.id) > 0) before++;
  }
  return Math.min(before * TURN.step, TURN.most);
}

/** When the retry time that begins now is over, for this node. */
export function nextTurn(node: Node, job: Job): number {
  return node.clock.now() + job.retry * 1000 + turnDelay(node, job);
}

function isOrigin(nodeId: string, job: Job): boolean {
  return job.id.startsWith(nodeId.slice(0, 8), 2);
}

/** Which of two nodes takes precedence differs from job to job: job.c, compareNodeIDsByJob. */
export function compareNodeIds(a: string, b: string, jobId: string): number {
  for (let at = 0; at < a.length; at++) {
    const mask = jobId.charCodeAt(RANDOM_PART.at + (at % RANDOM_PART.length));
    const difference = (a.charCodeAt(at) ^ mask) - (b.charCodeAt(at) ^ mask);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Another node has queued the job, or somebody works on it; then this node has no need to queue it. */
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

/** Another node will queue the job in half a second, unless it hears that there is no need. */
export function receiveWillQueue(node: Node, sender: string, job: Job): void {
  if (job.state === "active" || job.state === "queued") job.nodesDelivered.add(sender);
  if (job.state === "acked") sendSetAck(node, sender, job);
  else if (job.state === "queued") {
    node.cluster.broadcast(job.nodesDelivered, { type: "queued", id: job.id, counts: null });
  }
}

/** A node without a copy of its own wants this one to queue the job. */
export function receiveEnqueue(node: Node, job: Job, delay: number): void {
  const paused = job.queue !== null && node.queues.lookup(job.queue)?.pausedIn === true;
  if (job.state === "queued" || job.state === "acked" || paused) return;
  // This is the first time it is queued anywhere.
  job.queuedBefore = false;
  if (delay === 0) node.enqueue(job, false);
  else node.postpone(job, node.clock.now() + delay * 1000);
}

function sendSetAck(node: Node, to: string, job: Job): void {
  node.cluster.send(to, { type: "setack", id: job.id, mayHave: job.nodesDelivered.size });
}
