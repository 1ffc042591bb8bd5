// A server for tests: it accepts connections and records what they send, and the test decides what it answers.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type TlsOptions } from "node:tls";
import { Parser } from "../../src/resp/index.ts";

export interface ScriptedServerOptions {
  /** Speak TLS. */
  readonly tls?: TlsOptions;
  /** Listen on this Unix socket instead of a port of 127.0.0.1. */
  readonly path?: string;
  /** Returns the bytes to answer a command with. Without it, the test writes them itself. */
  readonly answer?: (command: string[]) => string;
  /** Do not parse what arrives, so that it need not be RESP. */
  readonly deaf?: boolean;
}

/** The server's end of one connection. */
export class Peer {
  readonly socket: Socket;
  /** All commands received so far. */
  readonly commands: string[][] = [];
  /** The chunks in which they arrived. */
  readonly chunks: Buffer[] = [];
  /** Resolves when the client has ended its half of the connection. */
  readonly ended: Promise<void>;
  readonly closed: Promise<void>;
  #changed: () => void = () => {};

  constructor(socket: Socket, { answer, deaf = false }: ScriptedServerOptions) {
    this.socket = socket;
    this.ended = new Promise((resolve) => socket.once("end", resolve));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    const parser = new Parser({
      onReply: (command) => {
        if (!Array.isArray(command)) throw new Error("a command is an array");
        this.commands.push(command.map(String));
        if (answer !== undefined) socket.write(answer(command.map(String)));
      },
    });
    socket.on("data", (chunk) => {
      this.chunks.push(chunk);
      if (!deaf) parser.write(chunk);
      this.#changed();
    });
    // In many tests, the client drops its connection.
    socket.on("error", () => {});
  }

  /** Resolves when this many commands have arrived. */
  async received(count: number): Promise<string[][]> {
    while (this.commands.length < count) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.commands;
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }
}

export class ScriptedServer {
  readonly #server: Server;
  readonly #peers: Peer[] = [];
  readonly #accepted: Peer[] = [];
  #attempts = 0;
  #changed: () => void = () => {};

  private constructor(server: Server, options: ScriptedServerOptions) {
    this.#server = server;
    server.on("connection", () => this.#attempts++);
    server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      const peer = new Peer(socket, options);
      this.#peers.push(peer);
      this.#accepted.push(peer);
      this.#changed();
    });
  }

  static async start(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const { tls, path } = options;
    // If the client ends its half, the test decides what follows. (Not with TLS: a handshake that the client abandons would
    // never end.)
    const server = tls === undefined ? createServer({ allowHalfOpen: true }) : createSecureServer(tls);
    const scripted = new ScriptedServer(server, options);
    if (path === undefined) server.listen(0, "127.0.0.1");
    else server.listen(path);
    await once(server, "listening");
    return scripted;
  }

  get endpoint(): { host: string; port: number } {
    return { host: "127.0.0.1", port: (this.#server.address() as AddressInfo).port };
  }

  /** The number of connections made, including those whose TLS handshake failed. */
  get attempts(): number {
    return this.#attempts;
  }

  /** All commands received so far, on all connections. */
  get commands(): string[][] {
    return this.#peers.flatMap((peer) => peer.commands);
  }

  /** Resolves with the next connection, in the order in which they were made. */
  async accept(): Promise<Peer> {
    for (;;) {
      const peer = this.#accepted.shift();
      if (peer !== undefined) return peer;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer.socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
