// Runs the Vitest and Jest tests of docs/testing.md, with the used part of these frameworks implemented on `node:test`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { blocksOf, ROOT } from "./markdown.ts";

/** Under the root, so that "disque" is found. */
const FOLDER = join(ROOT, "build", "frameworks");
const VITEST = join(FOLDER, "node_modules", "vitest");

const MADE_OF_NODE_TEST = `
import assert from "node:assert/strict";
import { mock } from "node:test";
export { afterEach, beforeEach, test } from "node:test";
export const expect = (value) => ({ toBe: (expected) => assert.equal(value, expected) });
export const vi = {
  useFakeTimers: ({ now }) => mock.timers.enable({ apis: ["Date", "setTimeout"], now }),
  advanceTimersByTime: (milliseconds) => mock.timers.tick(milliseconds),
  useRealTimers: () => mock.timers.reset(),
};
`;
const GLOBALS = `
import { afterEach, beforeEach, expect, test, vi } from "vitest";
Object.assign(globalThis, { afterEach, beforeEach, expect, test, jest: vi });
`;

const blocks = blocksOf("docs/testing.md").filter(({ runBy }) => runBy?.endsWith("frameworks.test.ts"));

async function run(file: string, ...flags: string[]): Promise<void> {
  // With this variable set, the child process would report to this test instead of printing TAP.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [...flags, "--test", "--test-reporter=tap", file];
  // Rejects when a test fails.
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: FOLDER, env, timeout: 30_000 });
  assert.match(stdout, /^# pass 1$/m);
}

describe("tests in docs/testing.md", () => {
  before(async () => {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(VITEST, { recursive: true });
    await writeFile(join(VITEST, "package.json"), '{ "type": "module", "exports": "./index.js" }');
    await writeFile(join(VITEST, "index.js"), MADE_OF_NODE_TEST);
    await writeFile(join(FOLDER, "globals.mjs"), GLOBALS);
  });

  for (const [framework, file, ...flags] of [
    ["vitest", "vitest.test.mjs"],
    ["jest", "jest.test.cjs", "--import=./globals.mjs"],
  ] as const) {
    it(`for ${framework} pass`, async () => {
      const [block, ...others] = blocks.filter(({ code }) => code.includes(framework));
      assert.ok(block !== undefined && others.length === 0);
      await writeFile(join(FOLDER, file), block.code);
      await run(file, ...flags);
    });
  }
});
