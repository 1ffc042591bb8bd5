// The clusters that run the same tests: the testing cluster, and a real one if a server is available.

import { describe } from "node:test";
import { table } from "../../src/commands/table.ts";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";

export interface Cluster extends AsyncDisposable {
  readonly addresses: string[];
  /** Kills a node without warning. */
  kill(address: string): Promise<void>;
  /** Freezes a node: it keeps its connections and answers nothing. */
  freeze(address: string): void;
  thaw(address: string): void;
  /** How many commands a node has received, except those needed to ask. */
  commandsAt(address: string): Promise<number>;
  /** Advances the clock by a retry time of one second where possible; on real servers it passes by itself. */
  passRetryTime(): void;
}

const WIRE_NAMES = new Set([
  ...Object.values(table).map(({ name }) => name.split(" ")[0] ?? name),
  "CLUSTER",
  "CONFIG",
  "AUTH",
]);

async function testCluster(count: number): Promise<Cluster> {
  const cluster = await TestCluster.start(count);
  const at = nodeAt(cluster.nodes);
  return {
    addresses: cluster.addresses,
    kill: (address) => at(address).faults.kill(),
    freeze: (address) => at(address).faults.freeze(),
    thaw: (address) => at(address).faults.thaw(),
    async commandsAt(address) {
      let sum = 0;
      for (const name of WIRE_NAMES) sum += at(address).received(name);
      return sum;
    },
    passRetryTime: () => cluster.advance(2_000),
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

async function realCluster(count: number): Promise<Cluster> {
  const cluster = await RealCluster.start(count);
  const at = nodeAt(cluster.nodes);
  return {
    addresses: cluster.addresses,
    kill: (address) => at(address).stop(),
    freeze: (address) => at(address).kill("SIGSTOP"),
    thaw: (address) => at(address).kill("SIGCONT"),
    async commandsAt(address) {
      await using disque = new Disque(address, { discover: false });
      const { commandstats = {} } = await disque.info("commandstats");
      let sum = 0;
      for (const [name, figures] of Object.entries(commandstats)) {
        if (name === "cmdstat_info" || name === "cmdstat_hello") continue;
        sum += Number(/calls=(\d+)/.exec(figures)?.[1]);
      }
      return sum;
    },
    passRetryTime: () => {},
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

function nodeAt<Node extends { readonly address: string }>(
  nodes: readonly Node[],
): (address: string) => Node {
  return (address) => {
    const node = nodes.find((candidate) => candidate.address === address);
    if (node === undefined) throw new Error(`there is no node at ${address}`);
    return node;
  };
}

/** Describes the same behaviour on each kind of cluster; `start` starts one with this many nodes. */
export function describeOnClusters(describeOn: (start: (count: number) => Promise<Cluster>) => void): void {
  describe("on disque/testing", () => describeOn(testCluster));
  describe("on real servers", { skip: skipWithoutServer }, () => describeOn(realCluster));
}
