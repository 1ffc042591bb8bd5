// npm run fuzz -- [--seed S] [--cases N] [--target NAME] [--case NUMBER]

import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import type { Target } from "./target.ts";
import { targetOf, targets } from "./targets.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    cases: { type: "string", default: "10000" },
    target: { type: "string" },
    case: { type: "string" },
  },
});

const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole("seed", values.seed);
const cases = whole("cases", values.cases);
const only = values.case === undefined ? undefined : whole("case", values.case);
const chosen = values.target === undefined ? targets : [targetOf(values.target)];
if (only !== undefined && values.target === undefined) throw new TypeError("--case needs --target");

for (const target of chosen) {
  if (!(await run(target))) process.exitCode = 1;
}

async function run(target: Target): Promise<boolean> {
  const count = only === undefined ? Math.ceil(cases * target.share) : 1;
  const start = performance.now();
  const outcome = await fuzz(target, { target: target.name, seed, first: only ?? 0, count });
  if (outcome.failed) {
    console.error(outcome.report);
    return false;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${target.name}: ${count} cases with the seed ${seed}, none failed, in ${seconds} s`);
  const tally = Object.entries(outcome.tally).sort(([, one], [, other]) => other - one);
  console.log(`  ${tally.map(([trait, times]) => `${trait} ${times}`).join(", ")}`);
  return true;
}

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new TypeError(`--${name} must be a whole number, not ${text}`);
  return Number(text);
}
