import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The real server's executable: $DISQUE_SERVER, or `disque-server` on the PATH; null when there is none. */
export const serverPath: string | null = findServer();

/** The reason to skip a test that needs a real server, for the `skip` option of node:test; false when there is one. */
export const skipWithoutServer: string | false =
  serverPath === null && "no disque-server: set DISQUE_SERVER to its path, or put it on the PATH";

/** Cluster nodes talk on a port 10,000 higher, which must be a port too. */
const HIGHEST_PORT = 55_535;
const START_DEADLINE = 10_000;

export interface RealServerOptions {
  /** What to run in place of disque-server, such as a Redis with the Disque module. */
  readonly executable?: string;
  /** More arguments, such as `["--cluster-node-timeout", "2000"]`. */
  readonly args?: readonly string[];
}

/** A real disque-server on a free loopback port, in a temporary directory of its own. */
export class RealServer {
  readonly host: string = "127.0.0.1";
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #watcher: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, directory: string, executable: string, args: readonly string[]) {
    this.port = port;
    this.#directory = directory;
    const own = ["--port", String(port), "--bind", this.host];
    this.#process = spawn(executable, [...own, ...args], { cwd: directory, stdio: "ignore" });
    this.#process.on("error", () => {});
    // Its input ends with this process, however that ends, and then it ends the server.
    this.#watcher = spawn(
      "/bin/sh",
      ["-c", 'read -r _; kill -9 "$1"; rm -rf "$2"', "sh", String(this.pid), directory],
      {
        stdio: ["pipe", "ignore", "ignore"],
        detached: true,
      },
    );
    this.#watcher.on("error", () => {});
    this.#watcher.unref();
  }

  /** Resolves when the server answers PING. */
  static async start(options: RealServerOptions = {}): Promise<RealServer> {
    const executable = options.executable ?? serverPath;
    if (executable === null) throw new Error("no disque-server");
    for (let attempt = 1; ; attempt++) {
      const directory = await mkdtemp(join(tmpdir(), "disque-"));
      const server = new RealServer(await freePort(), directory, executable, options.args ?? []);
      try {
        await server.#ready();
        return server;
      } catch (error) {
        // Another process may have taken the port meanwhile.
        await server.stop();
        if (attempt === 5) throw error;
      }
    }
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Sends a signal: SIGSTOP freezes the server, SIGKILL ends it without a word. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the server and removes its directory. Twice is fine. */
  async stop(): Promise<void> {
    this.#watcher.kill("SIGKILL");
    if (this.#running()) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #running(): boolean {
    const { pid, exitCode, signalCode } = this.#process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + START_DEADLINE;
    while (!(await answersPing(this.host, this.port))) {
      if (!this.#running()) throw new Error("disque-server ended at its start");
      if (performance.now() > deadline) throw new Error("disque-server does not answer");
      await delay(10);
    }
  }
}

function findServer(): string | null {
  const { DISQUE_SERVER } = process.env;
  return DISQUE_SERVER !== undefined && DISQUE_SERVER !== "" ? DISQUE_SERVER : findOnPath("disque-server");
}

/** Where an executable is; null when it is nowhere on the PATH. */
export function findOnPath(name: string): string | null {
  const { PATH = "" } = process.env;
  const places = PATH.split(delimiter).map((directory) => join(directory, name));
  return places.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    server.close();
    await once(server, "close");
    if (typeof address === "object" && address !== null && address.port <= HIGHEST_PORT) return address.port;
  }
}

function answersPing(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write("PING\r\n"));
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.on("error", () => finish(false));
    socket.on("end", () => finish(false));
    // A server that wants a password answers with an error, which is as good.
    socket.on("data", () => finish(true));
  });
}
