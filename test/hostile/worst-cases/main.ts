// `npm run worst-cases`: the table of SECURITY.md. Arguments select the cases whose names contain one of them.

import { WORST_CASES } from "./replies.ts";
import { ADVISED, type Measured, measured } from "./run.ts";

const MIB = 2 ** 20;
const words = process.argv.slice(2);
const chosen = WORST_CASES.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);

function cells({ bytes, stall, memory, outcome }: Measured): string {
  const sent = `${(bytes / MIB).toFixed(1)}${outcome === "value" ? "" : " (refused)"}`;
  return `${sent} | ${stall} ms | ${(memory / MIB).toFixed(0)} MiB`;
}

console.log("| reply | MiB sent | stall | memory | advised: MiB sent | stall | memory |");
console.log("|---|---|---|---|---|---|---|");
for (const worst of chosen) {
  const byDefault = await measured(worst, {});
  const advised = await measured(worst, ADVISED);
  console.log(`| ${worst.name} | ${cells(byDefault)} | ${cells(advised)} |`);
}
