// Tracks which nodes exist and which of them is best, from what they report about each other. Makes no connections.

import type { LookupFunction } from "node:net";
import { type Hello, type HelloNode, MAX_NODES } from "../commands/hello.ts";
import { type Endpoint, nameOf } from "../resp/index.ts";
import { type Address, type NodeAddress, parseMappedAddress } from "./addresses/address.ts";
import { lookupFor, mayBeDialled } from "./addresses/announced.ts";

/** A node of the cluster as the client knows it. */
export interface KnownNode {
  /** The address that the client connects to: `host:port` or `unix:path`. */
  readonly name: string;
  readonly address: Address;
  /** Whether the user listed the node. A listed node is never forgotten. */
  readonly listed: boolean;
  /** The addresses that the host name of a listed node resolves to, once it has been resolved. */
  aliases: readonly string[];
  /** The node's id; empty until it is known. */
  id: string;
  /** 1 good, 5 not linked yet or unknown, 10 suspected to have failed, 100 failed or leaving. */
  priority: number;
  /** Whether the node was found behind a load balancer at a listed address, which may lead to other nodes as well. */
  readonly balanced: boolean;
  /** Until when the node is set aside because of a failure, on the monotonic clock. */
  setAsideUntil: number;
  /** How many times in a row the node was set aside. */
  failures: number;
  /** Whether this client has ever been connected to the node. */
  reached: boolean;
}

export interface TopologyOptions {
  readonly discover: boolean;
  readonly mapNode: ((node: HelloNode) => NodeAddress | null) | undefined;
}

export interface Change {
  readonly added: readonly KnownNode[];
  readonly removed: readonly KnownNode[];
  /** Whether anything changed, priorities included. */
  readonly any: boolean;
}

/** The priority of a node that is not announced. HELLO reports the same priority for a node that is not linked yet. */
const UNKNOWN_PRIORITY = 5;
/** How long, in milliseconds, a node that has failed ranks behind all others, whatever the other nodes report about it. */
const FAILURE_COOLDOWN = 10_000;
/** Maximum cooldown in milliseconds, for a node that keeps failing. */
const MAX_COOLDOWN = 60_000;
/** A job id contains this many hex digits of its origin's node id. */
const PREFIX_LENGTH = 8;

export class Topology {
  readonly #options: TopologyOptions;
  readonly #listed: readonly Endpoint[];
  readonly #lookup: LookupFunction;
  #nodes: readonly KnownNode[] = [];
  #byId: Map<string, KnownNode> = new Map();
  #byPrefix: Map<string, KnownNode> = new Map();
  /**
   * The number of nodes that are set aside, and until when this number is valid. It is cached, since each ADDJOB needs it and
   * there may be 1,000 nodes.
   */
  #setAsideCount = 0;
  #setAsideValidUntil = Number.NEGATIVE_INFINITY;

  /** Nodes of equal rank are ordered as in `listed`. */
  constructor(listed: readonly Address[], options: TopologyOptions) {
    this.#options = options;
    this.#listed = listed.map(({ endpoint }) => endpoint);
    this.#lookup = lookupFor(this.#listed);
    const byName = new Map(listed.map((address) => [nameOf(address.endpoint), address]));
    this.#setNodes(Array.from(byName.values(), (address) => newNode(address, true)));
  }

  get nodes(): readonly KnownNode[] {
    return this.#nodes;
  }

  /** Whether the id of at least one node is known. */
  get hasIds(): boolean {
    return this.#byId.size > 0;
  }

  includes(node: KnownNode): boolean {
    return this.#nodes.includes(node);
  }

  /**
   * All nodes, best first. Among equals, the current node comes first, then listed nodes in their order, then announced nodes.
   */
  ranked(current: KnownNode | undefined, now: number): KnownNode[] {
    const key = (node: KnownNode): number =>
      (now < node.setAsideUntil ? 1_000 : 0) + node.priority - (node === current ? 0.5 : 0);
    return this.#nodes
      .map((node) => ({ node, key: key(node) }))
      .sort((a, b) => a.key - b.key)
      .map(({ node }) => node);
  }

  /** Whether the node is good, as far as the other nodes and this client know. */
  isGood(node: KnownNode, now: number): boolean {
    return node.priority === 1 && now >= node.setAsideUntil;
  }

  byId(id: string): KnownNode | undefined {
    return this.#byId.get(id);
  }

  /** The node whose id begins with these 8 hex digits. A job's id contains the digits of its origin. */
  byPrefix(prefix: string): KnownNode | undefined {
    return this.#byPrefix.get(prefix);
  }

  /** Ranks a node behind all others for a time that grows with each consecutive failure. */
  setAside(node: KnownNode, now: number): void {
    const cooldown = Math.min(FAILURE_COOLDOWN * 2 ** Math.min(node.failures, 10), MAX_COOLDOWN);
    if (now >= node.setAsideUntil) node.failures++;
    node.setAsideUntil = Math.max(node.setAsideUntil, now + cooldown);
    this.#setAsideValidUntil = now;
  }

  /** The number of nodes that are set aside. */
  countSetAside(now: number): number {
    if (now >= this.#setAsideValidUntil) {
      const ends = this.#nodes.map((node) => node.setAsideUntil).filter((end) => now < end);
      this.#setAsideCount = ends.length;
      this.#setAsideValidUntil = ends.reduce((first, end) => Math.min(first, end), Number.POSITIVE_INFINITY);
    }
    return this.#setAsideCount;
  }

  /** Called when a connection to the node has been made. */
  connected(node: KnownNode, id: string): void {
    node.reached = true;
    node.failures = 0;
    if (node.setAsideUntil > Number.NEGATIVE_INFINITY) {
      node.setAsideUntil = Number.NEGATIVE_INFINITY;
      this.#setAsideValidUntil = Number.NEGATIVE_INFINITY;
    }
    if (node.id === id) return;
    node.id = id;
    this.#index();
  }

  /** Called when a connection to the address of `entry` led to a different node. Returns that node if it is new. */
  addBalanced(entry: KnownNode, id: string): KnownNode | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined && known.name === entry.name) return undefined;
    const node = newNode(entry.address, false, id, true);
    node.priority = known?.priority ?? entry.priority;
    // A node that was found behind the balancer need not be dialled at its announced address.
    const others = this.#nodes.filter((other) => other !== known || other.listed);
    this.#setNodes([...others, node]);
    return node;
  }

  /** Forgets the nodes that the user did not list, and returns them. */
  forgetAnnounced(): readonly KnownNode[] {
    const removed = this.#nodes.filter(({ listed }) => !listed);
    if (removed.length > 0) this.#setNodes(this.#nodes.filter(({ listed }) => listed));
    return removed;
  }

  /** Updates the nodes from a reply to HELLO; `from` is the node that sent it. Throws what `mapNode` throws. */
  applyHello(from: KnownNode, hello: Hello): Change {
    const before = this.#nodes;
    const snapshot = before.map(({ id, priority }) => ({ id, priority }));
    const announced = hello.nodes.slice(0, MAX_NODES);
    from.id = hello.id;
    const draft = new Draft(before, from, announced);
    for (const node of announced) {
      const known = draft.withId(node.id);
      if (known.length === 0) {
        const placed = this.#place(node, draft, from);
        if (placed !== undefined) known.push(placed);
      }
      for (const each of known) each.priority = node.priority;
    }
    const announcedIds = new Set(announced.map(({ id }) => id));
    const nodes = withoutDuplicates(draft.nodes, from);
    for (const node of nodes) {
      if (node !== from && !announcedIds.has(node.id)) node.priority = UNKNOWN_PRIORITY;
    }
    this.#setNodes(nodes);
    const [old, current] = [new Set(before), new Set(nodes)];
    return {
      added: nodes.filter((node) => !old.has(node)),
      removed: before.filter((node) => !current.has(node)),
      any:
        nodes.length !== before.length ||
        nodes.some((node, at) => {
          const previous = snapshot[at];
          return node !== before[at] || node.id !== previous?.id || node.priority !== previous.priority;
        }),
    };
  }

  #setNodes(nodes: readonly KnownNode[]): void {
    this.#nodes = nodes;
    this.#setAsideValidUntil = Number.NEGATIVE_INFINITY;
    this.#index();
  }

  #index(): void {
    this.#byId = new Map();
    this.#byPrefix = new Map();
    for (const node of this.#nodes) {
      if (node.id === "") continue;
      if (!this.#byId.has(node.id)) this.#byId.set(node.id, node);
      const prefix = node.id.slice(0, PREFIX_LENGTH);
      if (!this.#byPrefix.has(prefix)) this.#byPrefix.set(prefix, node);
    }
  }

  /**
   * Adds an announced node to the draft, or returns the draft's node at the same address. Returns `undefined` if the node must
   * not be dialled.
   */
  #place(node: HelloNode, draft: Draft, from: KnownNode): KnownNode | undefined {
    const known = this.#byId.get(node.id);
    if (known?.balanced) return draft.add(known);
    // In the usual case the node is announced as before, at an address that was already checked.
    const isUnchanged = this.#options.mapNode === undefined && known?.name === nameOf(node);
    const address = isUnchanged ? known.address : this.#addressOf(node, from);
    if (address === undefined) return undefined;
    const name = nameOf(address.endpoint);
    const sameAddress = draft.withName(name);
    if (sameAddress !== undefined) {
      // The node at this address is `from`, and its reply has a different id. So the announced node cannot be there.
      if (sameAddress === from) return undefined;
      // The node may have replaced the one at this address. If both are announced, the old one stays unless it ranks worse.
      const other = draft.announcedWithId(sameAddress.id);
      if (other !== undefined && other.priority <= node.priority) return undefined;
      draft.setId(sameAddress, node.id);
      return sameAddress;
    }
    if (!this.#options.discover) return undefined;
    if (known?.name === name) return draft.add(known);
    // While two nodes meet, each announces the other under a random id, usually with this priority (cluster.c,
    // createClusterNode): such a node is ignored until they have met.
    if (node.priority === UNKNOWN_PRIORITY) return undefined;
    return draft.add(newNode(address, false, node.id));
  }

  /**
   * Returns the address of an announced node, or `undefined` if the node must not be dialled. Its password and TLS options are
   * those of the node that announced it, unless `mapNode` returns others.
   */
  #addressOf(node: HelloNode, from: KnownNode): Address | undefined {
    const { mapNode } = this.#options;
    const { password, tls } = from.address;
    if (mapNode !== undefined) {
      const mapped = mapNode(node);
      if (mapped === null) return undefined;
      const address = parseMappedAddress(mapped);
      return { ...address, password: address.password ?? password, tls: address.tls ?? tls };
    }
    if (!mayBeDialled(node, this.#listed)) return undefined;
    return { endpoint: { host: node.host, port: node.port }, password, tls, lookup: this.#lookup };
  }
}

/** The list of nodes while it is built from a reply to HELLO, indexed by name and by id. */
class Draft {
  readonly nodes: KnownNode[] = [];
  readonly #byName: Map<string, KnownNode> = new Map();
  readonly #byId: Map<string, KnownNode[]> = new Map();
  readonly #announced: Map<string, HelloNode>;

  constructor(before: readonly KnownNode[], from: KnownNode, announced: readonly HelloNode[]) {
    this.#announced = new Map(announced.map((node) => [node.id, node]));
    for (const node of before) if (node.listed) this.add(node);
    if (!from.listed) this.add(from);
    this.#addAliases(from, new Set(announced.map((node) => nameOf(node))));
  }

  add(node: KnownNode): KnownNode {
    this.nodes.push(node);
    this.#byName.set(node.name, node);
    this.#indexId(node);
    return node;
  }

  /** All nodes with this id: several listed addresses may belong to the same node. */
  withId(id: string): KnownNode[] {
    return this.#byId.get(id)?.slice() ?? [];
  }

  withName(name: string): KnownNode | undefined {
    return this.#byName.get(name);
  }

  announcedWithId(id: string): HelloNode | undefined {
    return this.#announced.get(id);
  }

  setId(node: KnownNode, id: string): void {
    this.#byId.set(
      node.id,
      this.withId(node.id).filter((other) => other !== node),
    );
    node.id = id;
    this.#indexId(node);
  }

  /** Treats a listed host name as an announced node if the name resolves to the address of exactly one announced node. */
  #addAliases(from: KnownNode, announced: ReadonlySet<string>): void {
    for (const node of this.nodes) {
      const [alias, ...others] = node.aliases.filter((each) => announced.has(each));
      const isCertain = alias !== undefined && others.length === 0 && !node.reached && node !== from;
      if (isCertain && !this.#byName.has(alias)) this.#byName.set(alias, node);
    }
  }

  #indexId(node: KnownNode): void {
    if (node.id !== "") this.#byId.set(node.id, [...this.withId(node.id), node]);
  }
}

/** Removes announced nodes that turned out to be listed nodes. */
function withoutDuplicates(nodes: readonly KnownNode[], from: KnownNode): KnownNode[] {
  const listedIds = new Set(nodes.filter(({ listed, id }) => listed && id !== "").map(({ id }) => id));
  return nodes.filter((node) => node.listed || node === from || !listedIds.has(node.id));
}

function newNode(address: Address, listed: boolean, id = "", balanced = false): KnownNode {
  return {
    name: nameOf(address.endpoint),
    address,
    listed,
    aliases: [],
    id,
    priority: UNKNOWN_PRIORITY,
    balanced,
    setAsideUntil: Number.NEGATIVE_INFINITY,
    failures: 0,
    reached: false,
  };
}
