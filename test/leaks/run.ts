// The full numbers: `npm run leaks -- [--real] [scenario]…`. Prints what was held after each tenth, and fails if it grew.

import { parseArgs } from "node:util";
import type { Footprint } from "./footprint.ts";
import { growth } from "./growth.ts";
import { measure } from "./measuring.ts";
import { scenarios } from "./scenarios.ts";

const { values, positionals } = parseArgs({ options: { real: { type: "boolean" } }, allowPositionals: true });
const on = values.real ? "real servers" : "disque/testing";

function describe({ bytes, objects, kinds }: Footprint): string {
  const held = Object.entries(kinds).filter(([, count]) => count > 0);
  const rest = held.map(([name, count]) => `${count} ${name}`).join(", ");
  return `${(bytes / 1e6).toFixed(3)} MB, ${objects} objects, ${rest}`;
}

for (const scenario of positionals.length > 0 ? positionals : Object.keys(scenarios)) {
  const { title = "nothing", full = 0 } = scenarios[scenario] ?? {};
  const begin = performance.now();
  const report = await measure({ scenario, iterations: full, parts: 10, on });
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`${report.done} × ${title}, on ${on}, in ${seconds} s`);
  console.log(`  before   ${describe(report.before)}`);
  for (const [n, part] of report.during.entries())
    console.log(`  ${String((n + 1) * 10).padStart(3)} %    ${describe(part)}`);
  console.log(`  after    ${describe(report.after)}`);
  const more = growth(report);
  console.log(more.length === 0 ? "  nothing is kept" : `  KEPT: ${more.join("; ")}`);
  if (more.length > 0) process.exitCode = 1;
}
