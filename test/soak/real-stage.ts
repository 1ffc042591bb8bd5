// Three real servers, each behind proxies for the clients and for the other nodes, and a calm cluster without proxies.
//
// How nodes talk through proxies: a node connects from the address that it is bound to (cluster.c, clusterCron:
// NET_FIRST_BIND_ADDR). It takes the address of another node from the source address of its messages, and the port from their
// contents (clusterProcessPacket, nodeUpdateAddressIfNeeded), and dials the bus at that port + 10,000. So each node has its own
// loopback address, and its proxies have another one with the same ports. A proxy connects to a node from the address of the
// dialling node's proxies. So every node knows the others only by the addresses of their proxies.
//
// Jobs survive because of `appendonly yes` with `appendfsync always`. A job is in the file of the node on which it was added, and
// in that of each node that confirmed a copy, before any of them replies (job.c, AOFLoadJob; server.c, beforeSleep: the file is
// written before replies are). After a restart, the job is queued when its retry time is over (job.c, loadjobCommand). So any
// number of nodes may be killed, even all at once, and no job may be lost.
// There is one exception: copies that a node accepts while it reads its file are not written to it (aof.c, loadAppendOnlyFile,
// turns the file off and serves the bus meanwhile). The node on which the job was added still has its copy, unless it is leaving:
// a leaving node keeps none. So no node is made to leave while others restart.
//
// Servers that crash by themselves are restarted and counted: for their jobs it is the same as being killed. Disque 1.0-rc1
// crashes as producer.ts explains, and when it receives a job of which it knows only the acknowledgement (queue.c, receiveYourJobs,
// queues the job without the name of a queue). Both are rare here.

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Disque } from "../../src/index.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { RealServer } from "../support/real-server.ts";
import { Link } from "./link.ts";
import { LinkProxy } from "./proxy.ts";
import { CALM_NODES, NODE_TIMEOUT, NODES, type Stage } from "./stage.ts";

const ARGS = [
  "--appendonly",
  "yes",
  "--appendfsync",
  "always",
  "--cluster-node-timeout",
  String(NODE_TIMEOUT),
];
/** On a busy machine, a shorter timeout would have nodes drop their links, and with a link the jobs with RETRY 0 that are on it. */
const CALM_ARGS = ["--cluster-node-timeout", "15000"];
/** cluster.h, CLUSTER_PORT_INCR. */
const BUS = 10_000;
const MEET_DEADLINE = 20_000;

/** Only Linux listens on all of 127.0.0.0/8 without being configured. */
export const hasLoopbackNetwork: boolean = process.platform === "linux";

const NODES_IN_ORDER: readonly number[] = Array.from({ length: NODES }, (_, node) => node);
const nodeHost = (node: number): string => `127.1.0.${node + 1}`;
const proxyHost = (node: number): string => `127.2.0.${node + 1}`;

/** `logs`: the directory for the logs of the servers, which show why one crashed. */
export async function realStage(logs: string): Promise<Stage> {
  const servers: RealServer[] = [];
  const proxies: LinkProxy[] = [];
  const links: Link[] = [];
  /** The link from each node to each other one. */
  const between: Map<string, Link> = new Map();
  let calm: RealCluster | undefined;
  const stop = async (): Promise<void> => {
    await calm?.stop();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  };

  async function add(node: number): Promise<void> {
    const log = join(logs, `node-${node}.log`);
    const server = await RealServer.start({ host: nodeHost(node), args: ARGS, log });
    servers.push(server);
    const { host, port } = server;
    const link = new Link();
    links.push(link);
    proxies.push(
      await LinkProxy.listen({
        host: proxyHost(node),
        port,
        target: { host, port },
        route: () => ({ link }),
      }),
      await LinkProxy.listen({
        host: proxyHost(node),
        port: port + BUS,
        target: { host, port: port + BUS },
        route(origin) {
          const from = NODES_IN_ORDER.find((other) => nodeHost(other) === origin);
          const way = between.get(`${from} ${node}`);
          return from === undefined || way === undefined
            ? undefined
            : { link: way, localAddress: proxyHost(from) };
        },
      }),
    );
  }

  try {
    for (const a of NODES_IN_ORDER) for (const b of NODES_IN_ORDER) between.set(`${a} ${b}`, new Link());
    for (const node of NODES_IN_ORDER) await add(node);
    await meet(servers);
    calm = await RealCluster.start(CALM_NODES, CALM_ARGS);
  } catch (error) {
    await stop();
    throw error;
  }
  const at = (node: number): RealServer => {
    const server = servers[node];
    if (server === undefined) throw new RangeError(`there is no node ${node}`);
    return server;
  };
  const killed: Set<number> = new Set();
  const addresses = servers.map(({ port }, node) => `${proxyHost(node)}:${port}`);
  return {
    name: "real servers",
    addresses,
    nodes: servers.map(({ address }) => address),
    // A node announces itself with its own address.
    mapNode({ host, port }) {
      const node = NODES_IN_ORDER.find((one) => host === nodeHost(one) || host === proxyHost(one));
      return node === undefined ? null : `${proxyHost(node)}:${port}`;
    },
    calm: calm.addresses,
    links,
    partings: ["cut", "stalled", "sliced"],
    forgets: false,
    async kill(node) {
      killed.add(node);
      await at(node).crash();
    },
    async restart(node) {
      await at(node).restart();
      killed.delete(node);
    },
    async revive() {
      const ended = NODES_IN_ORDER.filter((node) => !at(node).running && !killed.has(node));
      await Promise.all(ended.map((node) => at(node).restart()));
      return ended;
    },
    freeze: (node) => at(node).kill("SIGSTOP"),
    thaw: (node) => at(node).kill("SIGCONT"),
    part(node, state) {
      for (const [pair, link] of between) if (pair.split(" ").includes(String(node))) link.state = state;
    },
    unite() {
      for (const link of between.values()) link.state = "open";
    },
    now: () => performance.now(),
    pass: (milliseconds) => delay(milliseconds),
    [Symbol.asyncDispose]: stop,
  };
}

/** Resolves when each node reports that all are good, and knows the others by the addresses of their proxies. */
async function meet(servers: readonly RealServer[]): Promise<void> {
  const clients = servers.map(({ address }) => new Disque(address, { discover: false }));
  try {
    for (const [own, client] of clients.entries()) {
      for (const [node, { port }] of servers.entries()) {
        if (node > own) await client.cluster.meet(proxyHost(node), port);
      }
    }
    const deadline = performance.now() + MEET_DEADLINE;
    for (const [node, client] of clients.entries()) {
      while (!(await knowsAll(client, node))) {
        if (performance.now() > deadline) throw new Error("the nodes do not find each other");
        await delay(50);
      }
    }
  } finally {
    for (const client of clients) client.destroy();
  }
}

async function knowsAll(client: Disque, own: number): Promise<boolean> {
  const { id, nodes } = await client.hello();
  const others = nodes.filter((node) => node.id !== id && node.priority === 1).map(({ host }) => host);
  const expected = NODES_IN_ORDER.filter((node) => node !== own).map(proxyHost);
  const info = await client.cluster.info();
  return (
    others.sort().join() === expected.join() &&
    nodes.length === NODES &&
    info.cluster_reachable_nodes === String(NODES - 1)
  );
}
