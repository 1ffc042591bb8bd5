import { integer, latin1, timeoutEnd } from "../arguments.ts";
import type { Job } from "../job.ts";
import type { Node } from "../node.ts";
import { queueElsewhere, replicate } from "../replication.ts";
import { ErrorReply, type Reply, Status } from "../reply.ts";
import { argument, type Call } from "./command.ts";
import { type OptionReader, readOptions } from "./options.ts";

const DAY = 24 * 60 * 60;
/** job.h, JOB_DEFAULT_RETRY_MAX: five minutes. */
const MAX_DEFAULT_RETRY = 300;

interface AddJobOptions {
  replicate: number;
  ttl: number;
  retry: number;
  delay: number;
  maxlen: number;
  async: boolean;
}

/** ADDJOB queue job timeout [REPLICATE n] [DELAY s] [RETRY s] [TTL s] [MAXLEN n] [ASYNC]: job.c, addjobCommand. */
export function addjob(call: Call): Reply | undefined {
  const { node, state } = call;
  const options = addjobOptions(call);
  const until = timeoutEnd(argument(call, 3), node.clock);
  if (options.replicate > 1 && options.retry === 0) {
    // The double space is also in the server's text.
    throw new ErrorReply(
      "ERR With RETRY set to 0 please explicitly set  REPLICATE to 1 (at-most-once delivery)",
    );
  }
  if (options.delay >= options.ttl) {
    throw new ErrorReply(
      "ERR The specified DELAY is greater than TTL. Job refused since would never be delivered",
    );
  }
  if (options.retry === -1) {
    options.retry = Math.min(Math.trunc(options.ttl / 10), MAX_DEFAULT_RETRY) || 1;
  }
  // A node that is leaving or short of memory keeps no copy, so one more of the other nodes must keep one.
  const kept = !node.cluster.leaving && state.memoryWarning === 0;
  const others = kept ? options.replicate - 1 : options.replicate;
  checkReplication(node, others, kept);
  const name = latin1(argument(call, 1));
  const queue = node.queues.lookup(name);
  if (options.maxlen > 0 && queue !== undefined && queue.jobs.length >= options.maxlen) {
    throw new ErrorReply("MAXLEN Queue is already longer than the specified MAXLEN count");
  }
  if (queue?.pausedIn) throw new ErrorReply("PAUSED Queue paused in input, try later");

  const job = node.createJob(options, queue?.name ?? name, argument(call, 2), kept);
  if (others > 0 && !options.async) {
    job.nodesConfirmed = new Set(job.nodesDelivered);
    node.register(job);
    state.waitForReplication(call.client, job, until);
    replicate(node, job, others, true);
    return undefined;
  }
  if (kept) keep(node, job);
  if (others > 0) replicate(node, job, others, false);
  if (!kept) queueElsewhere(node, job, job.nodesDelivered);
  return new Status(job.id);
}

/** Keeps the job on this node, and queues it immediately or after its delay. */
function keep(node: Node, job: Job): void {
  job.state = "active";
  node.register(job);
  if (job.delay === 0) node.enqueue(job, false);
}

function addjobOptions(call: Call): AddJobOptions {
  const options: AddJobOptions = {
    replicate: Math.min(3, call.node.cluster.size),
    ttl: DAY,
    retry: -1,
    delay: 0,
    maxlen: 0,
    async: false,
  };
  readOptions(call, 4, options, READER);
  return options;
}

const READER: OptionReader<AddJobOptions> = {
  replicate: number("replicate", 1, "REPLICATE must be between 1 and 65535", 65535),
  ttl: number("ttl", 1, "TTL must be a number > 0"),
  retry: number("retry", 0, "RETRY time must be a non negative number"),
  delay: number("delay", 0, "DELAY time must be a non negative number"),
  maxlen: number("maxlen", 1, "MAXLEN must be a positive number"),
  async: {
    flag: (options) => {
      options.async = true;
    },
  },
};

function number(
  name: Exclude<keyof AddJobOptions, "async">,
  min: number,
  error: string,
  max: number = Number.POSITIVE_INFINITY,
): OptionReader<AddJobOptions>[string] {
  return {
    value: (options, text) => {
      const value = integer(text);
      if (value === null || value < min || value > max) throw new ErrorReply(`ERR ${error}`);
      options[name] = value;
    },
  };
}

function checkReplication({ cluster }: Node, others: number, kept: boolean): void {
  const reachable = cluster.peers.reachable.length;
  if (others <= reachable) return;
  const text = "NOREPL Not enough reachable nodes for the requested replication level";
  if (kept || others - 1 !== reachable) throw new ErrorReply(text);
  const reason = cluster.leaving ? "I'm leaving the cluster" : "I'm out of memory";
  throw new ErrorReply(
    `${text}, since I'm unable to hold a copy of the message for the following reason: ${reason}`,
  );
}
