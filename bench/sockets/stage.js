// Contenders in processes of their own, on the client's core, and their rounds in turn.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { answer } from "../answer.js";
import { inTurn } from "../measure.js";
import { pinned } from "./cores.js";

/** @typedef {import("./contender.js").Order} Order */
/** @typedef {import("./contender.js").Taken} Taken */

export class Stage {
  /** @type {Map<string, import("node:child_process").ChildProcess>} */
  #contenders = new Map();

  /**
   * @param {readonly string[]} names Of peers/clients.js.
   * @param {import("../peers/clients.js").Target} target
   * @returns {Promise<Stage>}
   */
  static async set(names, target) {
    const stage = new Stage();
    for (const name of names) {
      const flags = [
        "--expose-gc",
        "--no-flush-bytecode",
        fileURLToPath(new URL("contender.js", import.meta.url)),
      ];
      const [command, args] = pinned("client", process.execPath, [...flags, name, JSON.stringify(target)]);
      const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
      stage.#contenders.set(name, child);
      await answer(child, name);
    }
    return stage;
  }

  /**
   * @param {Order} order
   * @param {import("../rows/index.js").RowOptions & { warmUp: number }} options
   * @param {{ before?: () => Promise<void>, after?: () => Promise<void> }} around What prepares the server for each
   * contender's round, and clears it.
   * @returns {Promise<Map<string, Taken[]>>}
   */
  async play(order, { rounds, warmUp }, { before, after }) {
    /** @type {Map<string, Taken[]>} */
    const taken = new Map([...this.#contenders.keys()].map((name) => [name, []]));
    for (let round = -warmUp; round < rounds; round++) {
      for (const [name, child] of inTurn([...this.#contenders], round + warmUp)) {
        await before?.();
        child.send(order);
        const result = await answer(child, name);
        if (round >= 0) taken.get(name)?.push(result);
        await after?.();
      }
    }
    return taken;
  }

  /** Resolves when all have ended: only then may the server go, which they would miss. */
  async end() {
    const running = [...this.#contenders.values()].filter(({ connected }) => connected);
    const ended = running.map((child) => once(child, "exit"));
    for (const child of running) child.disconnect();
    await Promise.all(ended);
  }
}
