// What nodes say of each other, put together by hand.

import { type Address, type NodeAddress, parseAddress } from "../../src/cluster/address.ts";
import { type Member, Topology, type TopologyOptions } from "../../src/cluster/topology.ts";
import type { Hello, HelloNode } from "../../src/commands/replies.ts";

/** The id that begins with those hex digits. */
export function id(prefix: string): string {
  return prefix.padEnd(40, "0");
}

export function announced(prefix: string, address: string, priority = 1): HelloNode {
  const colon = address.lastIndexOf(":");
  return { id: id(prefix), host: address.slice(0, colon), port: Number(address.slice(colon + 1)), priority };
}

/** What the node of that id answers to HELLO. */
export function hello(prefix: string, ...nodes: readonly HelloNode[]): Hello {
  return { version: 1, id: id(prefix), nodes };
}

export function topology(listed: readonly NodeAddress[], options: Partial<TopologyOptions> = {}): Topology {
  const addresses: Address[] = listed.map((address) => parseAddress(address));
  return new Topology(addresses, { discover: true, mapNode: undefined, ...options });
}

/** The member that is dialled there. */
export function at({ members }: Topology, name: string): Member {
  const member = members.find((candidate) => candidate.name === name);
  if (member === undefined) throw new Error(`there is no ${name}`);
  return member;
}

export function names(members: readonly Member[]): string[] {
  return members.map(({ name }) => name);
}
