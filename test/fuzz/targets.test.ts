// A short run of everything that can be fuzzed, the same each time. `npm run fuzz` makes longer runs with other seeds.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fuzz, runCases } from "./fuzz.ts";
import { targets } from "./targets.ts";

const CASES = 500;
const SEED = 7711;

describe("in a short run", { concurrency: true }, () => {
  for (const target of targets) {
    const count = Math.ceil(CASES * target.share);
    it(`${count} cases of the ${target.name} do not fail`, async () => {
      // Starting a thread takes longer than so few cases, so only a target that might never end has one.
      const run = target.name === "parser" ? fuzz : runCases;
      const outcome = await run(target, { target: target.name, seed: SEED, first: 0, count });
      if (outcome.failed) assert.fail(outcome.report);
    });
  }
});

/** A thread that does something other than run cases. */
function thread(code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

describe("a failure is reported with the command to repeat it", () => {
  const range = { target: "parser", seed: 5, first: 17, count: 100 };
  const again = /To run it again: npm run fuzz -- --target parser --seed 5 --case 17$/;
  const [parser] = targets;

  for (const [what, code, reason] of [
    ["a case that never ends", "for (;;);", /it takes more than 300 ms/],
    ["an exception that nobody caught", "setTimeout(() => { throw new Error('boom'); })", /Error: boom/],
    ["a rejection that nobody handled", "Promise.reject(new Error('boom'))", /Error: boom/],
    ["a thread that ends without a word", "process.exit(3)", /ended with code 3/],
    ["memory without end", "const all = []; for (;;) all.push(new Array(1e4).fill(all.length));", /memory/],
  ] as const) {
    it(`such as ${what}`, async () => {
      assert.ok(parser);
      const stall = what === "a case that never ends" ? 300 : 30_000;
      const outcome = await fuzz(parser, range, { longestCase: stall, heap: 16, thread: thread(code) });
      assert.ok(outcome.failed);
      assert.match(outcome.report, reason);
      assert.match(outcome.report, /^Case 17 of the parser with the seed 5: /);
      assert.match(outcome.report, /\nstream: /);
      assert.match(outcome.report, again);
    });
  }
});
