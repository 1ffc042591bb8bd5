// npm run bench [-- [--quick] [--rounds 15] [part of a row's name]…]

import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { printed } from "./report.js";
import { rows } from "./rows/index.js";

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string" }, quick: { type: "boolean", default: false } },
  allowPositionals: true,
});
const options = { quick: values.quick, rounds: Number(values.rounds ?? (values.quick ? 5 : 9)) };

for (const { id } of rows) {
  if (positionals.length > 0 && !positionals.some((part) => id.includes(part))) continue;
  for (const outcome of await measured(id)) console.log(printed(outcome));
}

/**
 * @param {string} id
 * @returns {Promise<import("./outcome.js").Outcome[]>}
 */
async function measured(id) {
  const child = fork(new URL("row.js", import.meta.url), {
    // The code of whoever is not on turn must outlive the garbage collections between the rounds.
    execArgv: ["--expose-gc", "--no-flush-bytecode"],
  });
  child.send({ id, ...options });
  const [outcomes] = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (!Array.isArray(outcomes)) throw new Error(`the row ${id} ended without a result`);
  return outcomes;
}
