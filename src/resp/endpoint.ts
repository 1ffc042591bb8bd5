/** Where a server listens: on a TCP port, or on a Unix socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** `host:port`, `[host]:port` or `unix:path`, as errors and logs name it. */
export function nameOf(endpoint: Endpoint): string {
  if ("path" in endpoint) return `unix:${endpoint.path}`;
  // No name of a host has a colon: what has one is an IPv6 address.
  const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return `${host}:${endpoint.port}`;
}
