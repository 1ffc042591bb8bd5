import type { Job } from "./job.ts";
import type { JobCopy } from "./messages.ts";
import type { Node } from "./node.ts";
import { requeueDelay } from "./requeue.ts";

/** The copy of a job to send to another node: job.c, serializeJob. */
export function copyOf(node: Node, job: Job): JobCopy {
  return {
    id: job.id,
    queue: job.queue ?? "",
    body: job.body ?? Buffer.alloc(0),
    replicate: job.replicate,
    // Add a second, because the receiver's clock may reach the next second first.
    ttl: Math.max(job.expires - node.seconds + 1, 1),
    created: job.created,
    delay: job.delay,
    retry: job.retry,
    nacks: job.nacks,
    additionalDeliveries: job.additionalDeliveries,
    queuedBefore: job.queuedBefore,
    nodesDelivered: [...job.nodesDelivered],
  };
}

/** Creates a job from a received copy without registering it: job.c, deserializeJob. */
export function jobFrom(node: Node, copy: JobCopy): Job {
  const { ttl, nodesDelivered, ...fields } = copy;
  const job = node.makeJob({
    ...fields,
    state: "active",
    expires: node.seconds + ttl,
    // Leave out nodes that this node does not know.
    nodesDelivered: new Set(nodesDelivered.filter((id) => id === node.id || node.cluster.peers.get(id))),
    queueAt: 0,
    announce: copy.retry !== 0,
  });
  if (job.retry !== 0) {
    job.queueAt = node.clock.now() + (job.delay + job.retry) * 1000 + requeueDelay(node, job);
  }
  return job;
}
