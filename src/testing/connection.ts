import type { Socket } from "node:net";
import { Client, type ClientLink } from "./client.ts";
import { execute } from "./execute.ts";
import type { Faults } from "./faults.ts";
import { Outlet } from "./outlet.ts";
import { ErrorReply } from "./reply.ts";
import { RequestParser } from "./request.ts";
import type { ServerState } from "./state.ts";

/** server.h, PROTO_MAX_QUERYBUF_LEN: how many bytes of commands may be pending, for example behind a GETJOB that waits. */
const MAX_QUERY_LENGTH = 1024 ** 3;

/** Connects a socket with its client: parses and runs requests, and writes replies. */
export class Connection implements ClientLink {
  readonly #socket: Socket;
  readonly #state: ServerState;
  readonly #faults: Faults;
  readonly #parser = new RequestParser();
  readonly #outlet: Outlet;
  readonly #client: Client;
  readonly #reset: () => void;
  /** How many bytes were unsent after the last write. */
  #unsent = 0;
  /** Whether the socket has emitted "close". A frozen server removes the client only when the server resumes. */
  #closed = false;
  #removed = false;

  constructor(
    socket: Socket,
    state: ServerState,
    faults: Faults,
    unixPath: string | null,
    reset: () => void,
  ) {
    this.#socket = socket;
    this.#state = state;
    this.#faults = faults;
    this.#reset = reset;
    this.#outlet = new Outlet(socket, faults, () => this.reset());
    const address = unixPath === null ? peerAddress(socket) : `${unixPath}:0`;
    this.#client = new Client(
      state.nextClientId(),
      address,
      unixPath !== null,
      this,
      state.clock,
      state.noteOutput,
    );
    socket.setNoDelay(true);
    const { suspension } = state.node;
    if (faults.silent) socket.pause();
    socket.on("close", () => {
      this.#closed = true;
      suspension.receive(() => this.#leave());
    });
    socket.on("data", (chunk: Buffer) => suspension.receive(() => this.#read(chunk)));
    // The server immediately frees a client that half-closes its connection: networking.c, readQueryFromClient.
    socket.on("end", () => suspension.receive(() => this.close()));
    this.#enter();
  }

  get unread(): number {
    return this.#parser.unread;
  }

  get unsent(): number {
    return this.#outlet.unsent;
  }

  /** False once the client is removed, and also from a reset of the connection until its socket emits "close". */
  get connected(): boolean {
    return !this.#removed && (this.#closed || !this.#socket.destroyed);
  }

  /** Runs pending commands until one of them blocks: networking.c, processInputBuffer. */
  process(): void {
    const client = this.#client;
    while (!this.#removed && client.wait === null && !client.closing && !this.#isHeld()) {
      const request = this.#parser.next();
      if (request === null) return;
      if (request.kind === "violation") {
        client.send(new ErrorReply(request.text));
        client.closing = true;
        return;
      }
      if (hasName(request.args)) execute(this.#state, client, request.args);
    }
  }

  flush(): void {
    if (this.#removed || this.#faults.silent) return;
    const { output } = this.#client;
    const { length } = output;
    if (length > 0) {
      this.#state.stats.outputBytes += length;
      // networking.c, writeToClient: a write counts as an interaction only if the client has read something.
      const { unsent } = this.#outlet;
      if (unsent === 0 || unsent < this.#unsent) this.#client.lastInteraction = this.#state.clock.now();
      this.#outlet.write(output.take());
      this.#unsent = this.#outlet.unsent;
    }
    if (this.#client.closing) {
      this.#leave();
      this.#outlet.end();
    }
  }

  close(): void {
    this.#leave();
    this.#outlet.end();
  }

  reset(): void {
    this.#leave();
    this.#reset();
  }

  destroy(): void {
    this.#leave();
    this.#socket.destroy();
  }

  /** Called when the faults have changed: stops reading and writing, or resumes both. */
  applyFaults(): void {
    if (this.#faults.silent) {
      this.#socket.pause();
      return;
    }
    this.#socket.resume();
    this.process();
    this.#state.noteOutput(this.#client);
  }

  #enter(): void {
    const { clients, config, stats } = this.#state;
    this.#state.add(this.#client);
    if (this.#faults.isFull || clients.size > config.number("maxclients")) {
      stats.rejectedConnections++;
      this.#client.send(new ErrorReply("ERR max number of clients reached"));
      this.#client.closing = true;
      this.flush();
      return;
    }
    stats.connections++;
  }

  #leave(): void {
    if (this.#removed) return;
    this.#removed = true;
    this.#state.remove(this.#client);
  }

  #read(chunk: Buffer): void {
    if (this.#removed) return;
    this.#state.stats.inputBytes += chunk.length;
    this.#client.lastInteraction = this.#state.clock.now();
    this.#parser.push(chunk);
    if (this.#parser.unread > MAX_QUERY_LENGTH) this.destroy();
    else this.process();
  }

  #isHeld(): boolean {
    return this.#faults.frozen || this.#state.holdsCommands;
  }
}

function hasName(args: Buffer[]): args is [Buffer, ...Buffer[]] {
  return args.length > 0;
}

function peerAddress(socket: Socket): string {
  const { remoteAddress = "?", remotePort = 0 } = socket;
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
