import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from "node:tls";
import { ATTEMPTS, isTaken, somePort } from "./ports.ts";

/** Where to listen. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** Gets each new socket, and how to reset its connection. */
export type OnSocket = (socket: Socket, reset: () => void) => void;

/** Accepts connections, and makes them TLS ones where that is wanted. */
export class Listener {
  readonly #server: Server;
  readonly #tls: TlsServer | null;
  readonly #onSocket: OnSocket;
  /** The TCP sockets below, by the other side's port, since only those can be reset. */
  readonly #raw = new Map<number | undefined, Socket>();
  readonly #sockets = new Set<Socket>();
  #place: Place | null = null;

  constructor(tls: TlsOptions | null, onSocket: OnSocket, refuses: () => boolean) {
    this.#onSocket = onSocket;
    this.#tls = tls === null ? null : createTlsServer({ ...tls, allowHalfOpen: true });
    this.#tls?.on("secureConnection", (socket) => {
      const raw = this.#raw.get(socket.remotePort) ?? socket;
      this.#onSocket(socket, () => resetSocket(raw, socket));
    });
    // Whoever fails the handshake is gone, and that is all.
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

  /** Resolves to the place where it listens. In place of port 0 it takes one that it can have again after it was down. */
  async listen(place: Place): Promise<Place> {
    this.#place = await this.#bindSome(place);
    return this.#place;
  }

  /** Stops listening; open connections go on. */
  closePort(): void {
    this.#server.close();
  }

  /** Listens again where it did before. */
  async openPort(): Promise<void> {
    if (!this.#server.listening && this.#place !== null) await this.#bind(this.#place);
  }

  async #bindSome(place: Place): Promise<Place> {
    if ("path" in place || place.port !== 0) return this.#bind(place);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#bind({ ...place, port: somePort() });
      } catch (error) {
        if (!isTaken(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #bind(place: Place): Promise<Place> {
    this.#server.listen(place);
    await once(this.#server, "listening");
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" && address !== null
      ? { host: address.address, port: address.port }
      : place;
  }

  /** Resolves when nothing is open any more. */
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
    this.#raw.set(port, socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#raw.delete(port));
    this.#tls.emit("connection", socket);
  }
}

/** A unix socket knows no reset, so it is closed. */
function resetSocket(raw: Socket, socket: Socket): void {
  if (raw.remotePort !== undefined) reset(raw, socket);
  socket.destroy();
}

/**
 * Resets a TCP connection; `above`: what speaks TLS on it. One whose end is just being sent is closed: libuv refuses to reset it (tcp.c, uv_tcp_close_reset),
 * whereupon Node 20 never closes it at all, and when the process ends waits for that with all its might.
 */
export function reset(raw: Socket, above: Socket = raw): void {
  if (isEnding(raw) || isEnding(above)) above.destroy();
  else raw.resetAndDestroy();
}

function isEnding({ writableEnded, writableFinished }: Socket): boolean {
  return writableEnded && !writableFinished;
}
