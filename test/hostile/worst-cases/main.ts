// `npm run worst-cases`: the table of SECURITY.md. With words as arguments only the cases whose names contain one of them.

import { WORST_CASES } from "./replies.ts";
import { ADVISED, type Measured, measured } from "./run.ts";

const MIB = 2 ** 20;
const words = process.argv.slice(2);
const chosen = WORST_CASES.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);

function cells({ bytes, stall, memory, outcome }: Measured): string {
  const grown = memory / MIB;
  return `${(bytes / MIB).toFixed(1)} | ${stall} | ${grown.toFixed(0)} | ${outcome === "value" ? "" : "refused"}`;
}

console.log("| reply | limits | MiB sent | stall, ms | memory, MiB | |");
console.log("|---|---|---|---|---|---|");
for (const worst of chosen) {
  for (const [name, limits] of [
    ["default", {}],
    ["advised", ADVISED],
  ] as const) {
    const result = await measured(worst, limits);
    console.log(`| ${worst.name} | ${name} | ${cells(result)} |`);
    if (process.env.VERBOSE && result.outcome !== "value") console.log(`  ${result.outcome}`);
  }
}
