import { acknowledge, acknowledgeUnknown, tryGC } from "../acks.ts";
import type { Job } from "../job.ts";
import { jobId, jobIds } from "../job-id.ts";
import { ErrorReply, type Reply } from "../reply.ts";
import { addjob } from "./addjob.ts";
import { type Call, type Command, command } from "./command.ts";
import { getjob } from "./getjob.ts";

export const jobCommands: readonly Command[] = [
  command("addjob", -4, "wmF", addjob),
  command("getjob", -2, "wF", getjob),
  command("ackjob", -1, "wF", ackjob),
  command("fastack", -1, "wF", fastack),
  command("deljob", -1, "wF", deljob),
  command("show", 2, "rF", show),
  command("enqueue", -1, "mwF", (call) => enqueue(call, false)),
  command("nack", -1, "mwF", (call) => enqueue(call, true)),
  command("dequeue", -1, "wF", dequeue),
  command("working", 2, "wF", working),
];

/** Calls `act` for each known job among the arguments. Returns how many times `act` returned true. */
function forEachJob({ args, node }: Call, act: (job: Job) => boolean): number {
  let count = 0;
  for (const id of jobIds(args)) {
    const job = node.jobs.get(id);
    if (job !== undefined && act(job)) count++;
  }
  return count;
}

/** Like ackjobCommand in Disque's ack.c. */
function ackjob(call: Call): Reply {
  const { node } = call;
  let known = 0;
  for (const id of jobIds(call.args)) {
    const job = node.jobs.get(id);
    if (job === undefined) {
      acknowledgeUnknown(node, id);
      continue;
    }
    if (job.state !== "acked") known++;
    acknowledge(node, job);
    tryGC(node, job);
  }
  return known;
}

/** Deletes jobs on this node, and tells all nodes that may have copies to do the same: ack.c, fastackCommand. */
function fastack({ args, node }: Call): Reply {
  let known = 0;
  for (const id of jobIds(args)) {
    const job = node.jobs.get(id);
    const others = job?.nodesDelivered ?? node.cluster.peers.all.keys();
    node.cluster.broadcast(others, { type: "deljob", id });
    if (job === undefined) continue;
    node.unregister(job);
    known++;
  }
  return known;
}

/** Deletes jobs on this node only: job.c, deljobCommand. */
function deljob(call: Call): Reply {
  return forEachJob(call, (job) => {
    call.node.unregister(job);
    return true;
  });
}

function enqueue(call: Call, nack: boolean): Reply {
  return forEachJob(call, (job) => job.state === "active" && call.node.enqueue(job, nack));
}

function dequeue(call: Call): Reply {
  return forEachJob(call, (job) => call.node.dequeue(job));
}

/** Like workingCommand in Disque's queue.c. */
function working({ args, node }: Call): Reply {
  const job = node.jobs.get(jobId(args[1]));
  if (job === undefined) throw new ErrorReply("NOJOB Job not known in the context of this node.");
  const created = Number(job.created / 1_000_000n);
  const ttl = job.expires * 1000 - created;
  // The real server uses integer division.
  if (ttl > 0 && node.clock.now() - created > Math.trunc(ttl / 2)) {
    throw new ErrorReply(
      "TOOLATE Half of job TTL already elapsed, you are no longer allowed to postpone the next delivery.",
    );
  }
  node.dequeue(job);
  job.announce = true;
  node.postpone(job);
  node.cluster.broadcast(job.nodesDelivered, { type: "working", id: job.id });
  return job.retry;
}

function show({ args, node }: Call): Reply {
  const job = node.jobs.get(jobId(args[1]));
  return job === undefined ? null : jobInfo(job, node.clock.now());
}

/** Everything that a node knows about a job: job.c, addReplyJobInfo. */
export function jobInfo(job: Job, now: number): Reply {
  const within = (time: number) => (time === 0 ? null : Math.max(0, time - now));
  return [
    ["id", job.id],
    ["queue", job.queue],
    ["state", job.state],
    ["repl", job.replicate],
    ["ttl", Math.max(0, job.expires - Math.floor(now / 1000))],
    ["ctime", job.created],
    ["delay", job.delay],
    ["retry", job.retry],
    ["nacks", job.nacks],
    ["additional-deliveries", job.additionalDeliveries],
    ["nodes-delivered", [...job.nodesDelivered]],
    ["nodes-confirmed", [...(job.nodesConfirmed ?? [])]],
    ["next-requeue-within", within(job.queueAt)],
    ["next-awake-within", within(job.due)],
    ["body", job.body],
  ].flat(1);
}
