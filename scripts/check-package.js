// Checks what would be published, as those see it who install it: how large it is, whether it works, what two linters of
// packages say, and with `--users` whether its types compile for the oldest TypeScript and for the newest. It needs the npm
// registry.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { checkTypes } from "./check-types.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Kilobytes of 1,000 bytes. A little above what there is: whoever goes beyond says why. */
const BUDGETS = {
  packed: 350,
  unpacked: 1_200,
  ".": { plain: 60, gzipped: 22 },
  "./resp": { plain: 21, gzipped: 8.5 },
  "./testing": { plain: 73, gzipped: 27 },
};

/** The tests that can be run on an installed package. */
const TESTS = ["package/entries.test.js", "package/packing.test.js", "runtimes/smoke.test.js"];

const LINTERS = [
  { spec: "publint@0.3.25", bin: "publint", args: ["run", "--strict"] },
  { spec: "@arethetypeswrong/cli@0.18.5", bin: "attw", args: ["--profile", "esm-only"] },
];

/**
 * What users have. The README names the first: `await using` needs it. TypeScript knows `require` of ES modules since 5.8;
 * the types of Node 25 and later let any name of an event pass.
 */
const USERS = [
  { typescript: "5.2.2", node: "20.19.43", without: ["commonjs.cts"] },
  { typescript: "5.9.3", node: "24.19.2", without: [] },
  { typescript: "7.0.2", node: "26.6.6", without: ["misspelt-events.ts"] },
];

const INSTALL = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"];

/** What npm says when a package cannot be fetched. */
const UNREACHABLE = /\b(E404|ETARGET|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED)\b/;

/** The programs in old and new TypeScript take a minute: before a release, and by hand. */
const withUsers = process.argv.includes("--users");

let failed = false;

/** @param {string} text */
function title(text) {
  console.log(`\n${text}\n${"-".repeat(text.length)}`);
}

/** @param {string} what */
function fail(what) {
  console.log(`FAILED: ${what}`);
  failed = true;
}

/**
 * Runs npm or npx, and gives what it printed. What cannot be fetched ends everything: a check that was not made has failed.
 *
 * @param {"npm" | "npx"} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {string} what
 */
function fetched(command, args, cwd, what) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(
    `${stderr}\n${what}. If the npm registry could not be reached, nothing is wrong with the package: run it again.`,
  );
}

/**
 * The program of an entry: the bytes of all files that importing it loads.
 *
 * @param {string} path
 */
function programOf(path) {
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @param {string} path */
  const load = (path) => {
    if (files.has(path)) return;
    const text = readFileSync(path, "utf8");
    files.set(path, text);
    for (const [, specifier = ""] of text.matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)) {
      load(resolve(dirname(path), specifier));
    }
  };
  load(path);
  return Buffer.from([...files.values()].join(""));
}

/**
 * @param {string} what
 * @param {number} bytes
 * @param {number} budget
 */
function weigh(what, bytes, budget) {
  const kilobytes = bytes / 1_000;
  const verdict = kilobytes <= budget ? "within" : "BEYOND";
  console.log(
    `${what.padEnd(40)} ${kilobytes.toFixed(1).padStart(8)} KB, ${verdict} its budget of ${budget} KB`,
  );
  if (kilobytes > budget) fail(`${what} is beyond its budget`);
}

const folder = mkdtempSync(join(tmpdir(), "disque-package-"));
try {
  title("Size");
  // With `prepack`, so that it is what `npm publish` would send.
  const packing = ["pack", "--json", "--foreground-scripts=false", "--pack-destination", folder];
  const [packed] = Object.values(
    JSON.parse(fetched("npm", packing, root, "the package could not be packed")),
  );
  const tarball = join(folder, packed.filename);
  weigh("what is downloaded", packed.size, BUDGETS.packed);
  weigh("what is installed", packed.unpackedSize, BUDGETS.unpacked);
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  fetched("npm", [...INSTALL, tarball], project, "the package could not be installed");
  const installed = join(project, "node_modules/disque");
  const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const entry of /** @type {const} */ ([".", "./resp", "./testing"])) {
    const program = programOf(join(installed, exports[entry].default));
    weigh(`JavaScript of "${entry}"`, program.length, BUDGETS[entry].plain);
    weigh(`JavaScript of "${entry}", gzipped`, gzipSync(program).length, BUDGETS[entry].gzipped);
  }

  const importing = `
    const loaded = () => process.moduleLoadList.includes("NativeModule net");
    const before = loaded();
    await import("disque");
    console.log(before || !loaded());`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", importing], {
    cwd: project,
    encoding: "utf8",
  });
  // It takes as long to load as all of ours: src/cluster/ip.ts, load-connection.ts.
  if (stdout.trim() !== "true") fail('importing "disque" loads node:net');

  title("Tests of the installed package");
  const { status: tested } = spawnSync(
    process.execPath,
    ["--test", "--test-reporter=spec", ...TESTS.map((name) => join(root, "build/test", name))],
    { cwd: root, stdio: "inherit", env: { ...process.env, DISQUE_PACKAGE: installed } },
  );
  if (tested !== 0) fail("the package does not do what it should");

  for (const { spec, bin, args } of LINTERS) {
    title(spec);
    const npx = ["--yes", `--package=${spec}`, "--", bin];
    const { status: there, stderr } = spawnSync("npx", [...npx, "--version"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (there !== 0) {
      // That a registry does not have a linter says nothing of the package.
      if (UNREACHABLE.test(stderr)) {
        console.log(`NOT CHECKED: ${spec} could not be fetched\n${stderr}`);
        continue;
      }
      fail(`${spec} could not be run\n${stderr}`);
    }
    const [command, ...options] =
      bin === "publint" ? [args[0] ?? "", tarball, ...args.slice(1)] : [tarball, ...args];
    const { status } = spawnSync("npx", [...npx, command, ...options], { cwd: folder, stdio: "inherit" });
    if (status !== 0) fail(`${spec} found something`);
  }

  for (const { typescript, node, without } of withUsers ? USERS : []) {
    title(`A program in TypeScript ${typescript}, with @types/node ${node}`);
    const program = join(folder, `typescript-${typescript}`);
    mkdirSync(program);
    writeFileSync(join(program, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const packages = [tarball, `typescript@${typescript}`, `@types/node@${node}`];
    fetched("npm", [...INSTALL, ...packages], program, `TypeScript ${typescript} could not be installed`);
    cpSync(join(root, "test/types"), join(program, "types"), { recursive: true });
    for (const name of without) rmSync(join(program, "types", name));
    // With both settings of it they are checked by `npm run test:types`.
    if (!checkTypes(program, "types", ["true"])) fail(`types are wrong for TypeScript ${typescript}`);
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(failed ? "\nThe package is not fit to be published." : "\nThe package is fit to be published.");
process.exitCode = failed ? 1 : 0;
