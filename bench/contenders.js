// Runs each contender in a process of its own. In one process, they would distort each other's figures, since V8 would optimize
// the functions that they share for all of them together.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pinned } from "./servers.js";

/** Additional flags for Node, for example for profiling: CONTENDER_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/profiles". */
const flags = (process.env.CONTENDER_FLAGS ?? "").split(" ").filter((flag) => flag !== "");
const program = fileURLToPath(new URL("contender.js", import.meta.url));

export class Contender {
  #args;
  #name;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #child;

  constructor(row, name, setting) {
    this.#args = [row, name, JSON.stringify(setting)];
    this.#name = `${name} in ${row}`;
  }

  /** @returns {Promise<Record<string, number>>} */
  async round() {
    this.#child ??= await this.#started();
    this.#child.send("round");
    return this.#answer(this.#child);
  }

  /** Resolves when the process has ended: a server must not be stopped before its clients. */
  async end() {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill();
    await ended;
  }

  async #started() {
    const [command, args] = pinned("client", process.execPath, [
      "--expose-gc",
      ...flags,
      program,
      ...this.#args,
    ]);
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    await this.#answer(child);
    return child;
  }

  async #answer(child) {
    const answered = new AbortController();
    const { signal } = answered;
    const ended = once(child, "exit", { signal }).then(([code]) => {
      throw new Error(`${this.#name} ended with ${code}`);
    });
    try {
      const [value] = await Promise.race([once(child, "message", { signal }), ended]);
      return value;
    } finally {
      answered.abort();
    }
  }
}
