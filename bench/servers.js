// Starts real servers to measure against. They are stopped when this process exits.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Cluster nodes also listen on a port that is 10,000 higher than their client port. */
const HIGHEST_PORT = 55_535;
const START_TIMEOUT = 20_000;

function found(name) {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

export const disqueServer = process.env.DISQUE_SERVER ?? found("disque-server");
export const redisServer = found("redis-server");
const taskset = found("taskset");

/**
 * Returns the command line that starts a program. If `taskset` is installed and there are at least two cores, servers are
 * pinned to one core and clients to another.
 *
 * @returns {[command: string, args: string[]]}
 */
export function pinned(role, command, args) {
  const [server, client] = taskset === null ? [] : allowedCores();
  if (client === undefined) return [command, [...args]];
  return ["taskset", ["-c", `${role === "server" ? server : client}`, command, ...args]];
}

function allowedCores() {
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/** @param nodes the number of Disque nodes, which form a cluster */
export async function startServers(nodes, redis) {
  const disque = await Promise.all(Array.from({ length: nodes }, () => start(disqueServer ?? "", [])));
  const other = redis ? await start(redisServer ?? "", ["--save", ""]) : undefined;
  const all = other === undefined ? disque : [...disque, other];
  if (nodes > 1) await meet(disque);
  return {
    setting: { ports: disque.map(({ port }) => port), redis: other?.port ?? 0 },
    async fill({ count, length }) {
      const [node] = disque;
      const body = Buffer.alloc(length, "x");
      for (let at = 0; at < count; at++) await node?.socket.call("ADDJOB", "mail", body, "0");
    },
    async clear() {
      for (const { socket } of disque) await socket.call("DEBUG", "FLUSHALL");
      await other?.socket.call("FLUSHALL");
    },
    stop() {
      for (const server of all) server.stop();
    },
  };
}

async function start(executable, options) {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "disque-bench-"));
  const line = pinned("server", executable, ["--port", `${port}`, "--bind", "127.0.0.1", ...options]);
  const child = spawn(...line, { cwd: directory, stdio: "ignore" });
  const stop = () => {
    process.removeListener("exit", stop);
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", stop);
  const deadline = performance.now() + START_TIMEOUT;
  for (;;) {
    try {
      return { port, stop, socket: await RawSocket.connect(port) };
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(20);
    }
  }
}

async function meet(nodes) {
  for (const { socket } of nodes) {
    for (const { port } of nodes) await socket.call("CLUSTER", "MEET", "127.0.0.1", `${port}`);
  }
  const deadline = performance.now() + START_TIMEOUT;
  for (const { socket } of nodes) {
    while (
      !(await socket.call("CLUSTER", "INFO")).includes(`cluster_reachable_nodes:${nodes.length - 1}\r\n`)
    ) {
      if (performance.now() > deadline) throw new Error("the nodes have not formed a cluster");
      await delay(50);
    }
  }
}

/** @returns {Promise<number>} */
async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (typeof address === "object" && address !== null && address.port <= HIGHEST_PORT) return address.port;
  return freePort();
}

/** A connection without a client library. */
export class RawSocket {
  #socket;

  constructor(socket) {
    this.#socket = socket;
  }

  static async connect(port) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }).unref();
    await once(socket, "connect");
    return new RawSocket(socket);
  }

  /** Sends a command and returns its reply, which must arrive in one chunk. */
  async call(...command) {
    this.#socket.write(encoded(command));
    const [reply] = await once(this.#socket, "data");
    if (reply[0] === 45) throw new Error(`${command[0]}: ${reply}`);
    return reply.toString();
  }
}

/** @returns {{ promise: Promise<void>, resolve: () => void }} */
export function withResolver() {
  let resolve = () => {};
  const promise = /** @type {Promise<void>} */ (
    new Promise((settle) => {
      resolve = () => settle(undefined);
    })
  );
  return { promise, resolve };
}

function encoded(command) {
  const parts = command.flatMap((part) => [`$${Buffer.byteLength(part)}\r\n`, part, "\r\n"]);
  return Buffer.concat([`*${command.length}\r\n`, ...parts].map((part) => Buffer.from(part)));
}
