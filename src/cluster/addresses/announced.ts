// Decides which announced addresses may be dialled. Without this check, a hostile node could make its clients connect to
// services on their own machine, or to the metadata address of a cloud, which is link-local.

import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { HelloNode } from "../../commands/hello.ts";
import type { Endpoint } from "../../resp/index.ts";

/** A plain host name: labels of letters, digits, hyphens and underscores. */
const HOST_NAME = /^(?=.{1,253}$)[a-z\d_]([a-z\d_-]{0,62})(\.[a-z\d_]([a-z\d_-]{0,62}))*\.?$/i;
/** Other notations of an IPv4 address that resolvers accept, such as 127.1 and 0x7f000001. */
const NUMERIC = /(^|\.)(\d+|0x[\da-f]*)\.?$/i;
/** `localhost` and all names under it are this machine (RFC 6761, section 6.3). */
const LOCALHOST = /(^|\.)localhost\.?$/i;

type Kind = "loopback" | "link-local" | "unspecified" | "other";

const RANGES: readonly [kind: Kind, family: "ipv4" | "ipv6", network: string, prefix: number][] = [
  ["loopback", "ipv4", "127.0.0.0", 8],
  ["loopback", "ipv6", "::1", 128],
  ["link-local", "ipv4", "169.254.0.0", 16],
  ["link-local", "ipv6", "fe80::", 10],
  ["unspecified", "ipv4", "0.0.0.0", 8],
  ["unspecified", "ipv6", "::", 128],
  // The same IPv4 addresses embedded in IPv6 addresses: NAT64 (RFC 6052), 6to4 (RFC 3056), SIIT (RFC 2765), and IPv4-compatible
  // addresses (RFC 4291).
  ["loopback", "ipv6", "64:ff9b::7f00:0", 104],
  ["link-local", "ipv6", "64:ff9b::a9fe:0", 112],
  ["unspecified", "ipv6", "64:ff9b::", 104],
  ["loopback", "ipv6", "2002:7f00::", 24],
  ["link-local", "ipv6", "2002:a9fe::", 32],
  ["unspecified", "ipv6", "2002::", 24],
  ["loopback", "ipv6", "::ffff:0:7f00:0", 104],
  ["link-local", "ipv6", "::ffff:0:a9fe:0", 112],
  ["unspecified", "ipv6", "::ffff:0:0:0", 104],
  ["loopback", "ipv6", "::7f00:0", 104],
  ["link-local", "ipv6", "::a9fe:0", 112],
];

const BLOCKS = RANGES.map(([kind, family, network, prefix]) => {
  const block = new BlockList();
  block.addSubnet(network, prefix, family);
  return { kind, block };
});

/** Whether the client may connect to the announced address of a node, given the endpoints that the user listed. */
export function mayBeDialled({ host, port }: HelloNode, listed: readonly Endpoint[]): boolean {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return false;
  if (isIP(host) === 0 && (!HOST_NAME.test(host) || NUMERIC.test(host))) return false;
  return isAllowedHost(host, listed);
}

/** Whether an announced node may have this address or name. A name is not resolved here. */
export function isAllowedHost(host: string, listed: readonly Endpoint[]): boolean {
  const kind = kindOf(host);
  if (kind === "unspecified") return false;
  return kind === "other" || listed.some((endpoint) => kindOfEndpoint(endpoint) === kind);
}

function kindOfEndpoint(endpoint: Endpoint): Kind {
  // A Unix socket is on this machine.
  return "path" in endpoint ? "loopback" : kindOf(endpoint.host);
}

function kindOf(host: string): Kind {
  const family = isIP(host);
  if (family === 0) return LOCALHOST.test(host) ? "loopback" : "other";
  // BlockList checks IPv4-mapped IPv6 addresses against the IPv4 ranges.
  return BLOCKS.find(({ block }) => block.check(host, family === 6 ? "ipv6" : "ipv4"))?.kind ?? "other";
}

/**
 * Returns a function that resolves the names of announced nodes. It leaves out addresses that must not be dialled, since an
 * announced name may resolve to any address.
 */
export function lookupFor(listed: readonly Endpoint[], resolve: typeof lookup = lookup): LookupFunction {
  return (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => isAllowedHost(address, listed));
      const [first] = allowed;
      if (first === undefined) {
        const places = addresses.map(({ address }) => address).join(", ");
        callback(new Error(`${name} resolves to ${places}, where announced nodes are not dialled`), []);
      } else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
