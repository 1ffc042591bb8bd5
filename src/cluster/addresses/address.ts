// Node addresses as users write them.

import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";
import * as check from "../../commands/arguments.ts";
import type { OptionNames } from "../../commands/definition.ts";
import { type Endpoint, nameOf } from "../../resp/index.ts";
import { runOutside } from "../../resp/timers.ts";
import { abortable, throwIfAborted, withDeadline } from "../abort.ts";

/**
 * The address of a node: `"host:port"`, `"[::1]:7711"`, `"disque://:password@host:port"`, `"disques://…"` for TLS,
 * `"unix:/path"`, or an object. The port defaults to 7711.
 */
export type NodeAddress =
  | string
  | {
      readonly host: string;
      readonly port?: number | undefined;
      /** Overrides the client's `password`. */
      readonly password?: string | undefined;
      /** Overrides the client's `tls`. */
      readonly tls?: boolean | TlsConnectionOptions | undefined;
    };

/** A validated node address. The client's options apply where `password` or `tls` is undefined. */
export interface Address {
  readonly endpoint: Endpoint;
  readonly password: string | undefined;
  readonly tls: boolean | TlsConnectionOptions | undefined;
  /** Resolves the host name. Default: `dns.lookup`. */
  readonly lookup?: LookupFunction;
}

export const DEFAULT_PORT = 7711;

const NODE_NAMES: OptionNames<Exclude<NodeAddress, string>> = {
  host: true,
  port: true,
  password: true,
  tls: true,
};
/** `mapNode` may return the announced node itself, or a copy of it. */
const MAPPED_NAMES: typeof NODE_NAMES = { ...NODE_NAMES, ...{ id: true, priority: true } };

const URL = /^(disques?):\/\/(?:(.*)@)?([^@]*?)\/?$/is;
const FOREIGN_SCHEME = /^(?!disques?:)([a-z][a-z\d+.-]{0,15}):\/\//i;
const BRACKETED = /^\[([^\]]*)\](?::(.*))?$/s;
const PLAIN = /^([^:]*)(?::(.*))?$/s;
/** A host has no space, no control character, and no character that separates the parts of a URL. */
const HOST = /^[^\0-\x20\x7f-\x9f\s:/@?#[\]]+$/u;
/** Matches the part of an address that an error may show: a scheme and a host, and a port only if nothing follows it. */
const SAFE_PREFIX =
  /^(?:[a-z]+:\/\/)?(?:\[[\da-f:.]*\]?|[^\0-\x20\x7f-\x9f\s:/?#[\]]+)?(?::-?[\d.]{0,9}$)?/iu;

/** Throws a `TypeError` or `RangeError` that names the address, but not its password. */
export function parseAddress(node: NodeAddress): Address {
  return parse(node, NODE_NAMES);
}

/** Parses an address that `mapNode` returned. */
export function parseMappedAddress(node: NodeAddress): Address {
  return parse(node, MAPPED_NAMES);
}

function parse(node: NodeAddress, names: typeof NODE_NAMES): Address {
  if (typeof node === "string") return parseText(node);
  if (typeof node !== "object" || node === null)
    throw new TypeError(`a node must be a string or { host, port }`);
  check.knownOptions("node", node, names);
  const { host, port = DEFAULT_PORT, password, tls } = node;
  const label = redacted(`${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
  if (password !== undefined && typeof password !== "string")
    throw bad(label, "its password is not a string");
  if (tls !== undefined && typeof tls !== "boolean" && typeof tls !== "object")
    throw bad(label, "its tls must be true, false or options of tls.connect");
  return { endpoint: { host: checkHost(label, host), port: checkPort(label, port) }, password, tls };
}

function parseText(text: string): Address {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path === "" || path.includes("\0")) throw bad(text, "it has no path");
    return { endpoint: { path }, password: undefined, tls: undefined };
  }
  const url = URL.exec(text);
  const [, foreign] = FOREIGN_SCHEME.exec(text) ?? [];
  if (url === null && foreign !== undefined)
    throw bad(redacted(text), `${foreign}:// is not a scheme of Disque; use disque:// or disques:// (TLS)`);
  if (url === null)
    return { endpoint: parseHostPort(text, redacted(text)), password: undefined, tls: undefined };
  const [, scheme, credentials, hostPort = ""] = url;
  // If there is no host, the text after the colon may be a password whose `@` is missing.
  const label = `${scheme}://${hostPort.startsWith(":") ? "" : redacted(hostPort)}`;
  return {
    endpoint: parseHostPort(hostPort, label),
    password: credentials === undefined ? undefined : parsePassword(credentials, label),
    // `disque:` leaves TLS to the client's options.
    tls: scheme?.toLowerCase() === "disques" ? true : undefined,
  };
}

function parsePassword(credentials: string, label: string): string {
  // Disque has no user names. The text before the colon may be a misplaced password, so it is not shown.
  if (!credentials.startsWith(":"))
    throw bad(label, "its password must follow a colon, as in disque://:password@host");
  try {
    return decodeURIComponent(credentials.slice(1));
  } catch {
    throw bad(label, "its password is not percent-encoded");
  }
}

function parseHostPort(text: string, label: string): Endpoint {
  // The address has a path, a query or a fragment.
  if (/[/?#]/.test(text))
    throw bad(label, "nothing may follow its port: Disque has no databases, and no options in addresses");
  const [, host = "", port] = (text.startsWith("[") ? BRACKETED : PLAIN).exec(text) ?? [];
  if (port !== undefined && !/^\d{1,5}$/.test(port))
    throw bad(label, "its port is not a number from 1 to 65535");
  return {
    host: checkHost(label, host),
    port: checkPort(label, port === undefined ? DEFAULT_PORT : Number(port)),
  };
}

function checkHost(label: string, host: string): string {
  if (typeof host !== "string" || !(HOST.test(host) || isIP(host) === 6))
    throw bad(label, "it has no valid host");
  return host;
}

function checkPort(label: string, port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new RangeError(`node ${JSON.stringify(label)}: its port is not a number from 1 to 65535`);
}

/** Returns the part of a malformed address that an error may show. Anything unexpected in an address may be a password. */
function redacted(text: string): string {
  if (isIP(text) !== 0) return text;
  const address = text.slice(text.lastIndexOf("@") + 1);
  const [prefix = ""] = SAFE_PREFIX.exec(address) ?? [];
  // If a colon follows the scheme or an `@` directly, what follows may be a password, even if it looks like a port.
  const safe = text.startsWith(":") ? prefix : prefix.replace(/(^|\/):.*$/, "$1");
  return safe === address ? safe : `${safe}…`;
}

function bad(label: string, why: string): TypeError {
  return new TypeError(`node ${JSON.stringify(label)}: ${why}`);
}

/** A node whose host name may have to be resolved. `aliases` are the addresses it resolves to. */
export interface ResolvableNode {
  readonly address: { readonly endpoint: Endpoint };
  readonly listed: boolean;
  readonly reached: boolean;
  aliases: readonly string[];
}

/** Maximum milliseconds to wait for the resolver: a slow resolver must not delay calls while a node is connected. */
const MAX_LOOKUP_TIME = 100;

/**
 * Resolves the host names of listed nodes that were never reached. Nodes are announced by IP address, so without this the
 * client could know the same node twice, by its name and by its address. A slow lookup sets the aliases later; a failed lookup
 * sets none.
 */
export async function resolveNames(
  nodes: readonly ResolvableNode[],
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
  const timeoutError = (): Error => new Error("the resolver is slow");
  const wait = (limited: AbortSignal): Promise<unknown> => abortable(Promise.all(lookups), limited);
  await runOutside(() => withDeadline(MAX_LOOKUP_TIME, signal, timeoutError, wait)).catch(() =>
    throwIfAborted(signal),
  );
}
