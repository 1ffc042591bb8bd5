// Contenders in processes of their own, on the client's core, and their rounds in turn.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
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
      await answer(name, child);
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
        const result = await answer(name, child);
        if (round >= 0) taken.get(name)?.push(result);
        await after?.();
      }
    }
    return taken;
  }

  end() {
    for (const child of this.#contenders.values()) if (child.connected) child.disconnect();
  }
}

/**
 * @param {string} name
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<any>}
 */
async function answer(name, child) {
  const [result] = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (typeof result !== "object" && result !== "ready") throw new Error(`${name} ended with ${result}`);
  return result;
}
