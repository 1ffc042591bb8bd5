// Any call, answered wrongly at any stage: a sample of the combinations. `npm run combinations` tries them all.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ANSWERS } from "./combinations/answers.ts";
import { CALLS } from "./combinations/calls.ts";
import { STAGES } from "./combinations/stages.ts";

const MAIN = fileURLToPath(new URL("combinations/main.js", import.meta.url));
const SAMPLE = 2_000;

describe("calls that get wrong answers", () => {
  it("are combinations of 22 kinds of call and 31 wrong answers", () => {
    assert.equal(Object.keys(CALLS).length, 22);
    assert.equal(Object.keys(ANSWERS).length, 31);
    assert.ok(Object.keys(STAGES).length >= 10);
  });

  it(`settle with a value or a DisqueError, leak nothing, and do not break the next call: ${SAMPLE} combinations`, async () => {
    // A separate process: it exits only if no socket and no timer is left, and fails on an unhandled rejection.
    const run = promisify(execFile)(process.execPath, ["--enable-source-maps", MAIN, String(SAMPLE)]);
    const { stdout } = await run.catch((error) => assert.fail(`${error.stdout}${error.stderr}`));
    assert.match(stdout, /^2000 of \d+ combinations, seed \d+: 0 problems$/m);
  });
});
