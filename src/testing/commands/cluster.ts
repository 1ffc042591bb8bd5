import { isIP } from "node:net";
import { cString, integer, word } from "../arguments.ts";
import { HIGHEST_PORT, type Peer } from "../peers.ts";
import { ErrorReply, OK, type Reply, Status, SYNTAX_ERROR } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";
import { LEAVING_ERROR } from "./getjob.ts";

export const clusterCommands: readonly Command[] = [command("cluster", -2, "ar", cluster)];

/** For each subcommand, the minimum and maximum number of arguments, including CLUSTER itself, and its implementation. */
const SUBCOMMANDS: Readonly<Record<string, readonly [min: number, max: number, run: (call: Call) => Reply]>> =
  {
    meet: [4, 4, meet],
    nodes: [2, 2, nodes],
    myid: [2, 2, ({ node }) => node.id],
    info: [2, 2, info],
    saveconfig: [2, 2, () => OK],
    forget: [3, 3, forget],
    reset: [2, 3, reset],
    leaving: [2, 3, leaving],
  };

/** Like clusterCommand in Disque's cluster.c. */
function cluster(call: Call): Reply {
  const name = word(call.args[1]);
  const [min, max, run] = (Object.hasOwn(SUBCOMMANDS, name) && SUBCOMMANDS[name]) || [1, 0, undefined];
  if (run === undefined || call.args.length < min || call.args.length > max) {
    throw new ErrorReply("ERR Wrong CLUSTER subcommand or number of arguments");
  }
  return run(call);
}

/** Like clusterStartHandshake in Disque's cluster.c. */
function meet({ args, node }: Call): Reply {
  const host = cString(args[2] ?? args[0]);
  const portText = cString(args[3] ?? args[0]);
  const port = integer(args[3] ?? args[0]);
  if (port === null) throw new ErrorReply(`ERR Invalid TCP port specified: ${portText}`);
  if (isIP(host) === 0 || port <= 0 || port > HIGHEST_PORT) {
    throw new ErrorReply(`ERR Invalid node address specified: ${host}:${portText}`);
  }
  if (!node.cluster.mayMeet(host, port)) {
    throw new ErrorReply(
      `ERR no node of this process listens on ${host}:${port}, and nodes of different processes cannot meet: start disque-testing once, with --nodes`,
    );
  }
  node.cluster.meet(host, port);
  return OK;
}

/** Like clusterGenNodesDescription in Disque's cluster.c. */
function nodes({ node, state }: Call): Reply {
  const { id, host, leaving: leaves } = node.cluster;
  const myself = `${id} ${host}:${state.config.get("port")} ${leaves ? "myself,leaving" : "myself"} 0 0 connected`;
  return [myself, ...[...node.cluster.peers.all.values()].map(describe)].map((line) => `${line}\n`).join("");
}

function describe(peer: Peer): string {
  const flags = Object.entries({
    "fail?": peer.health === "pfail",
    fail: peer.health === "fail",
    handshake: peer.handshake !== null,
    noaddr: peer.port === 0,
    leaving: peer.leaving,
  });
  const names = flags.flatMap(([name, set]) => (set ? [name] : [])).join(",") || "noflags";
  const linked = peer.link === null ? "disconnected" : "connected";
  return `${peer.id} ${peer.host}:${peer.port} ${names} ${peer.pingSent} ${peer.pongReceived} ${linked}`;
}

function info({ node: { cluster } }: Call): Reply {
  return [
    "cluster_state:ok",
    `cluster_known_nodes:${1 + cluster.peers.all.size}`,
    `cluster_reachable_nodes:${cluster.peers.reachable.length}`,
    `cluster_size:${cluster.size}`,
    `cluster_stats_messages_sent:${cluster.sent}`,
    `cluster_stats_messages_received:${cluster.received}`,
    "",
  ].join("\r\n");
}

function forget(call: Call): Reply {
  const id = cString(argument(call, 2));
  if (argument(call, 2).length !== 40) throw new ErrorReply("ERR Invalid node identifier");
  if (id === call.node.id) throw new ErrorReply("ERR I tried hard but I can't forget myself...");
  if (!call.node.cluster.peers.forget(id)) throw new ErrorReply(`ERR Unknown node ${id}`);
  return OK;
}

/** CLUSTER RESET [SOFT|HARD]: deletes all peers, jobs and queues. A hard reset also changes the node's id. */
function reset({ args, node }: Call): Reply {
  const mode = args.length === 3 ? word(args[2]) : "soft";
  if (mode !== "soft" && mode !== "hard") throw SYNTAX_ERROR;
  node.cluster.reset(mode === "hard");
  node.flush();
  return OK;
}

function leaving({ args, node, state }: Call): Reply {
  if (args.length === 2) return new Status(node.cluster.leaving ? "yes" : "no");
  const answer = word(args[2]);
  if (answer !== "yes" && answer !== "no") {
    throw new ErrorReply("ERR Wrong argument for CLUSTER LEAVING. Use 'yes' or 'no'");
  }
  node.cluster.leaving = answer === "yes";
  // The real server does this within a second: server.c, clientsCronHandleTimeout.
  if (node.cluster.leaving) state.refuseWaiting(LEAVING_ERROR);
  return OK;
}
