// The example in CONTRIBUTING.md, applied to a copy of the sources.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { blocksOf, ROOT } from "./markdown.ts";

/** Under the root, so that the compiler finds the types of Node. */
const COPY = join(ROOT, "build", "adding-a-command");
const QUEUES = join("src", "commands", "queues.ts");

const [signature = "", row = "", test = "", ...more] = blocksOf("CONTRIBUTING.md")
  .filter(({ runBy }) => runBy !== undefined)
  .map(({ code }) => code);

const run = promisify(execFile);

/** Inserts `text` at the end of the declaration that begins with `head`. */
function append(source: string, head: string, text: string, end: string): string {
  const start = source.indexOf(head);
  assert.notEqual(start, -1, head);
  const at = source.indexOf(end, start);
  assert.notEqual(at, -1, end);
  return `${source.slice(0, at + 1)}\n${text}${source.slice(at + 1)}`;
}

async function copySources(): Promise<void> {
  await rm(COPY, { recursive: true, force: true });
  await mkdir(join(COPY, "test", "commands"), { recursive: true });
  for (const path of ["src", "test/client/scripted.ts", "test/support/scripted-server.ts"])
    await cp(join(ROOT, path), join(COPY, path), { recursive: true });
  const compilerOptions = {
    noEmit: false,
    rootDir: ".",
    outDir: "out",
    declaration: false,
    isolatedDeclarations: false,
  };
  await writeFile(
    join(COPY, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["src", "test"] }),
  );
}

/** The compiler's errors for the copy. */
async function complaints(): Promise<string> {
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = await run(process.execPath, [tsc, "-p", COPY]).catch((error) => error);
  return stdout;
}

async function changedSources(): Promise<string[]> {
  const names = await readdir(join(COPY, "src"), { recursive: true });
  const changed: string[] = [];
  for (const name of names.filter((each) => each.endsWith(".ts"))) {
    const [ours, theirs] = await Promise.all(
      [ROOT, COPY].map((root) => readFile(join(root, "src", name), "utf8")),
    );
    if (ours !== theirs) changed.push(join("src", name));
  }
  return changed;
}

describe("adding a command, as CONTRIBUTING.md shows it", () => {
  it("touches one file of the sources, and its test passes", { timeout: 60_000 }, async () => {
    assert.equal(more.length, 0);
    await copySources();
    const source = await readFile(join(COPY, QUEUES), "utf8");
    const signed = append(source, "export interface Queues {", signature, "\n}\n");

    await writeFile(join(COPY, QUEUES), signed);
    assert.match(await complaints(), /qcount/, "a signature without its row does not compile");

    await writeFile(join(COPY, QUEUES), append(signed, "export const queuesTable", row, "\n};\n"));
    await writeFile(join(COPY, "test", "commands", "qcount.test.ts"), test);
    assert.equal(await complaints(), "");
    assert.deepEqual(await changedSources(), [QUEUES]);

    // Rejects when the test fails. With this variable set, the child process would report to this test instead of printing TAP.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const file = join(COPY, "out", "test", "commands", "qcount.test.js");
    const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", file], { env });
    assert.match(stdout, /^# pass 1$/m);
  });
});
