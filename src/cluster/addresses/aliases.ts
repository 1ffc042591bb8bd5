import { lookup } from "node:dns";
import { isIP } from "node:net";
import { type Endpoint, nameOf } from "../../resp/index.ts";
import { runOutside } from "../../resp/timers.ts";
import { abortable, throwIfAborted, withDeadline } from "../abort.ts";

/** A listed node, and the addresses that its host name leads to. */
export interface Named {
  readonly address: { readonly endpoint: Endpoint };
  readonly listed: boolean;
  readonly reached: boolean;
  aliases: readonly string[];
}

/** Milliseconds to wait for the resolver. A slow one must not keep calls from a node that is connected. */
const MAX_WAIT = 100;

/**
 * Resolves the host names of listed nodes that this client has never reached: nodes are announced by their addresses, and a node
 * must not be known by both. A name that takes longer gets its addresses later, one that cannot be resolved gets none.
 */
export async function resolveNames(
  nodes: readonly Named[],
  signal?: AbortSignal,
  resolve: typeof lookup = lookup,
): Promise<void> {
  const lookups = nodes.flatMap((node) => {
    const { endpoint } = node.address;
    const isNamed = "host" in endpoint && isIP(endpoint.host) === 0;
    if (!isNamed || !node.listed || node.reached) return [];
    return new Promise<void>((done) => {
      resolve(endpoint.host, { all: true }, (error, found) => {
        if (error === null) node.aliases = found.map(({ address }) => nameOf({ ...endpoint, host: address }));
        done();
      });
    });
  });
  if (lookups.length === 0) return;
  const late = (): Error => new Error("the resolver is slow");
  const wait = (limited: AbortSignal): Promise<unknown> => abortable(Promise.all(lookups), limited);
  await runOutside(() => withDeadline(MAX_WAIT, signal, late, wait)).catch(() => throwIfAborted(signal));
}
