// Keeps what was measured: results.json, and what is made from it, RESULTS.md and chart.svg.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { chart } from "./chart.js";
import { machine } from "./machine.js";
import { page } from "./report.js";
import { rows } from "./rows/index.js";

/** @typedef {import("./outcome.js").Outcome & { date: string, rounds: number, quick: boolean }} Result */

/**
 * @typedef {object} Results
 * @property {import("./machine.js").Machine} machine
 * @property {Result[]} rows
 */

const RESULTS = new URL("results.json", import.meta.url);

/**
 * Puts new outcomes in the place of older ones of the same name; each keeps the day on which it was measured.
 *
 * @param {readonly import("./outcome.js").Outcome[]} outcomes
 * @param {import("./rows/index.js").RowOptions} options
 */
export function save(outcomes, { rounds, quick }) {
  const date = new Date().toISOString().slice(0, 10);
  const fresh = outcomes.map((outcome) => ({ ...outcome, date, rounds, quick }));
  const replaced = new Set(outcomes.map(({ id }) => id));
  const all = [...kept().filter(({ id }) => !replaced.has(id)), ...fresh].sort((a, b) => place(a) - place(b));
  /** @type {Results} */
  const results = { machine: machine(), rows: all };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(new URL("RESULTS.md", import.meta.url), page(results));
  writeFileSync(new URL("chart.svg", import.meta.url), chart(results));
}

/** @returns {Result[]} */
function kept() {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")).rows : [];
}

/**
 * Where its row stands; a row may have several outcomes, whose names begin with its own.
 *
 * @param {Result} result
 */
function place({ id }) {
  const exact = rows.findIndex((row) => row.id === id);
  return exact === -1 ? rows.findLastIndex((row) => id.startsWith(row.id)) + 0.5 : exact;
}
