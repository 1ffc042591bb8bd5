import { receiveGotAck, receiveSetAck } from "./acks.ts";
import type { Endpoint } from "./bus.ts";
import { receiveNeedJobs, receiveYourJobs } from "./federation.ts";
import type { Job } from "./job.ts";
import { isHeartbeat, type JobMessage, type Message } from "./messages.ts";
import type { Node } from "./node.ts";
import { receiveGotJob, receiveReplJob } from "./replication.ts";
import { receiveEnqueue, receiveQueued, receiveWillQueue } from "./requeue.ts";

/** Processes a message from another node: cluster.c, clusterProcessPacket. */
export function receive(
  node: Node,
  message: Message,
  sender: string,
  from: Endpoint,
  isFull: () => boolean,
): void {
  node.cluster.received++;
  if (isHeartbeat(message)) {
    node.cluster.receiveHeartbeat(message, sender, from);
    return;
  }
  // Other messages are accepted only from known nodes.
  if (node.cluster.peers.get(sender) === undefined) return;
  switch (message.type) {
    case "fail":
      node.cluster.receiveFail(message.id);
      break;
    case "repljob":
      if (!isFull() && !node.cluster.leaving) receiveReplJob(node, sender, message.job, message.reply);
      break;
    case "yourjobs":
      receiveYourJobs(node, sender, message.jobs);
      break;
    case "needjobs":
      receiveNeedJobs(node, sender, message.queue, message.count);
      break;
    case "pause":
      receivePause(node, message.queue, message.pausedIn, message.pausedOut);
      break;
    case "setack":
      receiveSetAck(node, sender, message.id, message.mayHave);
      break;
    default: {
      const job = node.jobs.get(message.id);
      if (job !== undefined) receiveAbout(node, job, message, sender);
    }
  }
}

function receiveAbout(
  node: Node,
  job: Job,
  message: Exclude<JobMessage, { type: "setack" }>,
  sender: string,
): void {
  switch (message.type) {
    case "gotjob":
      receiveGotJob(node, sender, job);
      break;
    case "gotack":
      receiveGotAck(node, sender, job, message.known);
      break;
    case "deljob":
      node.unregister(job);
      break;
    case "willqueue":
      receiveWillQueue(node, sender, job);
      break;
    case "working":
      receiveQueued(node, sender, job, true, null);
      break;
    case "queued":
      receiveQueued(node, sender, job, false, message.counts);
      break;
    case "enqueue":
      receiveEnqueue(node, job, message.delay);
      break;
  }
}

/** Like receivePauseQueue in Disque's queue.c. */
function receivePause(node: Node, name: string, pausedIn: boolean, pausedOut: boolean): void {
  const queue = pausedIn || pausedOut ? node.queues.getOrCreate(name) : node.queues.lookup(name);
  if (queue !== undefined) node.queues.setPaused(queue, pausedIn, pausedOut);
}
