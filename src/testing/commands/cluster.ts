import { isIP } from "node:net";
import { cString, integer, word } from "../arguments.ts";
import { type Peer, randomNodeId } from "../peers.ts";
import { ErrorReply, OK, type Reply, Status, SYNTAX_ERROR } from "../reply.ts";
import { argument, type Call, type Command, command } from "./command.ts";
import { LEAVING_ERROR } from "./getjob.ts";

export const clusterCommands: readonly Command[] = [command("cluster", -2, "ar", cluster)];

/** cluster.h, CLUSTER_PORT_INCR: the nodes speak to each other on a port that much higher. */
const BUS_PORT_OFFSET = 10000;

/** By subcommand: how many arguments it takes, at least and at most, and what it does. */
const SUBCOMMANDS: Readonly<
  Record<string, readonly [least: number, most: number, run: (call: Call) => Reply]>
> = {
  meet: [4, 4, meet],
  nodes: [2, 2, nodes],
  myid: [2, 2, ({ node }) => node.id],
  info: [2, 2, info],
  saveconfig: [2, 2, () => OK],
  forget: [3, 3, forget],
  reset: [2, 3, reset],
  leaving: [2, 3, leaving],
};

/** cluster.c, clusterCommand. */
function cluster(call: Call): Reply {
  const name = word(call.args[1]);
  const [least, most, run] = (Object.hasOwn(SUBCOMMANDS, name) && SUBCOMMANDS[name]) || [1, 0, undefined];
  if (run === undefined || call.args.length < least || call.args.length > most) {
    throw new ErrorReply("ERR Wrong CLUSTER subcommand or number of arguments");
  }
  return run(call);
}

/** Nobody answers to a node that stands alone, so the peer stays in handshake until that times out. */
function meet(call: Call): Reply {
  const { node, state } = call;
  const host = cString(argument(call, 2));
  const port = integer(argument(call, 3));
  if (port === null) {
    throw new ErrorReply(`ERR Invalid TCP port specified: ${cString(argument(call, 3))}`);
  }
  if (isIP(host) === 0 || port <= 0 || port > 65535 - BUS_PORT_OFFSET) {
    throw new ErrorReply(`ERR Invalid node address specified: ${host}:${cString(argument(call, 3))}`);
  }
  const known = [...node.peers.values()].some(
    (peer) => peer.link === "handshake" && peer.host === host && peer.port === port,
  );
  if (!known) {
    const patience = Math.max(1000, state.config.number("cluster-node-timeout"));
    const handshakeEnd = node.clock.now() + patience;
    const peer: Peer = { id: randomNodeId(), host, port, link: "handshake", leaving: false, handshakeEnd };
    node.peers.set(peer.id, peer);
  }
  return OK;
}

/** cluster.c, clusterGenNodesDescription. */
function nodes({ node, state }: Call): Reply {
  const flagsOf = (own: string[], leaves: boolean) => (leaves ? [...own, "leaving"] : own).join(",");
  const flags = flagsOf(["myself"], node.leaving);
  const lines = [`${node.id} ${node.host}:${state.config.get("port")} ${flags} 0 0 connected`];
  for (const { id, host, port, link, leaving: leaves } of node.peers.values()) {
    const own = { handshake: ["handshake"], suspected: ["fail?"], failed: ["fail"] };
    const names = link === "connected" || link === "disconnected" ? [] : own[link];
    const linked = link === "connected" ? "connected" : "disconnected";
    lines.push(`${id} ${host}:${port} ${flagsOf(names, leaves) || "noflags"} 0 0 ${linked}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function info({ node }: Call): Reply {
  return [
    "cluster_state:ok",
    `cluster_known_nodes:${1 + node.peers.size}`,
    `cluster_reachable_nodes:${node.reachablePeers}`,
    `cluster_size:${node.clusterSize}`,
    "cluster_stats_messages_sent:0",
    "cluster_stats_messages_received:0",
    "",
  ].join("\r\n");
}

function forget(call: Call): Reply {
  const id = cString(argument(call, 2));
  if (argument(call, 2).length !== 40) throw new ErrorReply("ERR Invalid node identifier");
  if (id === call.node.id) throw new ErrorReply("ERR I tried hard but I can't forget myself...");
  if (!call.node.peers.delete(id)) throw new ErrorReply(`ERR Unknown node ${id}`);
  return OK;
}

/** CLUSTER RESET [SOFT|HARD]: both forget the peers and all jobs and queues, and a hard one takes a new id. */
function reset({ args, node }: Call): Reply {
  const mode = args.length === 3 ? word(args[2]) : "soft";
  if (mode !== "soft" && mode !== "hard") throw SYNTAX_ERROR;
  node.peers.clear();
  if (mode === "hard") node.id = randomNodeId();
  node.flush();
  return OK;
}

function leaving({ args, node, state }: Call): Reply {
  if (args.length === 2) return new Status(node.leaving ? "yes" : "no");
  const answer = word(args[2]);
  if (answer !== "yes" && answer !== "no") {
    throw new ErrorReply("ERR Wrong argument for CLUSTER LEAVING. Use 'yes' or 'no'");
  }
  node.leaving = answer === "yes";
  // server.c, clientsCronHandleTimeout does so within a second.
  if (node.leaving) state.refuseWaiting(LEAVING_ERROR);
  return OK;
}
