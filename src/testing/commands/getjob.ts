import { integer, latin1, timeoutEnd, word } from "../arguments.ts";
import { needJobs } from "../federation.ts";
import type { Job } from "../job.ts";
import { ErrorReply, NULL_ARRAY, type Reply, SYNTAX_ERROR } from "../reply.ts";
import type { Call } from "./command.ts";

/** From createSharedObjects in Disque's server.c. */
export const LEAVING_ERROR: ErrorReply = new ErrorReply(
  "LEAVING This node is leaving the cluster, please connect to a different one",
);

/** A job as GETJOB and QPEEK return it: queue.c, addReplyJob. */
export function jobReply(job: Job, withCounters: boolean): Reply {
  const reply: Reply[] = [job.queue, job.id, job.body];
  if (withCounters) {
    reply.push("nacks", job.nacks, "additional-deliveries", job.additionalDeliveries);
  }
  return reply;
}

/** GETJOB [NOHANG] [TIMEOUT ms] [COUNT n] [WITHCOUNTERS] FROM queue ...: queue.c, getjobCommand. */
export function getjob(call: Call): Reply | undefined {
  const { node, state, client } = call;
  const options = getjobOptions(call);
  const jobs = fetchJobs(call, options.queues, options.count);
  // With CLIENT REPLY OFF or SKIP, the server takes the jobs and then blocks as if there were none: it decides by
  // whether it has written a reply.
  if (jobs.length > 0 && client.getsReplies) return jobs.map((job) => jobReply(job, options.withCounters));
  if (options.nohang) return NULL_ARRAY;
  if (node.cluster.leaving) throw LEAVING_ERROR;
  state.waitForJob(client, options.queues, options.until, (job) => jobReply(job, options.withCounters));
  return undefined;
}

/** Takes one job from each queue in turn, repeatedly, until there are enough or none are left. */
function fetchJobs({ node }: Call, names: readonly string[], count: number): Job[] {
  const jobs: Job[] = [];
  for (let progress = true; progress; ) {
    progress = false;
    for (const name of names) {
      // Asking for a queue creates it: queue.c, needJobsForQueueName.
      const queue = node.queues.getOrCreate(name);
      const job = queue.pausedOut ? undefined : node.fetch(queue);
      if (job === undefined) {
        needJobs(node, queue, "clients waiting");
        continue;
      }
      if (queue.jobs.length === 0) needJobs(node, queue, "reached zero");
      progress = true;
      jobs.push(job);
      if (jobs.length === count) return jobs;
    }
  }
  return jobs;
}

interface GetJobOptions {
  nohang: boolean;
  withCounters: boolean;
  /** The time at which a wait ends; 0 for never. */
  until: number;
  count: number;
  queues: readonly string[];
}

function getjobOptions({ args, node }: Call): GetJobOptions {
  const options: GetJobOptions = { nohang: false, withCounters: false, until: 0, count: 1, queues: [] };
  for (let at = 1; at < args.length; at++) {
    const name = word(args[at]);
    const value = args[at + 1];
    if (name === "nohang") {
      options.nohang = true;
    } else if (name === "withcounters") {
      options.withCounters = true;
    } else if (name === "timeout" && value !== undefined) {
      options.until = timeoutEnd(value, node.clock);
      at++;
    } else if (name === "count" && value !== undefined) {
      const count = integer(value);
      if (count === null || count <= 0) {
        throw new ErrorReply("ERR COUNT must be a number greater than zero");
      }
      options.count = count;
      at++;
    } else if (name === "from" && value !== undefined) {
      options.queues = args.slice(at + 1).map(latin1);
      return options;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  throw SYNTAX_ERROR;
}
