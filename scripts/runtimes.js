// Runs the tests on other runtimes and writes the results into a table in the manual, between the markers below. Run by hand:
//
//   npm run runtimes                     all runtimes, a few minutes each
//   npm run runtimes -- node@22 bun      only these; the other rows of the table stay as they are
//
// Each runtime is installed from the npm registry into a temporary folder. The whole suite runs on Node only. The smoke suite
// (test/runtimes) runs on all runtimes, with the package as npm installs it.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Runtime
 * @property {string} name the name in the first column of the table
 * @property {string} spec what npm installs
 * @property {boolean} suite whether to run the whole suite
 * @property {string} bin the path of the program in the folder into which it is installed
 * @property {readonly string[]} args the arguments before the file to run
 */

/** @type {readonly Runtime[]} */
const RUNTIMES = [
  ...["20.19.0", "20", "22.12.0", "22", "24", "latest"].map((version) => ({
    name: version === "latest" ? "Node, latest version" : `Node ${version}`,
    spec: `node@${version}`,
    // The exact versions are the oldest that `engines` allows. Only the smoke suite runs on them.
    suite: !version.includes("."),
    bin: "node_modules/node/bin/node",
    args: [],
  })),
  { name: "Bun", spec: "bun", suite: false, bin: "node_modules/.bin/bun", args: [] },
  { name: "Deno", spec: "deno", suite: false, bin: "node_modules/.bin/deno", args: ["run", "--allow-all"] },
];

const BEGIN = "<!-- what follows is written by `npm run runtimes` -->";
const END = "<!-- up to here -->";
const HEAD = ["runtime", "version", "whole suite", "smoke suite", "date and platform"];
/** Milliseconds: far more than the suites take on a slow machine. */
const SUITE_TIMEOUT = 15 * 60_000;
const SMOKE_TIMEOUT = 2 * 60_000;

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { maxBuffer: 2 ** 30, ...options, encoding: "utf8" });
  return { passed: result.status === 0, output: `${result.stdout}${result.stderr}` };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function mustRun(command, args, cwd) {
  const { passed, output } = run(command, args, { cwd });
  if (!passed) throw new Error(output);
  return output;
}

/** @param {Record<string, number>} counts */
function inWords(counts) {
  return Object.entries(counts)
    .filter(([what, count]) => what === "passed" || count > 0)
    .map(([what, count]) => `${count.toLocaleString("en")} ${what}`)
    .join(", ");
}

/** @param {string} node */
function suite(node) {
  const { passed, output } = run(node, ["scripts/run-tests.js", "--test-reporter=tap"], {
    cwd: root,
    timeout: SUITE_TIMEOUT,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
  // The lines after a failed test in the output say why it failed.
  for (const [failure] of output.matchAll(/^ *not ok [^\n]*\n(?:(?! *(?:not )?ok )[^\n]*\n){0,40}/gm)) {
    console.log(failure);
  }
  const count = (/** @type {string} */ what) =>
    Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  const failed = count("fail") + count("cancelled");
  const words = inWords({ passed: count("pass"), failed, skipped: count("skipped") });
  return { passed, words: passed || failed > 0 ? words : "failed" };
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} project
 */
function smoke(program, args, project) {
  const results = ["smoke.js", "smoke.cjs"].map((name) => {
    const result = run(program, [...args, join("runtimes", name)], { cwd: project, timeout: SMOKE_TIMEOUT });
    if (!result.passed) console.log(result.output);
    const [, good = "0", all = "1"] = /(\d+) of (\d+) checks passed/.exec(result.output) ?? [];
    return { passed: result.passed, good: Number(good), all: Number(all) };
  });
  const good = results.reduce((sum, each) => sum + each.good, 0);
  const all = results.reduce((sum, each) => sum + each.all, 0);
  return {
    passed: results.every(({ passed }) => passed),
    words: inWords({ passed: good, failed: all - good }),
  };
}

/** Creates a project that contains the smoke suite and the package as npm installs it. */
function smokeProject(/** @type {string} */ folder) {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const packing = ["pack", "--silent", "--foreground-scripts=false", "--pack-destination", folder];
  const tarball = join(folder, mustRun("npm", packing, root).trim());
  mustRun("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], project);
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

/** Finds the page that has the table. */
function tablePage() {
  const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  const pages = ["README.md", ...docs.map((name) => join("docs", name))].map((name) => join(root, name));
  const page = pages.find((path) => readFileSync(path, "utf8").includes(BEGIN));
  if (page === undefined) throw new Error(`no page has the line ${BEGIN}`);
  return page;
}

/**
 * Puts a row into the table of the page, in the order of RUNTIMES.
 *
 * @param {string} page
 * @param {readonly string[]} cells
 */
function write(page, cells) {
  const text = readFileSync(page, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  const old = text.slice(begin, end).split("\n");
  const rows = RUNTIMES.map(({ name }) =>
    name === cells[0]
      ? row(cells)
      : (old.find((line) => line.startsWith(`| ${name} |`)) ?? row([name, "–", "not run", "not run", "–"])),
  );
  const table = [BEGIN, "", row(HEAD), row(HEAD.map(() => "---")), ...rows, "", ""].join("\n");
  writeFileSync(page, text.slice(0, begin) + table + text.slice(end));
}

/** @param {readonly string[]} cells */
function row(cells) {
  return `| ${cells.join(" | ")} |`;
}

const specs = process.argv.slice(2);
const unknown = specs.filter((spec) => !RUNTIMES.some((runtime) => runtime.spec === spec));
if (unknown.length > 0) {
  throw new Error(`unknown: ${unknown.join(", ")}; known: ${RUNTIMES.map(({ spec }) => spec).join(", ")}`);
}
const page = tablePage();
const folder = mkdtempSync(join(tmpdir(), "disque-runtimes-"));
try {
  const project = smokeProject(folder);
  for (const runtime of RUNTIMES.filter(({ spec }) => specs.length === 0 || specs.includes(spec))) {
    const { passed, cells } = check(runtime, folder, project);
    if (!passed) process.exitCode = 1;
    // The row is written after each runtime, so that an interrupted run keeps its results.
    write(page, cells);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
