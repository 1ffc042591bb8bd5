import { lookup as lookupName } from "node:dns";
import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import { ConnectionError, TimeoutError } from "./errors.ts";
import { onAbort, type Signal } from "./signals.ts";
import { clearTimeout, runOutside, setTimeout } from "./timers.ts";
import { type Endpoint, nameOf } from "./types.ts";

/** How to connect. */
export interface SocketOptions {
  /** Use TLS; an object holds options of `tls.connect`. Certificates are verified unless it says otherwise. */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Milliseconds until an attempt to connect is given up. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds without traffic after which TCP asks whether the peer is still there. Default 10,000. */
  readonly keepAlive?: number | undefined;
  /** Finds the addresses of a host name. Default: `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined;
  /** Gives the attempt up, which then rejects with the signal's reason. */
  readonly signal?: Signal | undefined;
}

/** Milliseconds after which the next address of a host name is tried as well (RFC 8305, section 8). */
const ATTEMPT_DELAY = 250;
/** Messages of the system may quote the peer's certificate: what is shown of them is bounded. */
const MAX_REASON_LENGTH = 500;

/**
 * Connects to `endpoint`, with TCP's no-delay and keep-alive, and with TLS if wanted.
 *
 * Rejects with a `ConnectionError`, with a `TimeoutError` after `connectTimeout`, or with the signal's reason.
 */
export function openSocket(endpoint: Endpoint, options: SocketOptions): Promise<Socket> {
  return runOutside(() => new Promise((resolve, reject) => new Attempt(endpoint, options, resolve, reject)));
}

/** One attempt to connect: to one address, or to those of a host name side by side. It settles once and leaves nothing behind. */
class Attempt {
  readonly #endpoint: Endpoint;
  readonly #options: SocketOptions;
  readonly #tls: TlsOptions | undefined;
  readonly #resolve: (socket: Socket) => void;
  readonly #reject: (reason: unknown) => void;
  /** Sockets that are connecting, or shaking hands. */
  readonly #sockets: Set<Socket> = new Set();
  /** Why sockets failed. */
  readonly #errors: Error[] = [];
  /** Addresses that were not tried yet. */
  #addresses: string[] = [];
  #isHandshake = false;
  #isSettled = false;
  #next: NodeJS.Timeout | undefined;
  readonly #deadline: NodeJS.Timeout;
  readonly #stopListening: (() => void) | undefined;

  constructor(
    endpoint: Endpoint,
    options: SocketOptions,
    resolve: (socket: Socket) => void,
    reject: (reason: unknown) => void,
  ) {
    const { tls, connectTimeout = 5_000, signal } = options;
    this.#endpoint = endpoint;
    this.#options = options;
    this.#tls = tls === true ? {} : tls || undefined;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#deadline = setTimeout(() => this.#expire(connectTimeout), Math.min(connectTimeout));
    this.#stopListening = signal && onAbort(signal, () => this.#fail(signal.reason));
    if (signal?.aborted) this.#fail(signal.reason);
    else this.#start();
  }

  #start(): void {
    try {
      if ("path" in this.#endpoint) this.#watchConnect(connect({ path: this.#endpoint.path }));
      else if (isIP(this.#endpoint.host) > 0) this.#try(this.#endpoint.host);
      else this.#lookup(this.#endpoint.host);
    } catch (error) {
      this.#fail(error);
    }
  }

  #lookup(host: string): void {
    const lookup = this.#options.lookup ?? this.#tls?.lookup ?? lookupName;
    lookup(host, { all: true }, (error, found) => {
      if (this.#isSettled) return;
      if (error !== null) {
        this.#errors.push(error);
        this.#failWhenDone();
        return;
      }
      const addresses = typeof found === "string" ? [found] : found.map(({ address }) => address);
      this.#addresses = alternating(addresses);
      this.#tryNext();
    });
  }

  /** Tries the next address; the one after it when this one fails, or has not connected after a while. */
  #tryNext(): void {
    clearTimeout(this.#next);
    const host = this.#addresses.shift();
    if (host === undefined) {
      this.#failWhenDone();
      return;
    }
    try {
      this.#try(host);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#addresses.length > 0) this.#next = setTimeout(() => this.#tryNext(), ATTEMPT_DELAY);
  }

  #try(host: string): void {
    const port = "port" in this.#endpoint ? this.#endpoint.port : 0;
    // Options of `tls.connect` such as `localAddress` are for this socket.
    this.#watchConnect(connect({ ...this.#tls, host, port }));
  }

  #watchConnect(socket: Socket): void {
    this.#watch(socket);
    socket.once("connect", () => this.#connected(socket));
  }

  /** The first socket that connects wins; the others are given up. */
  #connected(socket: Socket): void {
    clearTimeout(this.#next);
    this.#addresses = [];
    for (const other of this.#sockets) if (other !== socket) this.#drop(other);
    socket.setNoDelay(true).setKeepAlive(true, this.#options.keepAlive ?? 10_000);
    if (this.#tls === undefined) {
      this.#settle();
      this.#resolve(socket);
      return;
    }
    this.#isHandshake = true;
    const host = "host" in this.#endpoint ? this.#endpoint.host : undefined;
    // A server name must not be an IP address (RFC 6066, section 3).
    const servername = host !== undefined && isIP(host) === 0 ? { servername: host } : {};
    const secure = connectTls({ ...servername, ...this.#tls, ...(host !== undefined && { host }), socket });
    this.#watch(secure);
    secure.once("secureConnect", () => {
      this.#sockets.clear();
      this.#settle();
      this.#resolve(secure);
    });
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    const onEnd = (error: Error): void => {
      if (!this.#sockets.delete(socket)) return;
      this.#errors.push(error);
      if (this.#addresses.length > 0) this.#tryNext();
      else this.#failWhenDone();
    };
    // This listener stays: a socket that was given up may still report an error, which would end the process.
    socket.on("error", onEnd);
    socket.once("close", () => onEnd(new Error("closed before it was connected")));
  }

  #drop(socket: Socket): void {
    this.#sockets.delete(socket);
    socket.destroy();
  }

  #expire(connectTimeout: number): void {
    // A plaintext server may take our ClientHello for an incomplete command and wait forever.
    const missing = this.#isHandshake ? "connected, but no TLS handshake" : "no connection";
    this.#fail(new TimeoutError(`${nameOf(this.#endpoint)}: ${missing} within ${connectTimeout} ms`));
  }

  #failWhenDone(): void {
    const [error, ...others] = this.#errors;
    if (this.#isSettled || error === undefined) return;
    if (this.#tls !== undefined ? this.#isHandshake || this.#sockets.size === 0 : this.#sockets.size === 0) {
      const reasons = this.#errors.map(reasonOf).join(", ").slice(0, MAX_REASON_LENGTH);
      const cause = others.length > 0 ? new AggregateError(this.#errors, reasons) : error;
      this.#fail(new ConnectionError(`${nameOf(this.#endpoint)}: ${reasons}`, { cause }));
    }
  }

  #fail(reason: unknown): void {
    if (this.#isSettled) return;
    this.#settle();
    for (const socket of this.#sockets) this.#drop(socket);
    this.#reject(reason);
  }

  #settle(): void {
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#next);
    this.#stopListening?.();
  }
}

/** IPv6 and IPv4 in turn, beginning with the family that the resolver prefers (RFC 8305, section 4). */
function alternating(addresses: readonly string[]): string[] {
  const family = isIP(addresses[0] ?? "");
  const preferred = addresses.filter((address) => isIP(address) === family);
  const others = addresses.filter((address) => isIP(address) !== family);
  return preferred
    .flatMap((address, index) => [address, ...others.slice(index, index + 1)])
    .concat(others.slice(preferred.length));
}

function reasonOf(error: Error & { code?: string }): string {
  // What OpenSSL says of bytes that are not TLS: SSH banners, HTTP, Disque without TLS.
  if (error.code === "ERR_SSL_WRONG_VERSION_NUMBER" || error.code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return `looks like a server without TLS (${error.code})`;
  }
  return error.message.trim();
}
