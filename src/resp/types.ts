import type { ReplyError } from "./errors.ts";

/** An argument of a command. Strings are sent as UTF-8, numbers and bigints in decimal. */
export type Argument = string | Uint8Array | number | bigint;

/**
 * A reply from the server. A simple string is a `string`, a bulk string a `Buffer`, an integer a `number`, or a `bigint`
 * where a number would not be exact; both kinds of null are `null`. An error is a value like any other, because it
 * may be an element of an array.
 */
export type Reply = string | number | bigint | Buffer | null | ReplyError | Reply[];

/** Where a server listens: on a TCP port, or on a Unix socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** The name of an endpoint in errors and logs: `host:port`, `[host]:port` or `unix:path`. */
export function nameOf(endpoint: Endpoint): string {
  if ("path" in endpoint) return `unix:${endpoint.path}`;
  // Only an IPv6 address contains a colon.
  const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return `${host}:${endpoint.port}`;
}
