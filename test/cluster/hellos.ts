// Replies to HELLO and topologies, made by hand.

import { type Address, type NodeAddress, parseAddress } from "../../src/cluster/addresses/address.ts";
import { type KnownNode, Topology, type TopologyOptions } from "../../src/cluster/topology.ts";
import type { Hello, HelloNode } from "../../src/commands/hello.ts";

/** An id that starts with these hex digits. */
export function id(prefix: string): string {
  return prefix.padEnd(40, "0");
}

export function announced(prefix: string, address: string, priority = 1): HelloNode {
  const colon = address.lastIndexOf(":");
  return { id: id(prefix), host: address.slice(0, colon), port: Number(address.slice(colon + 1)), priority };
}

/** The reply to HELLO of the node with that id. */
export function hello(prefix: string, ...nodes: readonly HelloNode[]): Hello {
  return { version: 1, id: id(prefix), nodes };
}

export function topology(listed: readonly NodeAddress[], options: Partial<TopologyOptions> = {}): Topology {
  const addresses: Address[] = listed.map((address) => parseAddress(address));
  return new Topology(addresses, { discover: true, mapNode: undefined, ...options });
}

/** The node dialled at this address. */
export function at({ nodes }: Topology, name: string): KnownNode {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return node;
}

export function names(nodes: readonly KnownNode[]): string[] {
  return nodes.map(({ name }) => name);
}
