import { call, callOn, receive, type Script, script, sendOn } from "../script.ts";
import { fields } from "../views.ts";

const SUBCOMMAND = "-ERR Wrong CLUSTER subcommand or number of arguments";
const LEAVING = "-LEAVING This node is leaving the cluster, please connect to a different one";
const STRANGER = "0123456789012345678901234567890123456789";

export const clusterScripts: readonly Script[] = [
  script(
    "a node without a cluster describes itself",
    call("CLUSTER MYID", "$<node>"),
    call("CLUSTER NODES", /^\$<node> :\d+ myself 0 0 connected\n$/, (reply) =>
      typeof reply === "string" ? reply.replace(/:\d+/, ":0") : reply,
    ),
    call(
      "CLUSTER INFO",
      ["cluster_state:ok", "cluster_known_nodes:1", "cluster_reachable_nodes:0", "cluster_size:1"],
      fields("cluster_state", "cluster_known_nodes", "cluster_reachable_nodes", "cluster_size"),
    ),
    call("CLUSTER SAVECONFIG", "+OK"),
  ),
  script(
    "CLUSTER rejects wrong arguments",
    call("CLUSTER", "-ERR wrong number of arguments for 'cluster' command"),
    call("CLUSTER nonsense", SUBCOMMAND),
    call("CLUSTER MYID x", SUBCOMMAND),
    call("CLUSTER NODES x", SUBCOMMAND),
    call("CLUSTER INFO x", SUBCOMMAND),
    call("CLUSTER MEET 127.0.0.1", SUBCOMMAND),
    call("CLUSTER MEET 127.0.0.1 x", "-ERR Invalid TCP port specified: x"),
    call("CLUSTER MEET 10.0.0.1 0", "-ERR Invalid node address specified: 10.0.0.1:0"),
    call("CLUSTER MEET 10.0.0.1 55536", "-ERR Invalid node address specified: 10.0.0.1:55536"),
    call("CLUSTER MEET localhost 7711", "-ERR Invalid node address specified: localhost:7711"),
    call("CLUSTER FORGET x", "-ERR Invalid node identifier"),
    call(`CLUSTER FORGET ${STRANGER}`, "-ERR Unknown node <node>"),
    call("CLUSTER FORGET", SUBCOMMAND),
    call("CLUSTER RESET nonsense", "-ERR syntax error"),
    call("CLUSTER LEAVING nonsense", "-ERR Wrong argument for CLUSTER LEAVING. Use 'yes' or 'no'"),
    call("CLUSTER LEAVING yes x", SUBCOMMAND),
  ),
  script(
    "a node cannot forget itself",
    // The id is kept by the call before, without its type.
    {
      kind: "call",
      on: "main",
      args: ["CLUSTER", "MYID"],
      expected: "$<node>",
      keep: "id",
      view: null,
      patient: false,
    },
    call("CLUSTER FORGET {id}", "-ERR I tried hard but I can't forget myself..."),
  ),
  script(
    "a leaving node keeps no new jobs, lets no client wait, and says so",
    call("ADDJOB q 1 0", "+<id 05a1>"),
    call("CLUSTER LEAVING", "+no"),
    sendOn("a", "GETJOB FROM empty"),
    sendOn("a", "PING"),
    callOn("sync", "PING", "+PONG"),
    call("CLUSTER LEAVING yes", "+OK"),
    call("CLUSTER LEAVING", "+yes"),
    receive("a", LEAVING),
    receive("a", "+PONG"),
    call("GETJOB FROM q", [["$q", "$<id 05a1>", "$1"]]),
    call("GETJOB FROM q", LEAVING),
    call("GETJOB NOHANG FROM q", "*-1"),
    call(
      "ADDJOB q 2 0",
      "-NOREPL Not enough reachable nodes for the requested replication level, since I'm unable to hold a copy of the message for the following reason: I'm leaving the cluster",
    ),
    call(
      "ADDJOB q 2 0 REPLICATE 2",
      "-NOREPL Not enough reachable nodes for the requested replication level",
    ),
    call("HELLO", ["$<node>", "$", "$100"], (reply) =>
      typeof reply === "string" ? reply : [0, 1, 3].map((at) => reply[2]?.[at] ?? ""),
    ),
    call("CLUSTER NODES", /^\$<node> :\d+ myself,leaving 0 0 connected\n$/, (reply) =>
      typeof reply === "string" ? reply.replace(/:\d+/, ":0") : reply,
    ),
    call("CLUSTER LEAVING NO", "+OK"),
    call("ADDJOB q 2 0", "+<id 05a1>"),
  ),
  script(
    "CLUSTER RESET forgets everything, and CLUSTER RESET HARD also changes the id",
    call("ADDJOB q 1 0", "+<id 05a1>"),
    call("CLUSTER RESET", "+OK"),
    call("QLEN q", ":0"),
    call("QSTAT q", "*-1"),
    call("CLUSTER RESET SOFT", "+OK"),
    call("CLUSTER RESET hard", "+OK"),
    call("CLUSTER MYID", "$<node>"),
    call("HELLO", "$<node>", (reply) => reply[1] ?? ""),
  ),
];
