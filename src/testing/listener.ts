import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from "node:tls";
import { ATTEMPTS, isTaken, somePort } from "./ports.ts";

export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** Called with each new socket, and with a function that resets its connection. */
export type OnSocket = (socket: Socket, reset: () => void) => void;

/** Accepts connections, plain or TLS. */
export class Listener {
  readonly #server: Server;
  readonly #tls: TlsServer | null;
  readonly #onSocket: OnSocket;
  /** The TCP sockets under TLS connections, by remote port: only a TCP socket can be reset. */
  readonly #tcpSockets = new Map<number | undefined, Socket>();
  readonly #sockets = new Set<Socket>();
  #listenAddress: ListenAddress | null = null;

  constructor(tls: TlsOptions | null, onSocket: OnSocket, refuses: () => boolean) {
    this.#onSocket = onSocket;
    this.#tls = tls === null ? null : createTlsServer({ ...tls, allowHalfOpen: true });
    this.#tls?.on("secureConnection", (socket) => {
      const raw = this.#tcpSockets.get(socket.remotePort) ?? socket;
      this.#onSocket(socket, () => resetSocket(raw, socket));
    });
    // A failed handshake needs no further handling.
    this.#tls?.on("tlsClientError", () => {});
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      if (refuses()) {
        socket.on("error", () => {});
        resetSocket(socket, socket);
      } else {
        this.#accept(socket);
      }
    });
  }

  /** Resolves with the actual address. Port 0 chooses a port that no outgoing connection takes while the port is closed. */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    this.#listenAddress = await this.#bindSome(address);
    return this.#listenAddress;
  }

  /** Stops listening. Open connections are not affected. */
  closePort(): void {
    this.#server.close();
  }

  /** Listens again on the same address. */
  async openPort(): Promise<void> {
    if (!this.#server.listening && this.#listenAddress !== null) await this.#bind(this.#listenAddress);
  }

  async #bindSome(address: ListenAddress): Promise<ListenAddress> {
    if ("path" in address || address.port !== 0) return this.#bind(address);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#bind({ ...address, port: somePort() });
      } catch (error) {
        if (!isTaken(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #bind(wanted: ListenAddress): Promise<ListenAddress> {
    this.#server.listen(wanted);
    await once(this.#server, "listening");
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" && address !== null
      ? { host: address.address, port: address.port }
      : wanted;
  }

  /** Closes the port and all connections. Resolves when all are closed. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#tls === null) {
      this.#onSocket(socket, () => resetSocket(socket, socket));
      return;
    }
    const port = socket.remotePort;
    this.#tcpSockets.set(port, socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#tcpSockets.delete(port));
    this.#tls.emit("connection", socket);
  }
}

/** Resets a TCP connection. A unix socket cannot be reset, so it is closed. */
function resetSocket(raw: Socket, socket: Socket): void {
  if (raw.remotePort !== undefined) reset(raw, socket);
  socket.destroy();
}

/**
 * Resets a TCP connection; `above` is its TLS socket, if any. A connection that has been ended but is still sending data is
 * closed instead: libuv refuses to reset it (tcp.c, uv_tcp_close_reset). Node 20 would then never close it, and would wait for
 * it in a busy loop at process exit.
 */
export function reset(raw: Socket, above: Socket = raw): void {
  if (isEnding(raw) || isEnding(above)) above.destroy();
  else raw.resetAndDestroy();
}

function isEnding({ writableEnded, writableFinished }: Socket): boolean {
  return writableEnded && !writableFinished;
}
