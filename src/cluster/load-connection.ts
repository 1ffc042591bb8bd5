let loading: Promise<typeof import("../resp/connection.ts")> | undefined;

/**
 * What speaks on a socket is a fifth of the package and needs Node's modules for sockets, so importing the package does not
 * wait for it. It is loaded as soon as a client is made, and not with its first connection: the process may have run out
 * of file descriptors by then, and what Node could not read once it does not try to read again.
 */
export function loadConnection(): Promise<typeof import("../resp/connection.ts")> {
  if (loading === undefined) {
    loading = import("../resp/connection.ts");
    // Whoever connects is told.
    loading.catch(() => {});
  }
  return loading;
}
