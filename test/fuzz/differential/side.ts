import { connect, type Socket } from "node:net";
import { encode, parseReply, type Wire } from "../../conformance/wire.ts";

/** A node to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A connection that collects replies, and adds "<closed>" when it ends. */
class Connection {
  readonly socket: Socket;
  #bytes = "";
  #closed = false;
  #wake: () => void = () => {};

  constructor(address: Address) {
    this.socket = connect(address.port, address.host);
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk) => {
      this.#bytes += chunk.toString("latin1");
      this.#wake();
    });
    this.socket.on("error", () => {});
    for (const event of ["end", "close"]) {
      this.socket.on(event, () => {
        this.#closed = true;
        this.socket.destroy();
        this.#wake();
      });
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  take(): Wire[] {
    const replies: Wire[] = [];
    for (let parsed = parseReply(this.#bytes); parsed !== null; parsed = parseReply(this.#bytes)) {
      replies.push(parsed.reply);
      this.#bytes = this.#bytes.slice(parsed.end);
    }
    if (this.#closed) replies.push("<closed>");
    return replies;
  }

  /** The next reply, or null if the connection is closed. */
  async next(): Promise<Wire | null> {
    for (;;) {
      const parsed = parseReply(this.#bytes);
      if (parsed !== null) {
        this.#bytes = this.#bytes.slice(parsed.end);
        return parsed.reply;
      }
      if (this.#closed) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** One of the two servers, or clusters, that are compared. */
export class Side {
  readonly #nodes: readonly Address[];
  readonly #connections = new Map<string, Connection>();
  /** Connections for PINGs: their replies show that all nodes have had a turn. */
  readonly #probes = new Map<number, Connection>();

  constructor(nodes: readonly Address[]) {
    this.#nodes = nodes;
  }

  async ask(node: number, command: readonly (string | Buffer)[]): Promise<Wire | null> {
    const probe = this.#probe(node);
    probe.socket.write(encode(command));
    return await probe.next();
  }

  /** Opens a new connection if CLIENT KILL has closed the old one. */
  #probe(node: number): Connection {
    const known = this.#probes.get(node);
    if (known !== undefined && !known.closed) return known;
    const probe = new Connection(this.#nodes[node] ?? { host: "", port: 0 });
    this.#probes.set(node, probe);
    return probe;
  }

  async send(node: number, name: string, bytes: Buffer): Promise<void> {
    const key = `${name}@${node}`;
    let connection = this.#connections.get(key);
    if (connection === undefined || connection.closed) {
      connection = new Connection(this.#nodes[node] ?? { host: "", port: 0 });
      this.#connections.set(key, connection);
      connection.socket.write("PING\r\n");
      await connection.next();
    }
    connection.socket.write(bytes);
  }

  /** Waits until every node has taken this many turns of its event loop since the last command was sent. */
  async settle(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      await Promise.all(this.#nodes.map((_, node) => this.ask(node, ["PING"])));
    }
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  }

  /** The replies that have arrived since the last call, by connection. */
  take(): Record<string, Wire[]> {
    const taken: Record<string, Wire[]> = {};
    for (const [key, connection] of this.#connections) {
      const replies = connection.take();
      if (replies.length > 0) taken[key] = replies;
      if (connection.closed) this.#connections.delete(key);
    }
    return taken;
  }

  close(): void {
    for (const connection of [...this.#connections.values(), ...this.#probes.values()])
      connection.socket.destroy();
  }
}
