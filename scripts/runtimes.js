// Runs the tests on other runtimes than the one at hand, and writes into the README's table what came of it. By hand:
//
//   npm run runtimes                     all of them, a few minutes each
//   npm run runtimes -- node@22 bun      these alone; the other rows of the table stay as they are
//
// Each runtime comes from the npm registry, into a temporary folder. Under Node the whole suite is run, and under all of
// them test/runtimes, on the package as npm would install it.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Runtime
 * @property {string} name in the first column of the table
 * @property {string} spec what to install
 * @property {boolean} suite whether to run the whole suite
 * @property {string} bin the program, in the folder it was installed into
 * @property {readonly string[]} args before the name of a file to run
 */

/** @type {readonly Runtime[]} */
const RUNTIMES = [
  ...["20.19.0", "20", "22.12.0", "22", "24", "latest"].map((version) => ({
    name: version === "latest" ? "Node, the newest" : `Node ${version}`,
    spec: `node@${version}`,
    // The oldest of each line are there to see that what `engines` says is true.
    suite: !version.includes("."),
    bin: "node_modules/node/bin/node",
    args: [],
  })),
  { name: "Bun", spec: "bun", suite: false, bin: "node_modules/.bin/bun", args: [] },
  { name: "Deno", spec: "deno", suite: false, bin: "node_modules/.bin/deno", args: ["run", "--allow-all"] },
];

const BEGIN = "<!-- what follows is written by `npm run runtimes` -->";
const END = "<!-- up to here -->";
const HEAD = ["runtime", "version", "whole suite", "smoke suite", "run"];

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = join(root, "README.md");
/** Far more than the suite takes on a slow machine. */
const SUITE_TIMEOUT = 15 * 60_000;
const SMOKE_TIMEOUT = 2 * 60_000;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { maxBuffer: 2 ** 30, ...options, encoding: "utf8" });
  return { passed: result.status === 0, output: `${result.stdout}${result.stderr}` };
}

/** @param {readonly (readonly [string, number])[]} counts */
function inWords(counts) {
  return counts
    .filter(([what, count]) => what === "passed" || count > 0)
    .map(([what, count]) => `${count.toLocaleString("en")} ${what}`)
    .join(", ");
}

/** @param {string} node */
function suite(node) {
  const files = readdirSync(join(root, "build/test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => join("build/test", name));
  const flags = ["--enable-source-maps", "--test", "--test-concurrency=2", "--test-reporter=tap"];
  const { passed, output } = run(node, [...flags, ...files], {
    cwd: root,
    timeout: SUITE_TIMEOUT,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
  // What stands under a failed test, up to the next one, says why.
  for (const [failure] of output.matchAll(/^ *not ok [^\n]*\n(?:(?! *(?:not )?ok )[^\n]*\n){0,40}/gm)) {
    console.log(failure);
  }
  /** @param {string} what */
  const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  const words = inWords([
    ["passed", count("pass")],
    ["failed", count("fail") + count("cancelled")],
    ["skipped", count("skipped")],
  ]);
  return { passed, words: passed || count("fail") > 0 ? words : "failed" };
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} project
 */
function smoke(program, args, project) {
  let passed = true;
  let good = 0;
  let all = 0;
  for (const name of ["smoke.js", "smoke.cjs"]) {
    const result = run(program, [...args, join("runtimes", name)], { cwd: project, timeout: SMOKE_TIMEOUT });
    const [, some = "0", total = "1"] = /(\d+) of (\d+) checks passed/.exec(result.output) ?? [];
    if (!result.passed) console.log(result.output);
    passed &&= result.passed;
    good += Number(some);
    all += Number(total);
  }
  return {
    passed,
    words: inWords([
      ["passed", good],
      ["failed", all - good],
    ]),
  };
}

/** A folder with the package in it as npm installs it, and the smoke suite beside it. */
function smokeProject(/** @type {string} */ folder) {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const packed = run(
    "npm",
    ["pack", "--silent", "--foreground-scripts=false", "--pack-destination", folder],
    {
      cwd: root,
    },
  );
  const tarball = join(folder, packed.output.trim());
  const installed = run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], {
    cwd: project,
  });
  if (!packed.passed || !installed.passed) throw new Error(`${packed.output}\n${installed.output}`);
  cpSync(join(root, "test/runtimes"), join(project, "runtimes"), { recursive: true });
  cpSync(join(root, "build/test/support/certificate.js"), join(project, "support/certificate.js"));
  return project;
}

/**
 * @param {Runtime} runtime
 * @param {string} folder
 * @param {string} project
 * @returns {{ passed: boolean, cells: string[] }}
 */
function check({ name, spec, suite: whole, bin, args }, folder, project) {
  const home = join(folder, spec);
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true }));
  const installed = run("npm", ["install", "--no-audit", "--no-fund", spec], { cwd: home });
  const program = join(home, bin);
  const version = run(program, ["--version"]);
  const when = `${new Date().toISOString().slice(0, 10)}, ${process.platform} ${process.arch}`;
  if (!installed.passed || !version.passed) {
    console.log(installed.output, version.output);
    return { passed: false, cells: [name, `${spec} could not be installed`, "not run", "not run", when] };
  }
  const number = /\d+\.\d+\.\d+/.exec(version.output)?.[0] ?? "?";
  console.log(`${name}: ${number}`);
  const smoked = smoke(program, args, project);
  console.log(`  smoke suite: ${smoked.words}`);
  const tested = whole ? suite(program) : { passed: true, words: "–" };
  console.log(`  whole suite: ${tested.words}`);
  return { passed: smoked.passed && tested.passed, cells: [name, number, tested.words, smoked.words, when] };
}

/**
 * @param {string} text of the README
 * @param {ReadonlyMap<string, string>} fresh rows, by the name in their first column
 */
function withTable(text, fresh) {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${readme} has no place for the table`);
  const old = text.slice(begin, end).split("\n");
  const rows = RUNTIMES.map(
    ({ name }) =>
      fresh.get(name) ??
      old.find((line) => line.startsWith(`| ${name} |`)) ??
      row([name, "–", "not run", "not run", "–"]),
  );
  const table = [BEGIN, "", row(HEAD), row(HEAD.map(() => "---")), ...rows, "", ""].join("\n");
  return text.slice(0, begin) + table + text.slice(end);
}

/** @param {readonly string[]} cells */
function row(cells) {
  return `| ${cells.join(" | ")} |`;
}

const names = process.argv.slice(2);
const wanted = RUNTIMES.filter(({ spec }) => names.length === 0 || names.includes(spec));
const unknown = names.filter((name) => !wanted.some(({ spec }) => spec === name));
if (unknown.length > 0) {
  throw new Error(`there is no ${unknown.join(", ")}, only ${RUNTIMES.map(({ spec }) => spec).join(", ")}`);
}
const folder = mkdtempSync(join(tmpdir(), "disque-runtimes-"));
try {
  const project = smokeProject(folder);
  for (const runtime of wanted) {
    const { passed, cells } = check(runtime, folder, project);
    if (!passed) process.exitCode = 1;
    // After each, so that what is stopped halfway has not been for nothing.
    writeFileSync(readme, withTable(readFileSync(readme, "utf8"), new Map([[runtime.name, row(cells)]])));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
