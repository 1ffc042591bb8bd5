// What a row found out: a figure for each contender, and whether the bars are met. Plain data, which goes from the
// process that measured to the one that reports, and into results.json.

import { median } from "./measure.js";

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {boolean} ours
 * @property {number} value The median of all rounds.
 * @property {number} low The lowest of all rounds.
 * @property {number} high
 */

/**
 * @typedef {object} Bar
 * @property {string} text
 * @property {number} found
 * @property {boolean} met
 */

/**
 * @typedef {object} Outcome
 * @property {string} id
 * @property {string} work What was done, for a reader.
 * @property {string} unit
 * @property {"less" | "more"} better
 * @property {Figure[]} figures
 * @property {Bar[]} bars
 * @property {string[]} notes
 */

/**
 * @param {{ name: string, ours?: boolean }} contender
 * @param {readonly number[]} values One for each round.
 * @returns {Figure}
 */
export function figure({ name, ours = false }, values) {
  return { name, ours, value: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/**
 * How many times as good ours is as `other`: above 1, it is better.
 *
 * @param {Pick<Outcome, "figures" | "better">} outcome
 * @param {Figure | undefined} [other] The best of the others unless given.
 * @returns {number}
 */
export function lead({ figures, better }, other = best(figures, better)) {
  const ours = figures.find((each) => each.ours);
  if (ours === undefined || other === undefined) return Number.NaN;
  return better === "less" ? other.value / ours.value : ours.value / other.value;
}

/**
 * The best of those that are not ours.
 *
 * @param {readonly Figure[]} figures
 * @param {Outcome["better"]} better
 * @returns {Figure | undefined}
 */
export function best(figures, better) {
  const sign = better === "less" ? 1 : -1;
  return figures.filter(({ ours }) => !ours).sort((a, b) => sign * (a.value - b.value))[0];
}

/**
 * The bar that ours is at least so many times as good as the best of the others.
 *
 * @param {Pick<Outcome, "figures" | "better">} outcome
 * @param {number} times
 * @returns {Bar}
 */
export function aheadOfBest(outcome, times) {
  const found = lead(outcome);
  const { name = "nobody" } = best(outcome.figures, outcome.better) ?? {};
  return { text: `at least ${times} × the best (${name})`, found, met: found >= times };
}
