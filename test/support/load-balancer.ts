import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Listens at one address and leads each connection to the next of its targets. */
export class LoadBalancer {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();

  private constructor(ports: readonly number[]) {
    let turn = 0;
    this.#server = createServer((near) => {
      const far = connect(ports[turn++ % ports.length] ?? 0, "127.0.0.1");
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  static async start(addresses: readonly string[]): Promise<LoadBalancer> {
    const ports = addresses.map((address) => Number(address.slice(address.lastIndexOf(":") + 1)));
    const balancer = new LoadBalancer(ports);
    balancer.#server.listen(0, "127.0.0.1");
    await once(balancer.#server, "listening");
    return balancer;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
