import type { Job } from "./job.ts";
import { copyOf, jobFrom } from "./job-copy.ts";
import type { JobCopy } from "./messages.ts";
import type { Node } from "./node.ts";

/**
 * Sends a job to `more` additional nodes, and again to the nodes that have not confirmed it. If nodes were added, also sends
 * the job to the nodes that have confirmed it, so that they learn of the new nodes: cluster.c, clusterReplicateJob.
 */
export function replicate(node: Node, job: Job, more: number, reply: boolean): void {
  let added = 0;
  for (const peer of shuffled(node.cluster.peers.reachable)) {
    if (added >= more) break;
    if (peer.link === null || job.nodesDelivered.has(peer.id)) continue;
    job.noteCopy(peer.id);
    added++;
  }
  const copy = copyOf(node, job);
  for (const id of job.nodesDelivered) {
    const confirmed = job.nodesConfirmed?.has(id) ?? false;
    if (confirmed && added === 0) continue;
    node.cluster.send(id, { type: "repljob", job: copy, reply: reply && !confirmed });
  }
}

export function receiveReplJob(node: Node, sender: string, copy: JobCopy, reply: boolean): void {
  // The job is refused without a reply: the sender will offer it to other nodes.
  if (node.queues.lookup(copy.queue)?.pausedIn) return;
  const known = node.jobs.get(copy.id);
  const job = jobFrom(node, copy);
  if (known === undefined) {
    job.queuedBefore = true;
    node.register(job);
  } else {
    for (const id of job.nodesDelivered) known.noteCopy(id);
  }
  if (reply) node.cluster.send(sender, { type: "gotjob", id: copy.id });
}

export function receiveGotJob(node: Node, sender: string, job: Job): void {
  if (job.state !== "wait-repl" || job.nodesConfirmed === null) return;
  job.nodesConfirmed.add(sender);
  if (job.nodesConfirmed.size === job.replicate) achieveReplication(node, job);
}

/**
 * Called when there are enough copies: job.c, jobReplicationAchieved. A node that keeps no copy asks another node to queue the
 * job, and then deletes its own record of it, so the job may no longer exist here afterwards.
 */
export function achieveReplication(node: Node, job: Job): void {
  job.state = "active";
  job.replicated?.("achieved");
  job.replicated = null;
  if (!job.nodesDelivered.has(node.id)) {
    queueElsewhere(node, job, job.nodesConfirmed ?? new Set());
    node.unregister(job);
    return;
  }
  job.nodesConfirmed = null;
  if (job.delay === 0) node.enqueue(job, false);
  else node.schedule(job);
}

/** Asks one of these nodes, which have copies of the job, to queue it. */
export function queueElsewhere(node: Node, job: Job, nodes: ReadonlySet<string>): void {
  const [chosen] = shuffled([...nodes]);
  if (chosen !== undefined) node.cluster.send(chosen, { type: "enqueue", id: job.id, delay: job.delay });
}

/** Called when the client no longer waits for the replication: deletes all copies that can be reached. */
export function abandonReplication(node: Node, job: Job): void {
  job.replicated = null;
  if (job.state === "wait-repl") node.unregister(job);
}

/** Returns a copy in random order (Fisher-Yates shuffle). */
function shuffled<T>(values: readonly T[]): T[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(Math.random() * (last + 1));
    const [a, b] = [order[last], order[chosen]];
    if (a === undefined || b === undefined) continue;
    order[last] = b;
    order[chosen] = a;
  }
  return order;
}
