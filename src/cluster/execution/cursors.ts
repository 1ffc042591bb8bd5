import type { Scanning } from "../../commands/definition.ts";
import { ConnectionError } from "../../resp/index.ts";
import type { Node } from "../connections/node.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** Maximum number of cursors to remember. Each page of a scan adds one; the oldest are forgotten. */
const MAX_CURSORS = 1_000;

/** The node that returned a cursor, and how many times its shared connection had been lost by then. */
export interface Origin {
  readonly node: Node;
  readonly losses: number;
}

/**
 * Remembers which node returned each cursor. A cursor is valid only on that node. If the connection to the node was lost, the
 * node may have restarted, and it would then misinterpret the cursor.
 */
export class Cursors {
  /** The origins of each cursor, newest last: several nodes may have returned the same cursor. */
  readonly #origins: Map<string, readonly Origin[]> = new Map();

  /** Records that `node` returned this cursor. */
  add<Args extends readonly unknown[], Value>(
    { definition }: PreparedCall<Args, Value>,
    cursor: string,
    node: Node,
  ): void {
    const key = keyOf(definition, cursor);
    const others = (this.#origins.get(key) ?? []).filter((origin) => origin.node !== node);
    // The key is deleted before it is set, which moves it to the end of the map: the newest cursors come last.
    this.#origins.delete(key);
    this.#origins.set(key, [...others, { node, losses: node.losses }]);
    for (const oldest of this.#origins.keys()) {
      if (this.#origins.size <= MAX_CURSORS) break;
      this.#origins.delete(oldest);
    }
  }

  /** The origin of a call's cursor; `undefined` at the beginning of a scan, or if this client did not receive the cursor. */
  originOf<Args extends readonly unknown[], Value>(
    { definition, args, pinnedTo }: PreparedCall<Args, Value>,
    { cursor }: Scanning<Args, Value>,
  ): Origin | undefined {
    const origins = this.#origins.get(keyOf(definition, cursor(...args))) ?? [];
    return origins.findLast(({ node }) => pinnedTo === undefined || node.known.id === pinnedTo);
  }
}

/** QSCAN and JSCAN may return the same cursor. */
function keyOf({ name }: { readonly name: string }, cursor: string): string {
  return `${name} ${cursor}`;
}

/** Throws if the connection on which the node returned the cursor has been lost. */
export function checkNotLost({ node, losses }: Origin): void {
  if (node.losses === losses) return;
  throw new ConnectionError(`${node.known.name}: the connection on which the scan began was lost`);
}
