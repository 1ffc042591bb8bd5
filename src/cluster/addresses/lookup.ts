import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Endpoint } from "../../resp/index.ts";
import { mayBeFound } from "./announced.ts";

/**
 * Resolves the names of announced nodes. Addresses that must not be announced are filtered out, since an announced name may
 * resolve to any address.
 */
export function lookupFor(listed: readonly Endpoint[], resolve: typeof lookup = lookup): LookupFunction {
  return (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => mayBeFound(address, listed));
      const [first] = allowed;
      if (first === undefined) {
        const places = addresses.map(({ address }) => address).join(", ");
        callback(new Error(`${name} resolves to ${places}, where announced nodes are not dialled`), []);
      } else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
