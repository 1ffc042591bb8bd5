// npm run bench [-- [--quick] [--rounds 15] [--save] [--list] [part of a row's name]…]

import { parseArgs } from "node:util";
import { Contender } from "./contenders.js";
import { keep, printed } from "./report.js";
import { resultOf } from "./row.js";
import { rows } from "./rows/index.js";
import { disqueServer, redisServer, startServers } from "./servers.js";

const { values, positionals } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    save: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
// The servers are stopped by a listener for `exit`, which Node does not call when a signal ends the process.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const rounds = Number(values.rounds ?? (values.quick ? 3 : 9));
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError("--rounds must be a whole number from 1");

/** Whether `name` selects the row `id`: a row with exactly this name or, if there is none, every row whose name contains it. */
const isMeant = (/** @type {string} */ id, /** @type {string} */ name) =>
  rows.some((row) => row.id === name) ? id === name : id.includes(name);
const wanted = rows.filter(
  ({ id }) => positionals.length === 0 || positionals.some((name) => isMeant(id, name)),
);
if (values.list || wanted.length === 0) {
  console.log(`The rows:\n${rows.map(({ id, work }) => `  ${id.padEnd(24)} ${work}`).join("\n")}`);
} else {
  for (const row of wanted) await run(row);
}

async function run(row) {
  console.log(`\n${row.id}: ${row.work}`);
  if ((row.nodes ?? 0) > 0 && disqueServer === null)
    return console.log("  skipped: there is no disque-server");
  if (row.redis && redisServer === null)
    console.log("  without BullMQ and bee-queue: there is no redis-server");
  try {
    const result = resultOf(row, await measured(row));
    console.log(printed(result));
    if (values.save || (positionals.length === 0 && !values.quick)) keep(result);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}

/**
 * In each round, the contenders take turns, and each round begins with a different one. So if the machine is slow for a moment,
 * all contenders are affected.
 */
async function measured(row) {
  const servers = await startServers(row.nodes ?? 0, row.redis === true && redisServer !== null);
  const setting = { ...servers.setting, scale: values.quick ? 0.2 : 1 };
  const names = Object.keys(row.contenders).filter((name) => setting.redis > 0 || !needsRedis(row, name));
  const contenders = new Map(names.map((name) => [name, new Contender(row.id, name, setting)]));
  const warmUp = row.fresh ? 0 : (row.warmUp ?? 2);
  const count = Math.min(rounds, row.rounds ?? rounds);
  /** @type {Map<string, Record<string, number>[]>} */
  const found = new Map(names.map((name) => [name, []]));
  try {
    for (let round = -warmUp; round < count; round++) {
      const first = (round + warmUp) % names.length;
      for (const name of [...names.slice(first), ...names.slice(0, first)]) {
        const contender = contenders.get(name);
        if (row.fill) await servers.fill(row.fill);
        const figures = (await contender?.round()) ?? {};
        if (round >= 0) found.get(name)?.push(figures);
        if (row.fresh) await contender?.end();
        await servers.clear();
      }
    }
    return found;
  } finally {
    await Promise.all([...contenders.values()].map((contender) => contender.end()));
    servers.stop();
  }
}

function needsRedis(row, name) {
  return row.redis === true && !name.startsWith("disque");
}
