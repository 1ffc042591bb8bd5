// The clusters that the same behaviour is shown on: the one of this package, and a real one where there is one.

import { describe } from "node:test";
import { table } from "../../src/commands/table.ts";
import { Disque } from "../../src/index.ts";
import { TestCluster } from "../../src/testing/index.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { skipWithoutServer } from "../support/real-server.ts";

export interface Cluster extends AsyncDisposable {
  readonly addresses: string[];
  /** Ends a node without a word. */
  kill(address: string): Promise<void>;
  /** Stops a node, which keeps its connections and answers nothing. */
  freeze(address: string): void;
  thaw(address: string): void;
  /** How many commands have come to a node, but for what it takes to ask that. */
  commandsAt(address: string): Promise<number>;
  /** Lets a job's retry time of a second pass, if that is possible; else it passes by itself. */
  passRetryTime(): void;
}

const WIRE_NAMES = new Set([
  ...Object.values(table).map(({ words }) => words[0]),
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

/** Describes the same behaviour on each kind of cluster; `start` starts one of so many nodes. */
export function describeOnClusters(describeOn: (start: (count: number) => Promise<Cluster>) => void): void {
  describe("on disque/testing", () => describeOn(testCluster));
  describe("on real servers", { skip: skipWithoutServer }, () => describeOn(realCluster));
}
