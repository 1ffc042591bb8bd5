import { integerOrThrow, latin1, word } from "../arguments.ts";
import type { Job } from "../job.ts";
import type { Queue } from "../queue.ts";
import { NULL_ARRAY, type Reply, Status, SYNTAX_ERROR } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";
import { jobReply } from "./getjob.ts";
import { jscan, qscan } from "./scan.ts";

export const queueCommands: readonly Command[] = [
  command("qlen", 2, "rF", (call) => queueNamed(call)?.jobs.length ?? 0),
  command("qpeek", 3, "r", qpeek),
  command("qstat", 2, "rF", qstat),
  command("qscan", -1, "r", qscan),
  command("jscan", -1, "r", jscan),
  command("pause", -3, "rF", pause),
];

/** The queue that the first argument names. */
function queueNamed(call: Call): Queue | undefined {
  return call.node.queues.lookup(latin1(argument(call, 1)));
}

/** QPEEK queue count: the oldest jobs or, for a negative count, the newest: queue.c, qpeekCommand. */
function qpeek(call: Call): Reply {
  const count = integerOrThrow(argument(call, 2));
  const queue = queueNamed(call);
  if (queue === undefined) return [];
  const jobs: Job[] = [];
  for (const job of count < 0 ? queue.jobs.backwards() : queue.jobs) {
    if (jobs.length >= Math.abs(count)) break;
    jobs.push(job);
  }
  return jobs.map((job) => jobReply(job, false));
}

function qstat(call: Call): Reply {
  const queue = queueNamed(call);
  return queue === undefined ? NULL_ARRAY : queueInfo(queue, call.node.clock.now());
}

/** Like qstatCommand in Disque's queue.c. */
function queueInfo(queue: Queue, now: number): Reply {
  const seconds = Math.floor(now / 1000);
  return [
    ["name", queue.name],
    ["len", queue.jobs.length],
    ["age", seconds - queue.created],
    ["idle", seconds - queue.used],
    ["blocked", queue.waiters.size],
    ["import-from", [...queue.sources.keys()]],
    ["import-rate", queue.imports.at(now)],
    ["jobs-in", queue.jobsIn],
    ["jobs-out", queue.jobsOut],
    ["pause", queue.pauseState],
  ].flat(1);
}

/** PAUSE queue none|in|out|all|state|bcast ...: queue.c, pauseCommand. */
function pause(call: Call): Reply {
  const { node, args } = call;
  const name = latin1(argument(call, 1));
  let update = false;
  let bcast = false;
  let pausedIn = false;
  let pausedOut = false;
  for (const option of args.slice(2).map(word)) {
    if (option === "bcast") bcast = true;
    if (option === "state" || option === "bcast") continue;
    if (!["none", "in", "out", "all"].includes(option)) throw SYNTAX_ERROR;
    update = true;
    pausedIn = option !== "none" && (pausedIn || option !== "out");
    pausedOut = option !== "none" && (pausedOut || option !== "in");
  }
  const known = node.queues.lookup(name);
  const queue = known ?? (update && (pausedIn || pausedOut) ? node.queues.getOrCreate(name) : undefined);
  if (queue !== undefined && update) node.queues.setPaused(queue, pausedIn, pausedOut);
  if (bcast) {
    node.cluster.broadcastToAll({
      type: "pause",
      queue: name,
      pausedIn: queue?.pausedIn ?? false,
      pausedOut: queue?.pausedOut ?? false,
    });
  }
  return new Status(queue?.pauseState ?? "none");
}
