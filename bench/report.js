// How outcomes are shown: on the terminal while they come, and as a page.

import { best, lead } from "./outcome.js";

/**
 * @param {import("./outcome.js").Outcome} outcome
 * @returns {string}
 */
export function printed(outcome) {
  const { id, work, unit, figures, bars, notes } = outcome;
  const width = Math.max(...figures.map(({ name }) => name.length));
  return [
    `\n${id}: ${work}${unit && ` (${unit})`}`,
    ...figures.map((each) =>
      `  ${each.name.padEnd(width)} ${shown(each.value).padStart(11)}  ${factor(outcome, each)}`.trimEnd(),
    ),
    ...bars.map(({ text, found, met }) => `  ${met ? "met" : "NOT MET"}: ${text}: ${shown(found)}`),
    ...notes.map((note) => `  ${note}`),
  ].join("\n");
}

/**
 * @param {import("./results.js").Results} results
 * @returns {string}
 */
export function page({ machine, rows }) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const bars = rows.flatMap((row) => row.bars.map((bar) => ({ ...bar, row })));
  return `# Results

Written by \`npm run bench\`; what the rows are, and how to read them, is in [README.md](README.md).

${machine.processor}; ${machine.system}; ${machine.server}; ${versions.join(", ")}.

## Bars

| row | bar | found | |
|---|---|---|---|
${bars.map(({ row, text, found, met }) => `| \`${row.id}\` | ${text} | ${shown(found)} | ${met ? "met" : "**not met**"} |`).join("\n")}

## Rows

${rows.map(section).join("\n\n")}
`;
}

/** @param {import("./results.js").Result} row */
function section(row) {
  const { id, work, unit, figures, notes, date, rounds, quick } = row;
  const heading = `### \`${id}\`: ${work}`;
  const remarks = [`${date}, ${rounds} rounds${quick ? " of less work (--quick)" : ""}.`, ...notes].join(" ");
  if (figures.length === 0) return `${heading}\n\n${remarks}`;
  const lines = figures.map((each) => {
    const name = each.ours ? `**${each.name}**` : each.name;
    return `| ${name} | ${shown(each.value)} | ${shown(each.low)} – ${shown(each.high)} | ${factor(row, each)} |`;
  });
  return `${heading}\n\n| | ${unit}, median | lowest – highest | |\n|---|--:|--:|---|\n${lines.join("\n")}\n\n${remarks}`;
}

/**
 * How ours compares with this one.
 *
 * @param {import("./outcome.js").Outcome} outcome
 * @param {import("./outcome.js").Figure} each
 */
function factor(outcome, each) {
  if (each.ours || !outcome.figures.some(({ ours }) => ours)) return "";
  const mark = each === best(outcome.figures, outcome.better) ? ", the best peer" : "";
  return `ours is ${lead(outcome, each).toFixed(2)} × as good${mark}`;
}

/** @param {number} value */
function shown(value) {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
