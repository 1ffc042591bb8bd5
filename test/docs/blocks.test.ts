import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { exportsOf } from "./declarations.ts";
import { allBlocks, type Block, markdownFiles, placeOf, ROOT, read } from "./markdown.ts";
import { SCOPE, Scope } from "./scope.ts";
import { complaintsAbout } from "./shell.ts";

/** The number of blocks on each page that cannot run. */
const NOT_RUN: Readonly<Record<string, number>> = {};

/** Under the root, so that `import "disque"` finds the package. */
const WORKSHOP = join(ROOT, "build", "snippets");
const OUTPUT = join(WORKSHOP, "out");

const blocks = allBlocks();
const running = blocks.filter(({ notRun, runBy }) => notRun === undefined && runBy === undefined);
const scripts = running.filter(({ language }) => language === "js" || language === "ts");

/** A block that starts its own server is a complete program. */
function isProgram({ code }: Block): boolean {
  return /^import .* from "disque\/testing";$/m.test(code);
}

function nameOf(block: Block): string {
  return placeOf(block).replaceAll(/[^\w]/g, "_");
}

function namesIn({ code, setup }: Block): string[] {
  const said = `${setup}\n${code}`.replaceAll(/(?<!:)\/\/.*$/gm, "");
  const names = Object.keys(SCOPE).filter((name) => new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(said));
  // Wait for the worker that a fragment starts.
  return names.includes("send") ? [...new Set([...names, "sent"])] : names;
}

/** The exports of the package, each with the entry that has it. */
const EXPORTS: ReadonlyMap<string, string> = new Map(
  (
    [
      ["disque/testing", "testing/index.d.ts"],
      ["disque/resp", "resp/index.d.ts"],
      ["disque", "index.d.ts"],
    ] as const
  ).flatMap(([specifier, file]) =>
    exportsOf(file)
      .filter(({ isValue }) => isValue)
      .map(({ name }): [string, string] => [name, specifier]),
  ),
);

/** A fragment need not import what the package exports. */
function importsFor({ code }: Block): string[] {
  const said = code.match(/^import .*;$/gm) ?? [];
  const more = Array.from(EXPORTS)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code) && !said.some((line) => line.includes(name)))
    .map(([name, specifier]) => `import { ${name} } from "${specifier}";`);
  return [...said, ...more];
}

/** A module with the fragment as the body of a function, whose parameters are the names it uses. */
function fragment(block: Block): string {
  const names = namesIn(block);
  const types = names.map((name) => `${name}: ${SCOPE[name]}`).join("; ");
  const body = block.code.replaceAll(/^import .*;$/gm, "") + (names.includes("sent") ? "await sent;" : "");
  const parameter = `{ ${names.join(", ")} }`;
  const head =
    block.language === "ts"
      ? `export default async function (${parameter}: { ${types} }) {`
      : `/** @param {{ ${types} }} scope */\nexport default async function (${parameter}) {`;
  return `${importsFor(block).join("\n")}\n${head}\n${block.setup}\n{\n${body}\n}\n}\n`;
}

/** Replaces the addresses in a fragment by those of the cluster. */
function withNodes(code: string, { cluster }: Scope): string {
  return code
    .replaceAll(/\b(?:10\.0\.0\.|127\.0\.0\.)([123]):7711\b/g, (_all, number) => {
      const { host, port } = cluster.node(Number(number) - 1);
      return `${host}:${port}`;
    })
    .replaceAll("port: 7711", `port: ${cluster.node(0).port}`);
}

async function runFragment(block: Block): Promise<string> {
  const scope = await Scope.create();
  try {
    const code = await readFile(join(OUTPUT, `${nameOf(block)}.js`), "utf8");
    const file = join(OUTPUT, `${nameOf(block)}.run.mjs`);
    await writeFile(file, withNodes(code, scope));
    const { default: run } = await import(pathToFileURL(file).href);
    const end = AbortSignal.timeout(10_000);
    const late = once(end, "abort").then(() => assert.fail("the fragment did not end"));
    await Promise.race([run(await scope.values(namesIn(block))), late]);
    return scope.output;
  } finally {
    process.removeAllListeners("SIGTERM");
    await scope.end();
  }
}

async function runProgram(block: Block): Promise<string> {
  const file =
    block.language === "js" ? join(WORKSHOP, `${nameOf(block)}.js`) : join(OUTPUT, `${nameOf(block)}.js`);
  // Rejects when the status is not 0.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 });
  assert.equal(stderr, "");
  return stdout;
}

/** Commands run in the folder of the page, or in the root. */
function assertCommands(code: string, file: string): void {
  const exists = (path: string): boolean => existsSync(join(ROOT, path));
  const [here = [], ...others] = [".", dirname(file)].map((folder) => complaintsAbout(code, folder, exists));
  if (!others.some((complaints) => complaints.length === 0)) assert.deepEqual(here, []);
}

describe("blocks of code in the documentation", { concurrency: true }, () => {
  before(async () => {
    await rm(WORKSHOP, { recursive: true, force: true });
    await mkdir(OUTPUT, { recursive: true });
    for (const block of scripts) {
      const code = isProgram(block) ? block.code : fragment(block);
      await writeFile(join(WORKSHOP, `${nameOf(block)}.${block.language}`), code);
    }
    const compilerOptions = {
      noEmit: false,
      allowJs: true,
      checkJs: true,
      rootDir: ".",
      outDir: "out",
      declaration: false,
      isolatedDeclarations: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      noImplicitAny: false,
    };
    await writeFile(
      join(WORKSHOP, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["."], exclude: ["out"] }),
    );
  });

  it("exist", () => {
    assert.ok(blocks.length > 50, String(blocks.length));
    assert.ok(scripts.length > 40, String(scripts.length));
  });

  it("have a known language", () => {
    for (const block of running) {
      assert.ok(
        ["js", "ts", "sh", "json", "text", "mermaid"].includes(block.language),
        `${placeOf(block)}: ${block.language}`,
      );
    }
  });

  it("that cannot run are counted", () => {
    const counts: Record<string, number> = {};
    for (const { file, notRun } of blocks) if (notRun !== undefined) counts[file] = (counts[file] ?? 0) + 1;
    assert.deepEqual(counts, { ...NOT_RUN });
  });

  it("that another test runs are named in that test", () => {
    for (const block of blocks) {
      if (block.runBy !== undefined) assert.ok(read(block.runBy).includes(block.file), placeOf(block));
    }
  });

  describe("JavaScript and TypeScript", { concurrency: 2 }, () => {
    /** The compiler's errors for each. */
    const complaints = new Map<string, string[]>();

    before(async () => {
      const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
      const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", WORKSHOP]).catch(
        (error) => error,
      );
      for (const line of String(stdout).split("\n")) {
        const [, name = ""] = /(\w+)\.[jt]s\(/.exec(line) ?? [];
        complaints.set(name, [...(complaints.get(name) ?? []), line]);
      }
    });

    for (const block of scripts) {
      it(placeOf(block), { timeout: 20_000 }, async () => {
        assert.deepEqual(complaints.get(nameOf(block)) ?? [], []);
        const output = isProgram(block) ? await runProgram(block) : await runFragment(block);
        if (block.prints !== undefined) assert.equal(output, block.prints);
      });
    }
  });

  for (const block of running.filter(({ language }) => language === "json")) {
    it(placeOf(block), () => assert.doesNotThrow(() => JSON.parse(block.code)));
  }

  for (const block of running.filter(({ language }) => language === "sh")) {
    it(`${placeOf(block)} names existing files and scripts`, () => assertCommands(block.code, block.file));
  }

  for (const file of markdownFiles()) {
    it(`${file} names existing npm scripts`, () => {
      for (const [, command = "", folder = ""] of read(file).matchAll(
        /`(npm run [^`]*)`(?: in [`[](bench)\b)?/g,
      ))
        assertCommands(folder === "" ? command : `cd ${folder}\n${command}`, file);
    });
  }
});
