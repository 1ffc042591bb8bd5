// Runs the compiled tests. Most test files run for less time than it takes to start a process, so the files about one folder of
// `src` share a process. Each of the other files has a process of its own. Arguments are passed on to `node --test`.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Each of these folders has one process, in which its test files, except those in `ALONE`, run one after the other. */
const SHARED = ["client", "cluster", "commands", "consumer", "resp", "testing"];

/** Files in these folders that need a process of their own. */
const ALONE = new Set([
  // These replace timers or clocks for all tests of their process.
  "client/faked-timers",
  "cluster/cluster",
  "cluster/connections/node",
  "cluster/connections/persistent-connection-idle",
  "cluster/execution/retry-budget",
  "cluster/replication",
  "cluster/search",
  "testing/cluster-failure",
  "testing/faked-timers",
  // These measure memory or time, or count the timers and sockets of their process.
  "client/leftovers",
  "cluster/topology",
  "consumer/heartbeats",
  "consumer/leftovers",
  "resp/parser-limits",
  "testing/cluster",
  // These wait for many seconds, during which no other test of their process could run.
  "client/scans",
  "client/waiting",
  "consumer/at-most-once",
  "consumer/stopping",
  "resp/connection-progress",
  "resp/connection-timeouts",
]);

/** How many processes run at the same time: more than there are processors, since many tests mostly wait. */
const PROCESSES = 8;

const tests = new URL("../build/test/", import.meta.url);
const entries = new URL("../build/test-entries/", import.meta.url);

const names = readdirSync(tests, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.js"))
  .map((path) => path.slice(0, -".test.js".length))
  .sort();
for (const name of ALONE) if (!names.includes(name)) throw new Error(`there is no ${name}.test.ts`);

const isShared = (/** @type {string} */ name) =>
  !ALONE.has(name) && SHARED.some((each) => name.startsWith(`${each}/`));
const alone = names.filter((name) => !isShared(name)).map((name) => new URL(`${name}.test.js`, tests));

rmSync(entries, { recursive: true, force: true });
mkdirSync(entries);
const shared = SHARED.map((folder) => {
  const entry = new URL(`${folder}.js`, entries);
  const files = names.filter((name) => isShared(name) && name.startsWith(`${folder}/`));
  writeFileSync(entry, files.map((name) => `import "../test/${name}.test.js";\n`).join(""));
  return entry;
});

const args = ["--enable-source-maps", "--test", `--test-concurrency=${PROCESSES}`, ...process.argv.slice(2)];
const paths = [...shared, ...alone].map((url) => fileURLToPath(url));
spawn(process.execPath, [...args, ...paths], { stdio: "inherit" }).on("exit", (code, signal) => {
  if (signal !== null) console.error(`The tests were ended by ${signal}.`);
  process.exitCode = code ?? 1;
});
