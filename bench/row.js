// Runs one row in a process of its own, so that nothing that another row made V8 learn changes its figures.

import { rows } from "./rows/index.js";

process.once(
  "message",
  async (/** @type {{ id: string } & import("./rows/index.js").RowOptions} */ { id, ...options }) => {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) throw new Error(`there is no row ${id}`);
    process.send?.(await row.run(options), () => process.exit());
  },
);
