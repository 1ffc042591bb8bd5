import type { Feed } from "./plan.ts";
import type { SourceNode } from "./source.ts";

/** A node to fetch from. Without an id, the client chooses the node. */
export class NodeFeed implements Feed {
  readonly id: string | undefined;
  busy = false;
  ready: boolean;
  emptyAt: number = Number.NEGATIVE_INFINITY;
  restUntil = 0;
  looked = 0;
  waited = 0;
  /** Failures in a row, and whether the last one was a refused password. */
  failures = 0;
  refused = false;
  /** Waits in a row that ended much too early. */
  early = 0;

  constructor(id: string | undefined, ready: boolean) {
    this.id = id;
    this.ready = ready;
  }

  /** Called when the node returned jobs, or let a wait run its full time: earlier failures no longer count. */
  succeeded(): void {
    this.failures = 0;
    this.refused = false;
    this.early = 0;
  }
}

/**
 * Returns a feed for each good node. If there is none, returns one feed whose calls the client routes, since it knows how to
 * look for a node.
 */
export function feedsFor(nodes: readonly SourceNode[], before: readonly NodeFeed[]): NodeFeed[] {
  const feeds: NodeFeed[] = [];
  for (const { id, good, connected } of nodes) {
    // Two listed addresses may lead to one node.
    if (!good || id === "" || feeds.some((feed) => feed.id === id)) continue;
    feeds.push(before.find((feed) => feed.id === id) ?? new NodeFeed(id, connected));
  }
  if (feeds.length > 0) return feeds;
  const known = before.find(({ id }) => id === undefined);
  if (known !== undefined) return [known];
  const feed = new NodeFeed(undefined, true);
  // The outage because of which there are no good nodes is not over.
  feed.failures = Math.max(0, ...before.map(({ failures }) => failures));
  return [feed];
}
