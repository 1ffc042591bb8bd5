// How an outcome is shown.

import { best, lead } from "./outcome.js";

/**
 * @param {import("./outcome.js").Outcome} outcome
 * @returns {string}
 */
export function printed(outcome) {
  const { id, work, unit, figures, bars, notes } = outcome;
  const top = best(figures, outcome.better);
  const width = Math.max(...figures.map(({ name }) => name.length));
  return [
    `\n${id}: ${work} (${unit})`,
    ...figures.map((each) => {
      const factor = each.ours
        ? ""
        : `  ours is ${lead(outcome, each).toFixed(2)} ×${each === top ? " (best)" : ""}`;
      return `  ${each.name.padEnd(width)} ${shown(each.value).padStart(10)}${factor}`;
    }),
    ...bars.map(({ text, found, met }) => `  ${met ? "met" : "NOT MET"}: ${text}: ${found.toFixed(2)}`),
    ...notes.map((note) => `  ${note}`),
  ].join("\n");
}

/** @param {number} value */
export function shown(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
