// A process in which one contender of a timed row works, and nothing else.

import { rows } from "./rows/index.js";

/** Microseconds of processor time that each contender has to be compiled in; on a busy machine that is longer by the clock. */
const WARM_UP = 500_000;
/** Milliseconds that a round lasts at least, so that work which is done in one is not measured by one. */
const ROUND = 30;

const [name = "", argument = "{}"] = process.argv.slice(2);
const { id, quick } = JSON.parse(argument);
const row = rows.find((each) => each.id === id);
if (row?.prepare === undefined) throw new Error(`there is no timed row ${id}`);
const { run, count } = row.prepare(name, quick);

const before = process.cpuUsage().user;
while (process.cpuUsage().user - before < WARM_UP) run();

process.on("message", () => {
  const start = performance.now();
  let runs = 0;
  let passed = 0;
  while (passed < ROUND) {
    run();
    runs++;
    passed = performance.now() - start;
  }
  process.send?.((passed * 1e6) / (count * runs));
});
process.once("disconnect", () => process.exit());
process.send?.("ready");
