import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, appendFileSync, constants, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ATTEMPTS, isTaken, somePort } from "../../src/testing/ports.ts";

/** The real server's executable: $DISQUE_SERVER, or `disque-server` on the PATH; null if there is none. */
export const serverPath: string | null = findServer();

/** The reason to skip a test that needs a real server, for the `skip` option of node:test; false if there is one. */
export const skipWithoutServer: string | false =
  serverPath === null && "no disque-server: set DISQUE_SERVER to its path, or put it on the PATH";

const START_DEADLINE = 10_000;
const LOOPBACK = "127.0.0.1";

export interface RealServerOptions {
  /** The program to run instead of disque-server, such as Redis with the Disque module. */
  readonly executable?: string;
  /** More arguments, such as `["--cluster-node-timeout", "2000"]`. */
  readonly args?: readonly string[];
  /** A file to which the server's output is added. With `--logfile` instead, it would not be known when the server listens. */
  readonly log?: string;
  /** The address of this machine to listen on; default `127.0.0.1`. */
  readonly host?: string;
}

/** A real disque-server on a free loopback port, in a temporary directory of its own. */
export class RealServer {
  readonly host: string;
  readonly port: number;
  readonly #directory: string;
  readonly #executable: string;
  readonly #args: readonly string[];
  readonly #log: string | undefined;
  #process: ChildProcess;
  #watcher: ChildProcess;

  private constructor(port: number, directory: string, executable: string, options: RealServerOptions) {
    this.host = options.host ?? LOOPBACK;
    this.port = port;
    this.#directory = directory;
    this.#executable = executable;
    this.#args = ["--port", String(port), "--bind", this.host, ...(options.args ?? [])];
    this.#log = options.log;
    this.#process = this.#launch();
    this.#watcher = this.#watch();
  }

  /** Resolves when the server accepts connections. */
  static async start(options: RealServerOptions = {}): Promise<RealServer> {
    const executable = options.executable ?? serverPath;
    if (executable === null) throw new Error("no disque-server");
    for (let attempt = 1; ; attempt++) {
      const directory = await mkdtemp(join(tmpdir(), "disque-"));
      const port = await freePort(options.host ?? LOOPBACK);
      const server = new RealServer(port, directory, executable, options);
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

  get running(): boolean {
    const { pid, exitCode, signalCode } = this.#process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Sends a signal: SIGSTOP freezes the server, SIGKILL kills it. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Kills the server and keeps its directory. Resolves when the server has ended. May be called twice. */
  async crash(): Promise<void> {
    this.#watcher.kill("SIGKILL");
    if (!this.running) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  /** Restarts a crashed server with the files that it left. Resolves when it accepts connections. */
  async restart(): Promise<void> {
    if (this.running) throw new Error("disque-server is running");
    this.#process = this.#launch();
    this.#watcher = this.#watch();
    await this.#ready();
  }

  /** Stops the server and removes its directory. May be called twice. */
  async stop(): Promise<void> {
    await this.crash();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #launch(): ChildProcess {
    const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
    const launched = spawn(this.#executable, this.#args, { cwd: this.#directory, stdio });
    launched.on("error", () => {});
    const log = this.#log;
    if (log !== undefined) launched.stdout?.on("data", (chunk: Buffer) => appendFileSync(log, chunk));
    return launched;
  }

  /** Starts a process that kills the server when its input ends, which happens whenever this process ends. */
  #watch(): ChildProcess {
    const script = 'read -r _; kill -9 "$1"; rm -rf "$2"';
    const watcher = spawn("/bin/sh", ["-c", script, "sh", String(this.pid), this.#directory], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    watcher.on("error", () => {});
    watcher.unref();
    return watcher;
  }

  /**
   * Waits for the line that the server prints once it listens. An answer on the port would prove less: it may come from another
   * server that took the port first.
   */
  async #ready(): Promise<void> {
    const { stdout } = this.#process;
    const deadline = AbortSignal.timeout(START_DEADLINE);
    let printed = "";
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer): void => {
        printed += chunk;
        if (/ready to accept connections/i.test(printed)) settle(resolve);
      };
      const onEnd = (): void =>
        settle(() => reject(new Error(`disque-server ended at its start: ${printed}`)));
      const onLate = (): void => settle(() => reject(new Error(`disque-server does not start: ${printed}`)));
      const settle = (outcome: () => void): void => {
        stdout?.off("data", onData).off("end", onEnd).resume();
        deadline.removeEventListener("abort", onLate);
        outcome();
      };
      stdout?.on("data", onData).once("end", onEnd);
      deadline.addEventListener("abort", onLate);
    });
  }
}

function findServer(): string | null {
  const { DISQUE_SERVER } = process.env;
  return DISQUE_SERVER !== undefined && DISQUE_SERVER !== "" ? DISQUE_SERVER : findOnPath("disque-server");
}

/** The path of an executable; null if it is not on the PATH. */
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

async function freePort(host: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = somePort();
    const server = createServer().listen(port, host);
    try {
      await once(server, "listening");
      server.close();
      await once(server, "close");
      return port;
    } catch (error) {
      if (!isTaken(error) || attempt === ATTEMPTS) throw error;
    }
  }
}
