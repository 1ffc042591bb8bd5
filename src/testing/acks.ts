import type { Job } from "./job.ts";
import type { Node } from "./node.ts";
import { achieveReplication } from "./replication.ts";

/** JOB_GC_RETRY_COUNT_MAX in Disque's job.h. */
const MAX_GC_RETRIES = 10;

/** Marks a job as acknowledged: ack.c, acknowledgeJob. */
export function acknowledge(node: Node, job: Job): void {
  if (job.state === "acked") return;
  node.dequeue(job);
  job.state = "acked";
  job.nodesConfirmed = null;
  node.schedule(job);
}

/**
 * Records the acknowledgement of a job that this node does not know, and tells all nodes: ack.c, ackjobCommand. The id contains
 * the time to live in minutes. That number is even for at-most-once jobs, which have no copies to delete.
 */
export function acknowledgeUnknown(node: Node, id: string): void {
  const minutes = Number.parseInt(id.slice(36), 16) || 0;
  if (node.cluster.size === 1 || node.cluster.leaving || minutes % 2 === 0) return;
  const job = node.makeJob({
    id,
    queue: null,
    body: null,
    state: "acked",
    replicate: 0,
    expires: node.seconds + minutes * 60,
    created: 0n,
    delay: 0,
    retry: 0,
    nacks: 0,
    additionalDeliveries: 0,
    nodesDelivered: new Set(),
    queueAt: 0,
    queuedBefore: false,
    announce: false,
  });
  node.register(job);
  tryGC(node, job);
}

/**
 * Deletes an acknowledged job once all nodes that may have a copy know of the acknowledgement. Until then, sends the
 * acknowledgement to the nodes that have not confirmed it: ack.c, tryJobGC.
 */
export function tryGC(node: Node, job: Job): void {
  if (job.state !== "acked") return;
  const { nodesDelivered } = job;
  const unknown = nodesDelivered.size === 0;
  job.gcRetries = Math.min(job.gcRetries + 1, MAX_GC_RETRIES);
  job.nodesConfirmed ??= new Set([node.id]);
  if (unknown ? node.cluster.size === 1 : nodesDelivered.size === job.nodesConfirmed.size) {
    node.unregister(job);
    return;
  }
  for (const id of unknown ? node.cluster.peers.all.keys() : nodesDelivered) {
    if (!job.nodesConfirmed.has(id)) {
      node.cluster.send(id, { type: "setack", id: job.id, mayHave: nodesDelivered.size });
    }
  }
}

export function receiveSetAck(node: Node, sender: string, id: string, mayHave: number): void {
  const job = node.jobs.get(id);
  if (job?.state === "wait-repl") {
    // The job was fetched and acknowledged on another node before its replication was complete here.
    achieveReplication(node, job);
    if (node.jobs.get(id) === undefined) return;
  }
  if (job !== undefined) acknowledge(node, job);
  if (job === undefined || job.nodesDelivered.size <= mayHave) {
    node.cluster.send(sender, { type: "gotack", id, known: job !== undefined });
    return;
  }
  // This node knows of more copies than the sender, so it takes over the task of deleting all copies.
  if (mayHave === 0) node.cluster.send(sender, { type: "gotack", id, known: true });
  tryGC(node, job);
}

export function receiveGotAck(node: Node, sender: string, job: Job, known: boolean): void {
  if (job.state !== "acked") return;
  const { nodesConfirmed } = job;
  if (job.nodesDelivered.size === 0 && !known) {
    nodesConfirmed?.add(sender);
    // No node knows the job.
    if ((nodesConfirmed?.size ?? 0) >= 1 + node.cluster.peers.all.size) node.unregister(job);
    return;
  }
  if (job.nodesDelivered.size === 0) {
    // The sender knows the job and takes over the task of deleting the copies.
    node.unregister(job);
    return;
  }
  if (known || job.nodesDelivered.has(sender)) {
    job.noteCopy(sender);
    nodesConfirmed?.add(sender);
  }
  if (nodesConfirmed !== null && nodesConfirmed.size >= job.nodesDelivered.size) {
    node.cluster.broadcast(job.nodesDelivered, { type: "deljob", id: job.id });
    node.unregister(job);
  }
}
