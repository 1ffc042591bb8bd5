// A cluster of three nodes for the nemesis, which clients reach through links only, and a calm cluster without faults.

import { Disque, type DisqueOptions } from "../../src/index.ts";
import type { Link, LinkState } from "./link.ts";

export const NODES = 3;
/** Two, so that jobs also move between calm nodes. */
export const CALM_NODES = 2;

export interface Stage extends AsyncDisposable {
  readonly name: string;
  /** Where clients reach the nodes: at their links. */
  readonly addresses: readonly string[];
  /** Where the nodes themselves listen. */
  readonly nodes: readonly string[];
  /** Where to dial an announced node. */
  readonly mapNode: NonNullable<DisqueOptions["mapNode"]>;
  /** The addresses of the calm cluster. */
  readonly calm: readonly string[];
  /** The links from the clients to each node. */
  readonly links: readonly Link[];
  /** The states that the links between nodes can be put into. */
  readonly partings: readonly LinkState[];
  /**
   * Whether a node that is killed forgets its jobs. Then no other node may be killed before the jobs of which the first one may
   * have had a copy were received: Disque does not replace lost copies.
   */
  readonly forgets: boolean;
  kill(node: number): Promise<void>;
  /** Restarts a node that was killed. */
  restart(node: number): Promise<void>;
  /** Restarts the nodes that ended by themselves, and returns them. */
  revive(): Promise<readonly number[]>;
  freeze(node: number): void;
  thaw(node: number): void;
  /** Puts the links between a node and the others into this state. */
  part(node: number, state: LinkState): void;
  /** Opens all links between nodes. */
  unite(): void;
  /** The cluster's time, in milliseconds. */
  now(): number;
  /** Lets time pass. */
  pass(milliseconds: number): Promise<void>;
}

/** Milliseconds after which nodes suspect each other: shorter than most faults. */
export const NODE_TIMEOUT = 2_000;

/** A client whose timeouts are short enough for a soak of some seconds. Each client begins with another node. */
export function clientOf({ addresses, mapNode }: Stage, number: number): Disque {
  const first = number % addresses.length;
  return new Disque(startingWith(first, addresses), {
    mapNode,
    connectTimeout: 1_000,
    commandTimeout: 2_000,
    failoverTimeout: 3_000,
    refreshInterval: 1_000,
  });
}

/**
 * A client of the calm nodes. With RETRY 0, a reply that is overdue only because the machine is busy would be a lost job, hence
 * the long timeout.
 */
export function calmClientOf({ calm }: Stage, number: number): Disque {
  return new Disque(startingWith(number % calm.length, calm), { commandTimeout: 20_000 });
}

function startingWith(first: number, addresses: readonly string[]): string[] {
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}
