// The cluster of `disque/testing`, in this process. It keeps nothing on disk, so a node that is killed forgets its jobs. One of
// two copies is left then: no other node may be killed until the job was received, which the nemesis waits for. The same node
// may be killed again.

import { TestCluster } from "../../src/testing/index.ts";
import { Link } from "./link.ts";
import { LinkProxy } from "./proxy.ts";
import { CALM_NODES, NODE_TIMEOUT, NODES, type Stage } from "./stage.ts";

export async function testingStage(): Promise<Stage> {
  const cluster = await TestCluster.start(NODES, { nodeTimeout: NODE_TIMEOUT });
  const calm = await TestCluster.start(CALM_NODES);
  const links: Link[] = [];
  const proxies: LinkProxy[] = [];
  const atLink: Map<number, string> = new Map();
  for (const { host, port } of cluster.nodes) {
    const link = new Link();
    const proxy = await LinkProxy.listen({ host, target: { host, port }, route: () => ({ link }) });
    links.push(link);
    proxies.push(proxy);
    atLink.set(port, proxy.address);
  }
  return {
    name: "disque/testing",
    addresses: proxies.map(({ address }) => address),
    nodes: cluster.addresses,
    mapNode: ({ port }) => atLink.get(port) ?? null,
    calm: calm.addresses,
    links,
    partings: ["cut"],
    forgets: true,
    kill: (node) => cluster.node(node).faults.kill(),
    restart: (node) => cluster.node(node).faults.restart(),
    revive: async () => [],
    freeze: (node) => cluster.node(node).faults.freeze(),
    thaw: (node) => cluster.node(node).faults.thaw(),
    part: (node) => cluster.partition([[node]]),
    unite: () => cluster.heal(),
    now: () => cluster.now(),
    pass: async (milliseconds) => cluster.advance(milliseconds),
    async [Symbol.asyncDispose]() {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await cluster.stop();
      await calm.stop();
    },
  };
}
