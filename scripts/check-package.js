// Checks the package as its users get it: npm packs and installs it, and then tests, two linters and Jest run on the package.
// With `--users`, also compiles programs with older and newer versions of TypeScript. Needs the npm registry.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkTypes } from "./check-types.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The tests that can run on an installed package. */
const TESTS = ["package/entries.test.js", "package/packing.test.js", "runtimes/smoke.test.js"];
const JEST = "jest@30.5.2";
const PUBLINT = "publint@0.3.25";
const ARE_THE_TYPES_WRONG = "@arethetypeswrong/cli@0.18.5";

/**
 * The versions of TypeScript and of Node's types that are checked. The oldest version of TypeScript here is the oldest that the
 * package supports: the first one with `await using`. TypeScript 7 no longer has `node10`, and the types of Node 25 and later
 * accept any event name.
 */
const USERS = [
  {
    typescript: "5.2.2",
    node: "20.19.43",
    resolutions: ["node10", "node16", "nodenext", "bundler"],
    without: [],
  },
  {
    typescript: "5.9.3",
    node: "24.19.2",
    resolutions: ["node10", "node16", "nodenext", "bundler"],
    without: [],
  },
  {
    typescript: "7.0.2",
    node: "26.6.6",
    resolutions: ["node16", "nodenext", "bundler"],
    without: ["misspelt-events.ts"],
  },
];

let failed = false;

/** @param {string} what */
function fail(what) {
  console.log(`FAILED: ${what}`);
  failed = true;
}

/** @param {string} text */
function title(text) {
  console.log(`\n${text}\n${"-".repeat(text.length)}`);
}

/**
 * Runs a program, shows what it prints, and reports a failure.
 *
 * @param {string} what
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} options
 */
function check(what, command, args, options) {
  title(what);
  const { status } = spawnSync(command, args, { ...options, stdio: "inherit" });
  if (status !== 0) fail(what);
}

/**
 * Runs npm and returns its output. Throws if npm fails: an incomplete check must not pass.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function npm(args, cwd) {
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ${args[0]} failed. Could the registry be reached?\n${stderr}`);
  return stdout;
}

/**
 * Creates a project with these packages in a folder of its own.
 *
 * @param {string} name
 * @param {readonly string[]} packages
 */
function project(name, packages) {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", ...packages], place);
  return place;
}

const folder = mkdtempSync(join(tmpdir(), "disque-package-"));
try {
  // `prepack` runs, so this is what `npm publish` would send.
  const packing = ["pack", "--json", "--foreground-scripts=false", "--pack-destination", folder];
  const [packed] = Object.values(JSON.parse(npm(packing, root)));
  const tarball = join(folder, packed.filename);
  console.log(
    `${packed.filename}: ${packed.entryCount} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`,
  );

  const user = project("user", [tarball, JEST]);
  const env = { ...process.env, DISQUE_PACKAGE: join(user, "node_modules/disque") };
  const tests = TESTS.map((name) => join(root, "build/test", name));
  check("Tests of the installed package", process.execPath, ["--test", "--test-reporter=spec", ...tests], {
    cwd: root,
    env,
  });

  cpSync(join(root, "test/package/jest.cjs"), join(user, "jest.cjs"));
  check(JEST, "npx", ["jest", "--rootDir", user, "--testMatch", "**/jest.cjs"], { cwd: user });
  check(PUBLINT, "npx", ["--yes", PUBLINT, "run", "--strict", tarball], { cwd: folder });
  check(ARE_THE_TYPES_WRONG, "npx", ["--yes", ARE_THE_TYPES_WRONG, tarball], { cwd: folder });

  for (const { typescript, node, resolutions, without } of process.argv.includes("--users") ? USERS : []) {
    title(`A program in TypeScript ${typescript}, with @types/node ${node}`);
    const packages = [tarball, `typescript@${typescript}`, `@types/node@${node}`];
    const program = project(`typescript-${typescript}`, packages);
    cpSync(join(root, "test/types"), join(program, "types"), { recursive: true });
    for (const name of without) rmSync(join(program, "types", name));
    if (!checkTypes(program, "types", resolutions, ["true"])) fail(`types for TypeScript ${typescript}`);
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(failed ? "\nThe package is not fit to be published." : "\nThe package is fit to be published.");
process.exitCode = failed ? 1 : 0;
