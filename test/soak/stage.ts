// A cluster of three nodes that a nemesis can do something to. Clients reach the nodes through links only.

import { Disque, type DisqueOptions } from "../../src/index.ts";
import type { Link, LinkState } from "./link.ts";

export const NODES = 3;

export interface Stage extends AsyncDisposable {
  readonly name: string;
  /** Where the nodes are, for clients: at their links. */
  readonly addresses: readonly string[];
  /** Where the nodes really are. */
  readonly nodes: readonly string[];
  /** Where to dial a node that was announced. */
  readonly mapNode: NonNullable<DisqueOptions["mapNode"]>;
  /** The way from the clients to each node. */
  readonly links: readonly Link[];
  /** What may happen to the way between nodes: what all stages can do, and more. */
  readonly partings: readonly LinkState[];
  /**
   * Whether a node that is killed forgets its jobs. Then no second one may be killed before the jobs that the first one
   * may have had a copy of were received: Disque makes no new copies in place of those that are gone.
   */
  readonly forgets: boolean;
  kill(node: number): Promise<void>;
  /** Starts a node again that was killed. */
  restart(node: number): Promise<void>;
  /** Starts nodes again that ended by themselves, and says which. */
  revive(): Promise<readonly number[]>;
  freeze(node: number): void;
  thaw(node: number): void;
  /** Parts a node from the other ones. */
  part(node: number, state: LinkState): void;
  /** All nodes reach each other again. */
  unite(): void;
  /** The cluster's time, in milliseconds. */
  now(): number;
  /** Lets time pass. */
  pass(milliseconds: number): Promise<void>;
}

/** Milliseconds after which nodes suspect each other: short, so that they do so within a fault. */
export const NODE_TIMEOUT = 2_000;

/** A client that is as impatient as a soak of some seconds needs it; it tries the nodes in an order of its own. */
export function clientOf({ addresses, mapNode }: Stage, number: number): Disque {
  const first = number % addresses.length;
  const inOrder = [...addresses.slice(first), ...addresses.slice(0, first)];
  return new Disque(inOrder, {
    mapNode,
    connectTimeout: 1_000,
    commandTimeout: 2_000,
    failoverTimeout: 3_000,
    refreshInterval: 1_000,
  });
}
