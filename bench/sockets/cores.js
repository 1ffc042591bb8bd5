// Server and client on a core each, where there are two: else the scheduler moves them about, and one run says something
// else than the next.

import { readFileSync } from "node:fs";
import { found } from "./found.js";

/**
 * @typedef {object} Cores
 * @property {string} server
 * @property {string} client
 */

/** @type {Cores | null} `null` where nothing can be pinned. */
export const cores = chooseCores();

/**
 * The command line that runs `command` on that core.
 *
 * @param {keyof Cores} which
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function pinned(which, command, args) {
  return cores === null ? [command, [...args]] : ["taskset", ["-c", cores[which], command, ...args]];
}

function chooseCores() {
  const [server, client] = allowed();
  if (server === undefined || client === undefined || found("taskset") === null) return null;
  return { server: String(server), client: String(client) };
}

/** The cores that this process may use, which need not be all of the machine's. */
function allowed() {
  try {
    const [, list = ""] =
      /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return list.split(",").flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
  } catch {
    return [];
  }
}
