// Which nodes there are and which is best, from what they say of each other. Pure: no connection is made here.

import type { LookupFunction } from "node:net";
import type { Hello, HelloNode } from "../commands/replies.ts";
import { type Endpoint, nameOf } from "../resp/index.ts";
import { type Address, type NodeAddress, parseAddress } from "./address.ts";
import { mayBeDialled } from "./hosts.ts";
import { lookupFor } from "./lookup.ts";

/** A node of the cluster as the client knows it. */
export interface Member {
  /** `host:port` or `unix:path`, where it is dialled. */
  readonly name: string;
  readonly address: Address;
  /** The user listed it, so it is never forgotten. */
  readonly listed: boolean;
  /** Empty until some node told it. */
  id: string;
  /** 1 good, 5 not linked yet or not heard of, 10 suspected, 100 failed or leaving. */
  priority: number;
  /** When it failed this client last, on the monotonic clock. */
  failedAt: number;
}

export interface TopologyOptions {
  readonly discover: boolean;
  readonly mapNode: ((node: HelloNode) => NodeAddress | null) | undefined;
}

export interface Change {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  /** Whether anything at all is other than before. */
  readonly any: boolean;
}

/** What is not known is taken for what a node says of one that it has no link to. */
const UNKNOWN = 5;
/** How many announced nodes are looked at: far more than a cluster has, and no burden if a node lies. */
export const MOST_NODES = 1_024;
/** Milliseconds for which a node that failed this client comes after all others, whatever is said of it. */
const DISTRUST = 10_000;

export class Topology {
  readonly #options: TopologyOptions;
  readonly #listed: readonly Endpoint[];
  readonly #lookup: LookupFunction;
  #members: readonly Member[];

  /** The order of `listed` counts among equals. */
  constructor(listed: readonly Address[], options: TopologyOptions) {
    this.#options = options;
    this.#listed = listed.map(({ endpoint }) => endpoint);
    this.#lookup = lookupFor(this.#listed);
    const byName = new Map(listed.map((address) => [nameOf(address.endpoint), address]));
    this.#members = [...byName.values()].map((address) => newMember(address, true));
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Whether it is known who any of them is. */
  get named(): boolean {
    return this.#members.some(({ id }) => id !== "");
  }

  /** The best first; among equals the current one, then the listed ones in their order, then those that were announced. */
  ranked(current: Member | undefined, now: number): Member[] {
    const key = (member: Member): number =>
      (now - member.failedAt < DISTRUST ? 1_000 : 0) + member.priority - (member === current ? 0.5 : 0);
    return [...this.#members].sort((a, b) => key(a) - key(b));
  }

  /** Whether it is as good as a node can be, as far as the others and this client know. */
  isGood(member: Member, now: number): boolean {
    return member.priority === 1 && now - member.failedAt >= DISTRUST && this.#members.includes(member);
  }

  /** The member of that id. */
  byId(id: string): Member | undefined {
    return id === "" ? undefined : this.#members.find((member) => member.id === id);
  }

  /** The member whose id begins so: a job's id names its node of birth by that. */
  byPrefix(prefix: string): Member | undefined {
    return this.#members.find((member) => member.id !== "" && member.id.startsWith(prefix));
  }

  /** Takes in what `from` answered to HELLO. Throws what `mapNode` throws. */
  learn(from: Member, hello: Hello): Change {
    const before = this.#members;
    const snapshot = describe(before);
    const announced = hello.nodes.slice(0, MOST_NODES);
    const members = before.filter((member) => member.listed);
    if (!from.listed) members.push(from);
    from.id = hello.id;
    for (const node of announced) {
      const known = members.filter((member) => member.id === node.id);
      if (known.length === 0) known.push(...this.#place(node, members, from, announced));
      for (const member of known) member.priority = node.priority;
    }
    for (const member of members) {
      if (member !== from && !announced.some(({ id }) => id === member.id)) member.priority = UNKNOWN;
    }
    this.#members = members;
    return {
      added: members.filter((member) => !before.includes(member)),
      removed: before.filter((member) => !members.includes(member)),
      any: describe(members) !== snapshot,
    };
  }

  /** The member that an announced node is, which is added if it is new; none if it cannot be dialled. */
  #place(node: HelloNode, members: Member[], from: Member, announced: readonly HelloNode[]): Member[] {
    const address = this.#addressOf(node, from);
    if (address === undefined) return [];
    const name = nameOf(address.endpoint);
    const sameAddress = members.find((member) => member.name === name);
    if (sameAddress !== undefined) {
      // Who answers there has just said who it is.
      if (sameAddress === from) return [];
      // A node that took the place of one that is gone is announced at the same address as that.
      const other = announced.find(({ id }) => id === sameAddress.id);
      if (other !== undefined && other.priority <= node.priority) return [];
      sameAddress.id = node.id;
      return [sameAddress];
    }
    if (!this.#options.discover) return [];
    const known = this.#members.find((member) => member.id === node.id && member.name === name);
    // While two nodes meet, each shows the other under an id that it makes up, with this priority (cluster.c,
    // createClusterNode): whoever is new waits until it is more than that.
    if (known === undefined && node.priority === UNKNOWN) return [];
    const member = known ?? newMember(address, false, node.id);
    members.push(member);
    return [member];
  }

  /** Where to dial an announced node: as the one that announced it, where nothing else is said. */
  #addressOf(node: HelloNode, from: Member): Address | undefined {
    const { mapNode } = this.#options;
    const { password, tls } = from.address;
    if (mapNode !== undefined) {
      const mapped = mapNode(node);
      if (mapped === null) return undefined;
      const address = parseAddress(mapped);
      return { ...address, password: address.password ?? password, tls: address.tls ?? tls };
    }
    if (!mayBeDialled(node, this.#listed)) return undefined;
    return { endpoint: { host: node.host, port: node.port }, password, tls, lookup: this.#lookup };
  }
}

function newMember(address: Address, listed: boolean, id = ""): Member {
  const name = nameOf(address.endpoint);
  return { name, address, listed, id, priority: UNKNOWN, failedAt: Number.NEGATIVE_INFINITY };
}

function describe(members: readonly Member[]): string {
  return members.map(({ name, id, priority }) => `${name} ${id} ${priority}`).join("\n");
}
