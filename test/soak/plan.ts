// What a nemesis does and when, the same for the same seed. Pure.

import type { LinkState } from "./link.ts";
import { NODES } from "./stage.ts";

/** To the nodes. One at a time, so that none leaves while others are started again (see real-stage.ts). */
export type NodeFault = { readonly milliseconds: number } & (
  | { readonly kind: "kill" | "freeze" | "leave"; readonly node: number }
  | { readonly kind: "kill all" }
);

/** To the ways from node to node, or from the clients to some nodes. One at a time, beside what happens to the nodes. */
export type LinkFault = { readonly milliseconds: number } & (
  | { readonly kind: "part nodes"; readonly node: number; readonly state: LinkState }
  | { readonly kind: "part clients"; readonly nodes: readonly number[]; readonly state: LinkState }
  /** Which is over at once. */
  | { readonly kind: "reset clients"; readonly nodes: readonly number[] }
);

export type Fault = NodeFault | LinkFault;

type Random = () => number;

/** Milliseconds that a fault lasts: some so briefly that nobody suspects anything, some beyond `NODE_TIMEOUT`. */
const LASTING = { least: 300, most: 3_300 };
/** How clients may be parted from nodes. */
const CLIENT_STATES: readonly LinkState[] = ["cut", "stalled", "sliced", "lingering"];

/** Without end. `allMayDie`: also all nodes are killed at once. */
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

/** Without end. `partings`: what can be done to the way between nodes. */
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

/** What a history says of a fault. */
export function describeFault({ milliseconds, kind, ...details }: Fault): string {
  return `${kind} ${JSON.stringify(details)} for ${milliseconds} ms`;
}

function lasting(random: Random): number {
  return Math.round(LASTING.least + random() * (LASTING.most - LASTING.least));
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
