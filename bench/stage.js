// Contenders in processes of their own, and their rounds in turn.
//
// In one process they would change each other's figures: Node's own functions, such as those that make buffers and strings, are
// compiled for whatever all of them do together (measured: the jobs of GETJOB took three times as long next to all
// peers as alone). All have the same core, where there are two, so that whatever helps one, such as the threads of the garbage
// collector, is paid for.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { answer } from "./answer.js";
import { inTurn } from "./measure.js";
import { pinned } from "./sockets/cores.js";

/** More flags of Node's for each contender, for profiling: see NOTES.md. */
const flags = (process.env.CONTENDER_FLAGS ?? "").split(" ").filter((flag) => flag !== "");

/**
 * Freed memory stays with the process. glibc gives large blocks back to the system now and then, and what is then allocated has
 * to be had page by page: for bodies of 16 MiB that took all of a round or none of it, whoever's turn it was.
 */
const env = { ...process.env, MALLOC_TRIM_THRESHOLD_: `${2 ** 30}`, MALLOC_MMAP_THRESHOLD_: `${2 ** 30}` };

export class Stage {
  /** @type {Map<string, import("node:child_process").ChildProcess>} */
  #contenders = new Map();

  /**
   * @param {string} script What each of them runs; it says "ready", and then answers each order.
   * @param {readonly string[]} names The first argument of each.
   * @param {object} argument The second, as JSON.
   * @returns {Promise<Stage>}
   */
  static async set(script, names, argument) {
    const stage = new Stage();
    const file = fileURLToPath(new URL(script, import.meta.url));
    for (const name of names) {
      const [command, args] = pinned("client", process.execPath, [
        ...flags,
        file,
        name,
        JSON.stringify(argument),
      ]);
      const child = spawn(command, args, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
      stage.#contenders.set(name, child);
      await answer(child, name);
    }
    return stage;
  }

  /**
   * Gives each contender the same order, round by round, and collects their answers.
   *
   * @param {object} order
   * @param {{ rounds: number, warmUp: number }} options `warmUp`: rounds before that do not count, so that all are compiled.
   * @param {{ before?: () => Promise<void>, after?: () => Promise<void> }} [around] What prepares the server for each
   * contender's round, and clears it.
   * @returns {Promise<Map<string, any[]>>}
   */
  async play(order, { rounds, warmUp }, { before, after } = {}) {
    /** @type {Map<string, any[]>} */
    const answers = new Map([...this.#contenders.keys()].map((name) => [name, []]));
    for (let round = -warmUp; round < rounds; round++) {
      for (const [name, child] of inTurn([...this.#contenders], round + warmUp)) {
        await before?.();
        child.send(order);
        const result = await answer(child, name);
        if (round >= 0) answers.get(name)?.push(result);
        await after?.();
      }
    }
    return answers;
  }

  /** Resolves when all have ended: only then may the server go, which they would miss. */
  async end() {
    const running = [...this.#contenders.values()].filter(({ connected }) => connected);
    const ended = running.map((child) => once(child, "exit"));
    for (const child of running) child.disconnect();
    await Promise.all(ended);
  }
}
