// npm run bench [-- [--quick] [--rounds 15] [--save] [part of a row's name]…]

import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import { answer } from "./answer.js";
import { printed } from "./report.js";
import { save } from "./results.js";
import { rows } from "./rows/index.js";

const { values, positionals } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    save: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const rounds = Number(values.rounds ?? (values.quick ? 5 : 9));
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError("--rounds must be a number from 1");

const wanted = rows.filter(
  ({ id }) => positionals.length === 0 || positionals.some((name) => isMeant(id, name)),
);
if (wanted.length === 0)
  console.log(`No such row. There are:\n${rows.map(({ id }) => `  ${id}`).join("\n")}`);

// What was tried with half of the rows, or half of the work, is no result, unless one says so.
const keeps = values.save || (wanted.length === rows.length && !values.quick);

for (const { id } of wanted) {
  try {
    const outcomes = await measured(id);
    for (const outcome of outcomes) console.log(printed(outcome));
    if (keeps) save(outcomes, { rounds, quick: values.quick });
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}

/**
 * A row by its whole name, or all that have a part of their name in common.
 *
 * @param {string} id
 * @param {string} name
 */
function isMeant(id, name) {
  return rows.some((row) => row.id === name) ? id === name : id.includes(name);
}

/**
 * @param {string} id
 * @returns {Promise<import("./outcome.js").Outcome[]>}
 */
async function measured(id) {
  const child = fork(new URL("row.js", import.meta.url));
  child.send({ id, rounds, quick: values.quick });
  return answer(child, `the row ${id}`);
}
