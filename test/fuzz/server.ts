// The server of `disque/testing`, fed with damaged commands over sockets, keeps serving others.

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { TestServer } from "../../src/testing/index.ts";
import type { Choices } from "./choices.ts";
import { encoded, serverCommand } from "./commands.ts";
import { mutate } from "./mutations.ts";
import { cut, type Pieces } from "./pieces.ts";
import { quoted } from "./same-replies.ts";
import type { Case, Target } from "./target.ts";

/** A server is replaced after this many cases, so that a failure does not depend on thousands before it. */
const CASES_OF_A_SERVER = 200;
/** Commands after which the server may rightly stop answering. */
const SILENCING = ["shutdown", "debug", "config", "client"];
/** Milliseconds. */
const PATIENCE = 5_000;

class ServerTarget implements Target {
  readonly name = "server";
  readonly share = 0.02;
  #server: TestServer | null = null;
  #cases = 0;

  prepare(choices: Choices): Case {
    return new ServerCase(choices, this);
  }

  /** Lends the server to a case, which says whether it still answers; if not, the next case gets a new one. */
  async serve(use: (server: TestServer) => Promise<boolean>): Promise<void> {
    if (++this.#cases % CASES_OF_A_SERVER === 0) await this.close();
    this.#server ??= await TestServer.start();
    if (!(await use(this.#server))) await this.close();
  }

  async close(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }
}

export const serverTarget: Target = new ServerTarget();

class ServerCase implements Case {
  readonly traits: string[];
  readonly #target: ServerTarget;
  readonly #bytes: Buffer;
  readonly #pieces: Pieces;

  constructor(choices: Choices, target: ServerTarget) {
    this.#target = target;
    const commands = Array.from({ length: choices.between(1, 30) }, () =>
      encoded(choices, serverCommand(choices)),
    );
    const valid = choices.chance(0.3);
    const { bytes, mutations } = valid
      ? { bytes: Buffer.concat(commands), mutations: [] }
      : mutate(choices, Buffer.concat(commands));
    this.#bytes = bytes;
    this.#pieces = cut(choices, bytes);
    this.traits = [this.#pieces.cutting, ...mutations];
  }

  async run(): Promise<void> {
    await this.#target.serve(async (server) => {
      const before = silencing(server);
      await this.#send(server);
      const answer = await ping(server).catch((error: unknown) => String(error));
      const answered = answer === "+PONG\r\n";
      this.traits.push(answered ? "answers" : "told to be silent");
      // If the server may rightly be silent after these commands, no answer is required.
      if (silencing(server) === before) assert.ok(answered, `a PING was answered with ${answer}`);
      return answered;
    });
  }

  show(): string {
    return `commands: ${quoted(this.#bytes, 20_000)}\ncut ${this.#pieces.cutting}`;
  }

  /** Writes the pieces, a few in each turn of the event loop, and waits for the server to close the connection. */
  async #send(server: TestServer): Promise<void> {
    const socket = dial(server);
    const closed = closing(socket);
    const { pieces } = this.#pieces;
    const together = Math.ceil(pieces.length / 10);
    for (let at = 0; at < pieces.length && !socket.destroyed; at += together) {
      socket.write(Buffer.concat(pieces.slice(at, at + together)));
      await new Promise(setImmediate);
    }
    socket.end();
    socket.resume();
    await closed;
  }
}

function silencing(server: TestServer): number {
  return SILENCING.reduce((sum, name) => sum + server.received(name), 0);
}

async function ping(server: TestServer): Promise<string> {
  const socket = dial(server);
  const timer = setTimeout(() => socket.destroy(), PATIENCE);
  try {
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      socket.end();
    });
    socket.write("PING\r\n");
    await closing(socket);
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

/** Whatever happens to a connection, it is closed in the end. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

function dial(server: TestServer): Socket {
  const socket = connect(server.port, server.host);
  socket.on("error", () => {});
  socket.setNoDelay(true);
  return socket;
}
