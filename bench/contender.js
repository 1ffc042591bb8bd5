// The process of one contender: node contender.js <row> <contender> <setting>. It runs one round for each message from its
// parent.

import { rows } from "./rows/index.js";

const [id, name = "", setting = "{}"] = process.argv.slice(2);
const start = rows.find((row) => row.id === id)?.contenders[name];
if (start === undefined) throw new Error(`there is no contender ${name} in ${id}`);
const round = await start(JSON.parse(setting));
process.on("message", async () => {
  process.send?.(await round());
});
process.once("disconnect", () => process.exit());
// With --cpu-prof, Node writes the profile only if the process exits by itself, not if a signal ends it.
process.once("SIGTERM", () => process.exit());
process.send?.("ready");
