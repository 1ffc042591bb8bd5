import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Link } from "./link.ts";

export interface ProxyOptions {
  /** The address to listen on. Without a port, a free one is used. */
  readonly host: string;
  readonly port?: number;
  /** The address to forward to. */
  readonly target: { readonly host: string; readonly port: number };
  /** The link that a connection belongs to, by the address that it comes from, and the address to go on from. */
  readonly route: (origin: string) => { readonly link: Link; readonly localAddress?: string } | undefined;
}

/** Listens in place of a server, and hands each connection to its link. */
export class LinkProxy {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();

  private constructor({ target, route }: ProxyOptions) {
    // The end of one half must not end the other.
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      const way = route(near.remoteAddress ?? "");
      if (way === undefined || way.link.state === "cut") {
        near.resetAndDestroy();
        return;
      }
      const { link, localAddress } = way;
      const from = localAddress === undefined ? {} : { localAddress };
      const far = connect({ ...target, ...from, allowHalfOpen: true });
      this.#own(near);
      this.#own(far);
      link.carry(near, far);
    });
  }

  static async listen(options: ProxyOptions): Promise<LinkProxy> {
    const proxy = new LinkProxy(options);
    proxy.#server.listen(options.port ?? 0, options.host);
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** Closes all connections and stops listening. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
