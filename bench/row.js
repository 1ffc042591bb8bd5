// Runs one row in a process of its own, which starts the row's servers and contenders, and ends them with itself.

import { rows } from "./rows/index.js";

/** @typedef {{ id: string } & import("./rows/index.js").RowOptions} Order */

process.once("message", async (/** @type {Order} */ { id, ...options }) => {
  const row = rows.find((each) => each.id === id);
  if (row === undefined) throw new Error(`there is no row ${id}`);
  const outcomes = await row.run(options);
  process.send?.(outcomes, () => process.exit());
});
// Whoever asked is gone: with this process end its servers and contenders.
process.once("disconnect", () => process.exit());
// An interrupted process would say nothing to what waits for its end to remove the servers.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
