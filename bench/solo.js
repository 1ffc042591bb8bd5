// A process in which one contender of a timed row works, and nothing else.

import { rows } from "./rows/index.js";

const [name = "", argument = "{}"] = process.argv.slice(2);
const { id, quick } = JSON.parse(argument);
const row = rows.find((each) => each.id === id);
if (row?.prepare === undefined) throw new Error(`there is no timed row ${id}`);
const { run, count } = row.prepare(name, quick);

process.on("message", () => {
  const start = performance.now();
  run();
  process.send?.(((performance.now() - start) * 1e6) / count);
});
process.once("disconnect", () => process.exit());
process.send?.("ready");
