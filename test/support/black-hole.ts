import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

/** Listens, sends its port, and then blocks its thread, so that it never accepts a connection. */
const SOURCE = `
  const { workerData, parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ host: workerData, port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** The kernel establishes this many connections before it drops further SYNs: Linux allows one more than the backlog. */
const FILLERS = 2;

/**
 * A TCP port on which connecting hangs, as behind a firewall that drops packets: its backlog is full and never emptied. Works
 * on Linux.
 */
export class BlackHole {
  readonly host: string;
  readonly port: number;
  readonly #worker: Worker;
  readonly #fillers: readonly Socket[];

  private constructor(host: string, port: number, worker: Worker, fillers: readonly Socket[]) {
    this.host = host;
    this.port = port;
    this.#worker = worker;
    this.#fillers = fillers;
  }

  static async open(host = "127.0.0.1"): Promise<BlackHole> {
    const worker = new Worker(SOURCE, { eval: true, workerData: host });
    const [port] = await once(worker, "message");
    const fillers = Array.from({ length: FILLERS }, () => connect(port, host));
    for (const filler of fillers) filler.on("error", () => {});
    await Promise.all(fillers.map((filler) => once(filler, "connect")));
    return new BlackHole(host, port, worker, fillers);
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const filler of this.#fillers) filler.destroy();
    await this.#worker.terminate();
  }
}
