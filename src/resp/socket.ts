import { connect as connectPlain, isIP, type LookupFunction, type Socket } from "node:net";
import type { ConnectionOptions as TlsConnectionOptions } from "node:tls";
import { type Endpoint, nameOf } from "./endpoint.ts";
import { ConnectionError, TimeoutError } from "./errors.ts";
import { MAX_DELAY } from "./max-delay.ts";

/** How to connect. */
export interface SocketOptions {
  /** Speak TLS; an object goes to `tls.connect` as it is. Certificates are verified unless it says otherwise. */
  readonly tls?: boolean | TlsConnectionOptions | undefined;
  /** Milliseconds until an attempt to connect is given up. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds without traffic after which TCP asks whether the peer is still there. Default 10,000. */
  readonly keepAlive?: number | undefined;
  /** Finds the addresses of a host name. Default: `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined;
  /** Gives the attempt up, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to `endpoint`, with TCP's no-delay and keep-alive, and the handshake of TLS where it is asked for.
 *
 * Rejects with a `ConnectionError`, with a `TimeoutError` after `connectTimeout`, or with the signal's reason.
 */
export function openSocket(endpoint: Endpoint, options: SocketOptions): Promise<Socket> {
  const { tls, connectTimeout = 5_000, keepAlive = 10_000, lookup, signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = dial(endpoint, tls, lookup);
    const connected = tls ? "secureConnect" : "connect";
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off("close", onClose);
      socket.off(connected, onConnect);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onConnect = (): void => {
      settle();
      // As options of `tls.connect` these two would be ignored.
      resolve(socket.setNoDelay(true).setKeepAlive(true, keepAlive));
    };
    const onAbort = (): void => fail(signal?.reason);
    const onClose = (): void =>
      fail(new ConnectionError(`${nameOf(endpoint)}: closed before it was connected`));
    const timer = setTimeout(
      () => {
        // Who speaks no TLS may wait for ever for the rest of what it takes for a command.
        const missing = tls && !socket.connecting ? "connected, but no TLS handshake" : "no connection";
        fail(new TimeoutError(`${nameOf(endpoint)}: ${missing} within ${connectTimeout} ms`));
      },
      Math.min(connectTimeout, MAX_DELAY),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once(connected, onConnect);
    socket.once("close", onClose);
    // Stays on the socket: one that was given up may still report an error, which would end the process.
    socket.on("error", (cause) => {
      fail(new ConnectionError(`${nameOf(endpoint)}: ${reasonOf(cause)}`, { cause }));
    });
  });
}

/**
 * Where a host name has several addresses, Node's error has one for each of them and no message of its own. That of
 * OpenSSL ends with line breaks.
 */
function reasonOf(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map(({ message }) => message).join(", ")
    : error.message.trim();
}

function dial(endpoint: Endpoint, tls: SocketOptions["tls"], lookup: LookupFunction | undefined): Socket {
  // Nothing else of the caller's object: Node would heed its `signal` too, for as long as the socket lives.
  const where =
    "path" in endpoint
      ? { path: endpoint.path }
      : { host: endpoint.host, port: endpoint.port, ...(lookup && { lookup }) };
  if (!tls) return connectPlain(where);
  // A server name must not be an IP address (RFC 6066, section 3).
  const servername = "host" in endpoint && isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {};
  // To load TLS takes as long as to load all the rest: only for those who use it.
  return process
    .getBuiltinModule("node:tls")
    .connect({ ...servername, ...(tls === true ? {} : tls), ...where });
}
