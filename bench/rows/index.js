// All rows, in the order in which they are run and reported.

import { clusterRows } from "./cluster.js";
import { costRows } from "./cost.js";
import { encodeRows } from "./encode.js";
import { importRows } from "./import.js";
import { jobRows } from "./jobs.js";
import { memoryRows } from "./memory.js";
import { parseRows } from "./parse.js";
import { socketRows } from "./socket.js";

/**
 * @typedef {object} RowOptions
 * @property {number} rounds
 * @property {boolean} quick Less work, for figures that are good enough while one tries things.
 */

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {(options: RowOptions) => Promise<import("../outcome.js").Outcome[]>} run
 * @property {(name: string, quick: boolean) => import("./timed.js").Task} [prepare] For solo.js.
 */

/** @type {Row[]} */
export const rows = [
  ...parseRows,
  ...jobRows,
  ...encodeRows,
  ...socketRows,
  ...clusterRows,
  ...memoryRows,
  ...importRows,
  ...costRows,
];
