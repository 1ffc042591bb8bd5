import { lookup as lookupHost } from "node:dns";
import {
  connect,
  type IpcNetConnectOpts,
  isIP,
  type LookupFunction,
  type OnReadOpts,
  type Socket,
  type TcpNetConnectOpts,
} from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import { ConnectionError, TimeoutError } from "./errors.ts";
import { abortReason, onAbort, type Signal } from "./signals.ts";
import { clearTimeout, runOutside, setTimeout } from "./timers.ts";
import { type Endpoint, nameOf } from "./types.ts";

/** The options of a socket. */
export interface SocketOptions {
  /**
   * Whether to use TLS; an object holds options of `tls.connect`. Certificates are verified unless the options disable that.
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Milliseconds after which an attempt to connect is aborted. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds of idle time before TCP keep-alive probes. Default 10,000. */
  readonly keepAlive?: number | undefined;
  /** Finds the addresses of a host name. Default: the `lookup` of `tls`, or else `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined;
  /** Aborts the attempt to connect, which then rejects with the signal's reason. */
  readonly signal?: Signal | undefined;
  /**
   * Memory to read into, usually 64 KiB. Several connections may share it. It must not be transferred while they are open. It is
   * not used with TLS. Default: each connection has its own.
   */
  readonly readBuffer?: Buffer | undefined;
}

/** How much is read from a socket at a time, in bytes: as much as Node reads for a `data` event. */
export const READ_LENGTH = 65_536;
/** Milliseconds after which the next address of a host name is tried in parallel (RFC 8305, section 8). */
const ATTEMPT_DELAY = 250;
/** Milliseconds to wait for a graceful close (TLS close_notify). */
const CLOSE_TIMEOUT = 500;
/** Maximum length of an error's reason, in characters. The reason may quote the names in a peer's certificate. */
const MAX_REASON_LENGTH = 500;
/** The error codes that different OpenSSL versions report for an answer that is not TLS. */
const NOT_TLS: readonly string[] = [
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_RECORD_LAYER_FAILURE",
];

/** Receives what is read from a socket. */
export interface ReadTarget {
  /** The memory for the rest of a long value, if it has been allocated and at least `least` bytes are missing. */
  roomFor(least: number): Buffer | undefined;
  onBytes(bytes: Buffer): void;
}

/**
 * Reads from a socket. The bytes of a long value are read into the memory of that value. All other bytes are read into shared
 * memory, and copied from there. With `data` events, Node would allocate new memory for each event, and the bytes of a long
 * value would have to be copied from it.
 */
export class SocketReader {
  /** For `net.connect`. The socket must be paused until `start` is called. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#nextMemory(),
    callback: (length) => this.#take(length),
  };
  readonly #shared: Buffer;
  #memory: Buffer;
  #target: ReadTarget | undefined;

  /** Several readers may use the same `shared` memory, since each copies what it has read immediately. */
  constructor(shared: Buffer = Buffer.allocUnsafeSlow(READ_LENGTH)) {
    if (!Buffer.isBuffer(shared) || shared.length === 0)
      throw new TypeError("readBuffer must be a Buffer that is not empty");
    this.#shared = shared;
    this.#memory = shared;
  }

  start(socket: Socket, target: ReadTarget): void {
    this.#target = target;
    socket.resume();
  }

  #nextMemory(): Buffer {
    this.#memory = this.#target?.roomFor(READ_LENGTH) ?? this.#shared;
    return this.#memory;
  }

  #take(length: number): true {
    let bytes = this.#memory.subarray(0, length);
    if (this.#memory === this.#shared) {
      // Not a part of Node's pool: replies are views of these bytes, and must not keep the memory of others alive.
      bytes = Buffer.allocUnsafeSlow(length);
      bytes.set(this.#memory.subarray(0, length));
    }
    this.#target?.onBytes(bytes);
    return true;
  }
}

/**
 * Connects to `endpoint`, with TCP's no-delay and keep-alive, and with TLS if requested. With a `reader`, which cannot be used
 * with TLS, the socket is paused.
 *
 * Rejects with a `ConnectionError`, a `TimeoutError` after `connectTimeout`, the signal's reason, or a `TypeError` or
 * `RangeError` for an invalid option.
 */
export function openSocket(
  endpoint: Endpoint,
  options: SocketOptions,
  reader: SocketReader | undefined,
): Promise<Socket> {
  return runOutside(() => open(endpoint, options, reader));
}

async function open(
  endpoint: Endpoint,
  options: SocketOptions,
  reader: SocketReader | undefined,
): Promise<Socket> {
  const { connectTimeout = 5_000, keepAlive = 10_000, signal } = options;
  const tls = options.tls === true ? {} : options.tls || undefined;
  const name = nameOf(endpoint);
  let plain: Socket | undefined;
  let stage = "no connection";
  // Aborted by the caller or by the deadline. Its reason is what `open` rejects with.
  const attempt = new AbortController();
  const expire = (): void => attempt.abort(new TimeoutError(`${name}: ${stage} within ${connectTimeout} ms`));
  const timer = setTimeout(expire, connectTimeout);
  const stopListening = signal && onAbort(signal, () => attempt.abort(abortReason(signal)));
  try {
    if (signal?.aborted) throw abortReason(signal);
    plain = await openPlain(endpoint, tls, options.lookup, attempt.signal, reader);
    plain.setNoDelay(true).setKeepAlive(true, keepAlive);
    if (tls === undefined) return plain;
    // A plaintext server may take our ClientHello for an incomplete command and wait forever.
    stage = "connected, but no TLS handshake";
    return await opened(secured(plain, endpoint, tls), "secureConnect", attempt.signal);
  } catch (error) {
    plain?.destroy();
    if (attempt.signal.aborted) throw attempt.signal.reason;
    if (signal?.aborted) throw abortReason(signal);
    // Node throws these for invalid arguments.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    throw new ConnectionError(`${name}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    stopListening?.();
  }
}

async function openPlain(
  endpoint: Endpoint,
  tls: TlsOptions | undefined,
  lookup: LookupFunction | undefined,
  signal: AbortSignal,
  reader: SocketReader | undefined,
): Promise<Socket> {
  const start = (to: TcpNetConnectOpts | IpcNetConnectOpts): Socket => {
    const socket = connect({ ...to, onread: reader?.onread });
    return reader === undefined ? socket : socket.pause();
  };
  if ("path" in endpoint) return opened(start({ path: endpoint.path }), "connect", signal);
  const { host, port } = endpoint;
  // Options of `tls.connect` such as `localAddress` also apply to the TCP socket that TLS runs on.
  const dial = (address: string): Socket => start({ ...tls, host: address, port });
  if (isIP(host) > 0) return opened(dial(host), "connect", signal);
  return race(await addressesOf(host, lookup ?? tls?.lookup ?? lookupHost, signal), dial, signal);
}

/**
 * The addresses of a host name, alternating between IPv4 and IPv6. The family that the resolver prefers comes first (RFC 8305,
 * section 4).
 */
function addressesOf(host: string, lookup: LookupFunction, signal: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    lookup(host, { all: true }, (error, found) => {
      if (error !== null) return reject(error);
      const given = typeof found === "string" ? [found] : found.map(({ address }) => address);
      const addresses = given.filter((address) => isIP(address) > 0);
      const family = isIP(addresses[0] ?? "");
      const preferred = addresses.filter((address) => isIP(address) === family);
      const others = addresses.filter((address) => isIP(address) !== family);
      const turns = Array.from({ length: addresses.length }, (_, turn) => [preferred[turn], others[turn]]);
      resolve(turns.flat().filter((address) => address !== undefined));
    });
  });
}

/**
 * Connects to the first address that answers. Each attempt may take until `signal` is aborted: `net.connect` itself would give
 * up an attempt after 250 ms (`autoSelectFamilyAttemptTimeout`) if there were another address.
 */
function race(addresses: string[], dial: (address: string) => Socket, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const errors: Error[] = [];
    const losers = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      addresses.length = 0;
      losers.abort();
      reject(signal.reason);
    };
    const tryNext = (): void => {
      clearTimeout(timer);
      const address = addresses.shift();
      if (address === undefined) return;
      const attempt = opened(dial(address), "connect", losers.signal);
      attempt.then(
        (socket) => {
          if (losers.signal.aborted) socket.destroy();
          resolve(socket);
          settle();
        },
        (error) => {
          errors.push(error);
          if (errors.length < count) tryNext();
          else reject(errors.length === 1 ? error : new AggregateError(errors));
        },
      );
      if (addresses.length > 0) timer = setTimeout(tryNext, ATTEMPT_DELAY);
    };
    const count = addresses.length;
    signal.addEventListener("abort", settle, { once: true });
    if (count === 0) reject(new Error("the host name has no address"));
    else tryNext();
  });
}

function secured(socket: Socket, endpoint: Endpoint, tls: TlsOptions): Socket {
  if ("path" in endpoint) return connectTls({ ...tls, socket });
  const { host } = endpoint;
  // A server name must not be an IP address (RFC 6066, section 3).
  return connectTls({ ...(isIP(host) === 0 && { servername: host }), ...tls, host, socket });
}

/** Resolves when the socket emits `event`. Destroys the socket when it fails, or when `signal` is aborted. */
function opened(socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      signal.removeEventListener("abort", onAborted);
      socket.off("close", onClose).off(event, onOpen).off("error", fail);
      // A socket that was given up may still emit an error, which would otherwise crash the process.
      socket.on("error", ignore);
      end();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const onOpen = (): void => settle(() => resolve(socket));
    const onClose = (): void => fail(new Error("closed before it was connected"));
    const onAborted = (): void => fail(signal.reason);
    signal.addEventListener("abort", onAborted);
    socket.once(event, onOpen).once("close", onClose).on("error", fail);
    if (signal.aborted) onAborted();
  });
}

/** Closes the socket gracefully, but waits at most `CLOSE_TIMEOUT` for the peer to close. */
export function closeSocket(socket: Socket): void {
  // Unsent data: the peer answered the last command before it had read all of it, and may never read the rest.
  if (socket.writableLength > 0) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT).unref();
  socket.once("close", () => clearTimeout(timer));
  socket.destroySoon();
}

function ignore(): void {}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  if (NOT_TLS.includes(code)) return `the server does not speak TLS (${code})`;
  return error.message.trim().slice(0, MAX_REASON_LENGTH).replace(/\p{C}/gu, "?");
}

/** The first bytes that servers of other protocols send. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["HTTP/", "looks like an HTTP server"],
  ["SSH-", "looks like an SSH server"],
  // A TLS alert and a TLS handshake record: the type, then the major version (RFC 8446, section 5.1).
  ["\x15\x03", "looks like a server that expects TLS"],
  ["\x16\x03", "looks like a server that expects TLS"],
];

/** Describes a server by the first bytes it sent, if they belong to a known protocol other than RESP. */
export function otherProtocol(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1];
}
