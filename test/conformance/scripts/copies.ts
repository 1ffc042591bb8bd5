import {
  callOn,
  EACH,
  type Expected,
  eventually,
  keep,
  type Script,
  type Step,
  script,
  wait,
} from "../script.ts";
import { copy, every, total } from "../views.ts";

const ALL: readonly string[] = ["$<node 1>", "$<node 2>", "$<node 3>"];
const NOT_ENOUGH = "-NOREPL Not enough reachable nodes for the requested replication level";

/** The reply to SHOW of a node with a copy, or without one. */
function state(name: string, ...copies: readonly Expected[]): Step {
  return eventually(EACH, `SHOW {${name}}`, copies, every(copy));
}

function held(name: string, nodes: readonly string[] = ALL, confirmed: readonly string[] = []): Expected {
  return [`$${name}`, ":0", ":0", nodes, confirmed];
}

/** Copies of jobs on three nodes. */
export const copyScripts: readonly Script[] = [
  script(
    "a job is copied to every node by default, and queued where it was added",
    keep("id", "ADDJOB q body 5000", "+<id 1 05a1>"),
    state("id", held("queued"), held("active"), held("active")),
    callOn(EACH, "QLEN q", [":1", ":0", ":0"]),
    callOn(EACH, "QPEEK q 1", [[["$q", "$<id 1 05a1>", "$body"]], [], []]),
    keep("other", "ADDJOB q body 5000 REPLICATE 3", "+<id 2 05a1>", "main@2"),
    state("other", held("active"), held("queued"), held("active")),
  ),
  script(
    "REPLICATE sets the number of copies",
    keep("id", "ADDJOB q body 0 REPLICATE 1", "+<id 1 05a1>"),
    state("id", held("queued", ["$<node 1>"]), "$-1", "$-1"),
    keep("two", "ADDJOB q body 5000 REPLICATE 2", "+<id 1 05a1>"),
    callOn(
      EACH,
      "SHOW {two}",
      ":2",
      (replies) => `:${[...replies].filter((reply) => reply !== "$-1").length}`,
    ),
    callOn("main", "ADDJOB q body 5000 REPLICATE 4", NOT_ENOUGH),
    callOn("main", "ADDJOB q body 5000 REPLICATE 4 ASYNC", NOT_ENOUGH),
    callOn("main", "ADDJOB q body 5000 RETRY 0", /^-ERR With RETRY set to 0 /),
    keep("once", "ADDJOB q body 5000 RETRY 0 REPLICATE 1", "+<id 1 05a0>"),
    state("once", held("queued", ["$<node 1>"]), "$-1", "$-1"),
  ),
  script(
    "ASYNC replicates after the reply",
    keep("id", "ADDJOB q body 0 ASYNC", "+<id 1 05a1>"),
    state("id", held("queued"), held("active"), held("active")),
    keep("late", "ADDJOB q body 0 ASYNC DELAY 100", "+<id 1 05a1>"),
    state("late", held("active"), held("active"), held("active")),
  ),
  script(
    "a delayed job is in state active on all nodes",
    keep("id", "ADDJOB q body 5000 DELAY 100 RETRY 10", "+<id 1 05a1>"),
    state("id", held("active"), held("active"), held("active")),
    callOn(
      EACH,
      "SHOW {id}",
      [":100", ":100", ":100"],
      every((reply) => reply[13] ?? ""),
    ),
  ),
  script(
    "ACKJOB on the node that queued a job deletes it on all nodes",
    keep("id", "ADDJOB q body 5000", "+<id 1 05a1>"),
    callOn("main", "ACKJOB {id}", ":1"),
    state("id", "$-1", "$-1", "$-1"),
    callOn(EACH, "QLEN q", [":0", ":0", ":0"]),
  ),
  script(
    "ACKJOB on another node with a copy deletes a job on all nodes",
    keep("id", "ADDJOB q body 5000", "+<id 1 05a1>"),
    callOn("main@3", "ACKJOB {id}", ":1"),
    state("id", "$-1", "$-1", "$-1"),
    callOn(EACH, "QLEN q", [":0", ":0", ":0"]),
  ),
  script(
    "ACKJOB on a node without a copy returns 0, but deletes the job on all nodes",
    keep("id", "ADDJOB q body 0 REPLICATE 1", "+<id 1 05a1>"),
    callOn("main@3", "ACKJOB {id}", ":0"),
    state("id", "$-1", "$-1", "$-1"),
    callOn(EACH, "QLEN q", [":0", ":0", ":0"]),
  ),
  script(
    "the acknowledgement of an unknown job is forgotten once all nodes have confirmed it",
    callOn("main@2", "ACKJOB D-01234567-0123456789abcdefghijklmn-05a1", ":0"),
    eventually(EACH, "SHOW D-01234567-0123456789abcdefghijklmn-05a1", ["$-1", "$-1", "$-1"], every(copy)),
    callOn("main@2", "ACKJOB D-01234567-0123456789abcdefghijklmn-05a0", ":0"),
    callOn(EACH, "SHOW D-01234567-0123456789abcdefghijklmn-05a0", ["$-1", "$-1", "$-1"], every(copy)),
  ),
  script(
    "FASTACK on any node deletes a job on all nodes",
    keep("id", "ADDJOB q body 5000", "+<id 1 05a1>"),
    callOn("main@2", "FASTACK {id}", ":1"),
    state("id", "$-1", "$-1", "$-1"),
    keep("once", "ADDJOB q body 0 REPLICATE 1", "+<id 1 05a1>"),
    callOn("main@2", "FASTACK {once}", ":0"),
    state("once", "$-1", "$-1", "$-1"),
    callOn(EACH, "QLEN q", [":0", ":0", ":0"]),
  ),
  script(
    "DELJOB deletes the copy of one node only",
    keep("id", "ADDJOB q body 5000", "+<id 1 05a1>"),
    callOn("main", "DELJOB {id}", ":1"),
    callOn("main", "DELJOB {id}", ":0"),
    state("id", "$-1", held("active"), held("active")),
    callOn("main@2", "DELJOB {id}", ":1"),
    state("id", "$-1", "$-1", held("active")),
    callOn("main@3", "ENQUEUE {id}", ":1"),
    callOn(EACH, "QLEN q", [":0", ":0", ":1"]),
  ),
  script(
    "a node without a copy of a job can only acknowledge it",
    keep("id", "ADDJOB q body 0 REPLICATE 1", "+<id 1 05a1>"),
    callOn("main@2", "NACK {id}", ":0"),
    callOn("main@2", "ENQUEUE {id}", ":0"),
    callOn("main@2", "DEQUEUE {id}", ":0"),
    callOn("main@2", "DELJOB {id}", ":0"),
    callOn("main@2", "WORKING {id}", "-NOJOB Job not known in the context of this node."),
    state("id", held("queued", ["$<node 1>"]), "$-1", "$-1"),
  ),
  script(
    "NACK on the node that delivered a job queues it there and is counted in all copies",
    keep("id", "ADDJOB q body 5000 RETRY 100", "+<id 1 05a1>"),
    callOn("main", "GETJOB FROM q", [["$q", "$<id 1 05a1>", "$body"]]),
    callOn("main", "NACK {id}", ":1"),
    state(
      "id",
      ["$queued", ":1", ":0", ALL, []],
      ["$active", ":1", ":0", ALL, []],
      ["$active", ":1", ":0", ALL, []],
    ),
    callOn("main", "GETJOB WITHCOUNTERS FROM q", [
      ["$q", "$<id 1 05a1>", "$body", "$nacks", ":1", "$additional-deliveries", ":0"],
    ]),
  ),
  script(
    "NACK on another node with a copy queues the job on that node",
    keep("id", "ADDJOB q body 5000 RETRY 100", "+<id 1 05a1>"),
    callOn("main", "GETJOB FROM q", [["$q", "$<id 1 05a1>", "$body"]]),
    callOn("main@2", "NACK {id}", ":1"),
    callOn("main@2", "NACK {id}", ":0"),
    state(
      "id",
      ["$active", ":1", ":0", ALL, []],
      ["$queued", ":1", ":0", ALL, []],
      ["$active", ":1", ":0", ALL, []],
    ),
    callOn(EACH, "QLEN q", [":0", ":1", ":0"]),
  ),
  script(
    "ENQUEUE on another node queues the job there too, and counts as a delivery in all copies",
    keep("id", "ADDJOB q body 5000 RETRY 100", "+<id 1 05a1>"),
    callOn("main", "GETJOB FROM q", [["$q", "$<id 1 05a1>", "$body"]]),
    callOn("main@3", "ENQUEUE {id}", ":1"),
    state(
      "id",
      ["$active", ":0", ":1", ALL, []],
      ["$active", ":0", ":1", ALL, []],
      ["$queued", ":0", ":1", ALL, []],
    ),
    callOn("main", "ENQUEUE {id}", ":1"),
    callOn("main", "DEQUEUE {id}", ":1"),
    callOn("main", "DEQUEUE {id}", ":0"),
    callOn("main", "SHOW {id}", "$active", (reply) => reply[5] ?? ""),
  ),
  script(
    "WORKING takes a job out of the queues of all nodes",
    keep("id", "ADDJOB q body 5000 RETRY 100", "+<id 1 05a1>"),
    callOn("main@2", "WORKING {id}", ":100"),
    state("id", held("active"), held("active"), held("active")),
    callOn(EACH, "QLEN q", [":0", ":0", ":0"]),
    callOn("main", "GETJOB NOHANG FROM q", "*-1"),
  ),
  script(
    "a job that is not acknowledged is delivered again once, which is counted in all copies",
    keep("id", "ADDJOB q body 5000 RETRY 1", "+<id 1 05a1>"),
    callOn("main", "GETJOB FROM q", [["$q", "$<id 1 05a1>", "$body"]]),
    eventually(EACH, "QLEN q", ":1", total),
    wait(100),
    callOn(EACH, "QLEN q", ":1", total),
    // Two real nodes may queue it at the same moment before one of them takes it back; both count then.
    callOn(
      EACH,
      "SHOW {id}",
      [":1 or 2", ":1 or 2", ":1 or 2"],
      every((reply) => String(reply[19]).replace(/^:[12]$/, ":1 or 2")),
    ),
  ),
  script(
    "JSCAN shows the copies of one node",
    keep("id", "ADDJOB q body 5000", "+<id 1 05a1>"),
    callOn("main@2", "JSCAN", ["$0", ["+<id 1 05a1>"]]),
    callOn("main@2", "JSCAN STATE queued", ["$0", []]),
    callOn("main@2", "JSCAN STATE active QUEUE q", ["$0", ["+<id 1 05a1>"]]),
    callOn("main@2", "QSCAN", ["$0", []]),
  ),
];
