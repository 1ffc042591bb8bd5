import { setTimeout as delay } from "node:timers/promises";
import { WireClient } from "../conformance/wire.ts";
import { RealServer } from "./real-server.ts";

const MEET_DEADLINE = 20_000;

/** A cluster of real disque-servers. */
export class RealCluster {
  readonly nodes: readonly RealServer[];

  private constructor(nodes: readonly RealServer[]) {
    this.nodes = nodes;
  }

  /** Resolves when every node says that all nodes are good. */
  static async start(count: number, args: readonly string[] = []): Promise<RealCluster> {
    const nodes: RealServer[] = [];
    const cluster = new RealCluster(nodes);
    const clients: WireClient[] = [];
    try {
      while (nodes.length < count) {
        nodes.push(await RealServer.start({ args: ["--cluster-node-timeout", "2000", ...args] }));
      }
      for (const { host, port } of nodes) clients.push(await WireClient.connect(host, port));
      for (const [at, client] of clients.entries()) {
        for (const { host, port } of nodes.slice(at + 1))
          await client.call("CLUSTER", "MEET", host, String(port));
      }
      const deadline = performance.now() + MEET_DEADLINE;
      for (const client of clients) {
        while (!(await seesAll(client, count))) {
          if (performance.now() > deadline) throw new Error("the nodes do not find each other");
          await delay(20);
        }
      }
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    } finally {
      for (const client of clients) client.destroy();
    }
  }

  get addresses(): string[] {
    return this.nodes.map((node) => node.address);
  }

  /** Stops all nodes and removes their directories. May be called twice. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function seesAll(client: WireClient, count: number): Promise<boolean> {
  const [, , ...nodes] = await client.call("HELLO");
  const info = String(await client.call("CLUSTER", "INFO"));
  const good = nodes.filter((node) => node[3] === "$1").length;
  return (
    nodes.length === count && good === count && info.includes(`cluster_reachable_nodes:${count - 1}\r\n`)
  );
}
