// A process in which one contender of a timed row works, and nothing else.

import { rows } from "./rows/index.js";

/** Microseconds of processor time that each contender has to be compiled in; on a busy machine that is longer by the clock. */
const WARM_UP = 500_000;
/** Milliseconds before a round that do not count: whoever was idle finds the caches, and its own heap, made small. */
const WAKING = 30;
/** Milliseconds that a round lasts at least, so that it holds some garbage collections as well. */
const ROUND = 100;

const [name = "", argument = "{}"] = process.argv.slice(2);
const { id, quick } = JSON.parse(argument);
const row = rows.find((each) => each.id === id);
if (row?.prepare === undefined) throw new Error(`there is no timed row ${id}`);
const { run, count } = row.prepare(name, quick);

const before = process.cpuUsage().user;
while (process.cpuUsage().user - before < WARM_UP) run();

process.on("message", () => {
  nanoseconds(WAKING);
  process.send?.(nanoseconds(ROUND));
});
process.once("disconnect", () => process.exit());
process.send?.("ready");

/**
 * Does the work again and again, for so many milliseconds.
 *
 * @param {number} duration
 * @returns {number} How long each of the row's things took.
 */
function nanoseconds(duration) {
  const start = performance.now();
  let runs = 0;
  let passed = 0;
  while (passed < duration) {
    run();
    runs++;
    passed = performance.now() - start;
  }
  return (passed * 1e6) / (count * runs);
}
