// Real servers to measure against, which end with this process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pinned } from "./cores.js";
import { found } from "./found.js";
import { RawSocket } from "./raw.js";

/** @typedef {"disque" | "redis"} Dialect */

/** Cluster nodes talk on a port 10,000 higher, which must be a port too. */
const HIGHEST_PORT = 55_535;
const START_DEADLINE = 20_000;

const { DISQUE_SERVER } = process.env;
export const disqueServer = DISQUE_SERVER || found("disque-server");
const redisServer = found("redis-server");

/**
 * What the socket rows run against: Disque, or commands of the same shape on Redis, or nothing.
 *
 * @type {Dialect | null}
 */
export const dialect = disqueServer !== null ? "disque" : redisServer !== null ? "redis" : null;

export class Server {
  /** @readonly */
  host = "127.0.0.1";
  /** @type {number} */
  port;
  /** @type {RawSocket} */
  socket;
  #process;
  #directory;
  #stop = () => this.stop();

  /**
   * @param {number} port
   * @param {import("node:child_process").ChildProcess} child
   * @param {string} directory
   * @param {RawSocket} socket
   */
  constructor(port, child, directory, socket) {
    this.port = port;
    this.socket = socket;
    this.#process = child;
    this.#directory = directory;
    process.once("exit", this.#stop);
  }

  static async start() {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), "disque-bench-"));
    const common = ["--port", String(port), "--bind", "127.0.0.1"];
    // Our client takes plain Redis for one with the Disque module, which is a cluster.
    const own =
      dialect === "redis" ? ["--cluster-enabled", "yes", "--save", ""] : ["--cluster-node-timeout", "5000"];
    const executable = (dialect === "redis" ? redisServer : disqueServer) ?? "";
    const [command, args] = pinned("server", executable, [...common, ...own]);
    const child = spawn(command, args, { cwd: directory, stdio: "ignore" });
    const server = new Server(port, child, directory, await RawSocket.connect(port, START_DEADLINE));
    if (dialect === "redis") await server.socket.call(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    return server;
  }

  /** Removes all that the rounds before left there. */
  async clear() {
    await this.socket.call(dialect === "redis" ? ["FLUSHALL"] : ["DEBUG", "FLUSHALL"]);
  }

  stop() {
    process.removeListener("exit", this.#stop);
    this.socket.destroy();
    this.#process.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/**
 * Servers of Disque that know each other.
 *
 * @param {number} count
 * @returns {Promise<Server[]>}
 */
export async function startCluster(count) {
  const servers = [];
  while (servers.length < count) servers.push(await Server.start());
  for (const { socket } of servers) {
    for (const { host, port } of servers) await socket.call(["CLUSTER", "MEET", host, String(port)]);
  }
  const deadline = performance.now() + START_DEADLINE;
  for (const { socket } of servers) {
    while (!(await socket.call(["CLUSTER", "INFO"])).includes(`cluster_reachable_nodes:${count - 1}\r\n`)) {
      if (performance.now() > deadline) throw new Error("the nodes do not find each other");
      await delay(50);
    }
  }
  return servers;
}

/** @returns {Promise<number>} */
async function freePort() {
  for (;;) {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    listener.close();
    await once(listener, "close");
    if (typeof address === "object" && address !== null && address.port <= HIGHEST_PORT) return address.port;
  }
}
