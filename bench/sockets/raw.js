// A bare socket that writes ready-made commands and counts replies: as fast as anything can be that talks to the server
// from Node. It also prepares the servers.

import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const LF = 10;

export class RawSocket {
  #socket;

  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /**
   * @param {number} port
   * @param {number} [patience] Milliseconds that the server may take to listen.
   * @returns {Promise<RawSocket>}
   */
  static async connect(port, patience = 0) {
    const deadline = performance.now() + patience;
    for (;;) {
      try {
        const socket = connect({ port, host: "127.0.0.1", noDelay: true });
        await once(socket, "connect");
        return new RawSocket(socket);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(20);
      }
    }
  }

  /**
   * Sends a command and gives the bytes of its reply, if that comes in one piece.
   *
   * @param {readonly (string | Buffer)[]} command
   * @returns {Promise<string>}
   */
  async call(command) {
    this.#socket.write(encoded(command));
    const [reply] = await once(this.#socket, "data");
    if (reply.toString().startsWith("-")) throw new Error(reply.toString());
    return reply.toString();
  }

  /**
   * Sends a command so many times, always `inFlight` of them at once.
   *
   * @param {Buffer} command
   * @param {number} count
   * @param {number} inFlight
   * @param {number} [lines] How many lines its reply has.
   * @returns {Promise<void>}
   */
  async flood(command, count, inFlight, lines = 1) {
    const ready = Buffer.concat(new Array(Math.min(count, inFlight)).fill(command));
    const first = Math.min(count, inFlight);
    let unsent = count - first;
    let unanswered = count;
    let unpaired = 0;
    await new Promise((resolve, reject) => {
      this.#socket.on("data", (chunk) => {
        if (chunk[0] === 45) reject(new Error(chunk.toString("latin1", 0, 200)));
        for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) unpaired++;
        const answered = Math.floor(unpaired / lines);
        unpaired -= answered * lines;
        unanswered -= answered;
        const more = Math.min(answered, unsent);
        unsent -= more;
        if (more > 0) this.#socket.write(ready.subarray(0, more * command.length));
        if (unanswered === 0) resolve(undefined);
      });
      this.#socket.write(ready);
    });
    this.#socket.removeAllListeners("data");
  }

  destroy() {
    this.#socket.destroy();
  }
}

/**
 * @param {readonly (string | Buffer)[]} command
 * @returns {Buffer}
 */
export function encoded(command) {
  const parts = command.flatMap((part) => [
    Buffer.from(`$${Buffer.byteLength(part)}\r\n`),
    Buffer.from(part),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([Buffer.from(`*${command.length}\r\n`), ...parts]);
}
