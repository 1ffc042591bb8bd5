// Decides which faults the nemesis causes and when, and when consumers are stopped: the same for the same seed. Pure.

import type { LinkState } from "./link.ts";
import { NODES } from "./stage.ts";

/** A fault of nodes. One at a time, so that none leaves while others restart (see real-stage.ts). */
export type NodeFault = { readonly milliseconds: number } & (
  | { readonly kind: "kill" | "freeze" | "leave"; readonly node: number }
  | { readonly kind: "kill all" }
);

/** A fault of the links between nodes, or from the clients to some nodes. One at a time, beside the faults of nodes. */
export type LinkFault = { readonly milliseconds: number } & (
  | { readonly kind: "part nodes"; readonly node: number; readonly state: LinkState }
  | { readonly kind: "part clients"; readonly nodes: readonly number[]; readonly state: LinkState }
  /** Over at once. */
  | { readonly kind: "reset clients"; readonly nodes: readonly number[] }
);

export type Fault = NodeFault | LinkFault;

type Random = () => number;

/** Milliseconds that a fault lasts: some end before a node is suspected, some last longer than `NODE_TIMEOUT`. */
const LASTING = { least: 300, most: 3_300 };
/** Milliseconds after which most consumers are stopped. */
const LIFETIME = { least: 20, most: 80 };
/** The states that the links from clients to nodes can be put into. */
const CLIENT_STATES: readonly LinkState[] = ["cut", "stalled", "sliced", "lingering"];

/** An endless sequence. With `allMayDie`, all nodes are sometimes killed at once. */
export function* nodeFaults(random: Random, allMayDie: boolean): Generator<NodeFault, undefined, undefined> {
  const kinds = ["kill", "freeze", "leave", allMayDie ? "kill all" : "kill"] as const;
  for (;;) {
    for (const kind of shuffled(kinds, random)) {
      const milliseconds = lasting(random);
      if (kind === "kill all") yield { kind, milliseconds };
      else yield { kind, node: pick(NODES, random), milliseconds };
    }
  }
}

/** An endless sequence. `partings`: the states that the links between nodes can be put into. */
export function* linkFaults(
  random: Random,
  partings: readonly LinkState[],
): Generator<LinkFault, undefined, undefined> {
  const kinds = [
    ...partings.map((state) => ({ kind: "part nodes", state }) as const),
    ...CLIENT_STATES.map((state) => ({ kind: "part clients", state }) as const),
    { kind: "reset clients" } as const,
  ];
  for (;;) {
    for (const fault of shuffled(kinds, random)) {
      const milliseconds = fault.kind === "reset clients" ? 0 : lasting(random);
      if (fault.kind === "part nodes") yield { ...fault, node: pick(NODES, random), milliseconds };
      else yield { ...fault, nodes: someNodes(random), milliseconds };
    }
  }
}

/** Describes a fault for the history. */
export function describeFault({ milliseconds, kind, ...details }: Fault): string {
  return `${kind} ${JSON.stringify(details)} for ${milliseconds} ms`;
}

/**
 * Milliseconds after which a consumer is stopped: mostly few, so that there are many stops. Some are stopped before they can have
 * asked for a job, and some run longer than one GETJOB waits.
 */
export function lifetime(random: Random): number {
  const kind = random();
  if (kind < 0.1) return Math.round(random() * 3);
  return between(kind < 0.95 ? LIFETIME : { least: 500, most: 1_500 }, random);
}

function lasting(random: Random): number {
  return between(LASTING, random);
}

function between({ least, most }: typeof LASTING, random: Random): number {
  return Math.round(least + random() * (most - least));
}

function pick(count: number, random: Random): number {
  return Math.floor(random() * count);
}

/** One or more of the nodes, or all. */
function someNodes(random: Random): number[] {
  const nodes = shuffled(
    Array.from({ length: NODES }, (_, node) => node),
    random,
  );
  return nodes.slice(0, 1 + pick(NODES, random)).sort();
}

function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
