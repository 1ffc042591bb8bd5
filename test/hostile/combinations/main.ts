// `npm run combinations [COUNT [SEED]]`: this many combinations, or all. The process exits by itself: no socket and no timer of a
// client may be left, and an unhandled rejection ends it with an error.

import { seededRandom } from "../../support/random.ts";
import { COMBINATIONS, type Combination, problemOf } from "./run.ts";

const AT_ONCE = 128;
/** Problems shown at most. */
const MOST_SHOWN = 20;

const [count = String(COMBINATIONS.length), seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const chosen = sample(COMBINATIONS, Number(count), Number(seed));
let problems = 0;

async function lane(): Promise<void> {
  for (let combination = chosen.pop(); combination !== undefined; combination = chosen.pop()) {
    const problem = await problemOf(combination);
    if (problem === undefined) continue;
    problems++;
    const { call, stage, answer } = combination;
    if (problems <= MOST_SHOWN) console.log(`${call}, answered ${stage} with ${answer}: ${problem}`);
  }
}

/** This many of the items, in random order. */
function sample(items: readonly Combination[], size: number, from: number): Combination[] {
  const next = seededRandom(from);
  return items
    .map((item) => ({ item, key: next() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, size)
    .map(({ item }) => item);
}

const total = chosen.length;
await Promise.all(Array.from({ length: AT_ONCE }, lane));
console.log(`${total} of ${COMBINATIONS.length} combinations, seed ${seed}: ${problems} problems`);
if (problems > 0) process.exitCode = 1;
