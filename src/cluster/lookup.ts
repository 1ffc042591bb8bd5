import type { lookup as lookupName } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Endpoint } from "../resp/index.ts";
import { mayBeFound } from "./hosts.ts";

/**
 * Looks the names of announced nodes up. An address that may not be announced is not found under a name either: whoever
 * announces a name may have it lead anywhere.
 */
export function lookupFor(listed: readonly Endpoint[], resolve?: typeof lookupName): LookupFunction {
  return (name, options, found) => {
    const lookup = resolve ?? process.getBuiltinModule("node:dns").lookup;
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        found(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => mayBeFound(address, listed));
      const [first] = allowed;
      if (first === undefined) {
        const places = addresses.map(({ address }) => address).join(", ");
        found(new Error(`${name} leads to ${places}, where no announced node is dialled`), []);
      } else if (options.all) found(null, allowed);
      else found(null, first.address, first.family);
    });
  };
}
