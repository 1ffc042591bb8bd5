// What a row found out: a figure for each contender, and whether the bars are met. Plain data, which goes from the
// process that measured to the one that reports, and into results.json.

import { median } from "./measure.js";

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {boolean} ours
 * @property {boolean} peer Another client: neither ours nor what is shown to compare with.
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
 * @param {{ name: string, ours?: boolean, peer?: boolean }} contender
 * @param {readonly number[]} values One for each round.
 * @returns {Figure}
 */
export function figure({ name, ours = false, peer = !ours }, values) {
  return { name, ours, peer, value: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/**
 * How many times as good ours is as `other`: above 1, it is better.
 *
 * @param {Pick<Outcome, "figures" | "better">} outcome
 * @param {Figure | undefined} [other] The best peer unless given.
 * @returns {number}
 */
export function lead({ figures, better }, other = best(figures, better)) {
  const ours = figures.find((each) => each.ours);
  if (ours === undefined || other === undefined) return Number.NaN;
  return better === "less" ? other.value / ours.value : ours.value / other.value;
}

/**
 * The best of the peers.
 *
 * @param {readonly Figure[]} figures
 * @param {Outcome["better"]} better
 * @returns {Figure | undefined}
 */
export function best(figures, better) {
  const sign = better === "less" ? 1 : -1;
  return figures.filter(({ peer }) => peer).sort((a, b) => sign * (a.value - b.value))[0];
}

/**
 * The bar that ours is at least so many times as good as the best peer.
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

/**
 * The bar that ours needs at most such a part of what one peer needs, at its best.
 *
 * @param {Pick<Outcome, "figures" | "better">} outcome
 * @param {number} part
 * @param {string} peer
 * @returns {Bar}
 */
export function atMost({ figures }, part, peer) {
  const ours = figures.find((each) => each.ours)?.value ?? Number.NaN;
  const theirs = Math.min(...figures.filter(({ name }) => name.startsWith(peer)).map(({ value }) => value));
  const found = ours / theirs;
  return { text: `at most ${part} × ${peer}`, found, met: found <= part };
}

/**
 * The bar that ours reaches at least such a part of what can be reached.
 *
 * @param {Pick<Outcome, "figures" | "better">} outcome
 * @param {number} part
 * @param {string} limit
 * @returns {Bar}
 */
export function nearTo(outcome, part, limit) {
  const found = lead(
    outcome,
    outcome.figures.find(({ name }) => name === limit),
  );
  return { text: `at least ${part} of the ${limit}`, found, met: found >= part };
}

/**
 * What stands in for the figures of a row that cannot be measured here.
 *
 * @param {string} id
 * @param {string} work
 * @param {string} reason
 * @returns {Outcome}
 */
export function skipped(id, work, reason) {
  return { id, work, unit: "", better: "less", figures: [], bars: [], notes: [`not measured: ${reason}`] };
}
