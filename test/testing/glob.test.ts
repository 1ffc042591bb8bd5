import assert from "node:assert/strict";
import { test } from "node:test";
import { globMatches } from "../../src/testing/glob.ts";

const CASES: readonly (readonly [pattern: string, matches: readonly string[], others: readonly string[]])[] =
  [
    ["*", ["", "a", "a\nb"], []],
    ["a**b", ["ab", "axxb"], ["abc"]],
    ["a?c", ["abc"], ["ac", "abbc"]],
    ["[a-c]x", ["ax", "cx"], ["dx"]],
    ["[c-a]x", ["bx"], ["dx"]],
    ["[^a-c]x", ["dx"], ["ax"]],
    ["[ab\\]]", ["a", "]"], ["\\"]],
    ["[]", [], ["", "a"]],
    ["[^]", ["a"], [""]],
    ["[ab", ["a", "b"], ["c"]],
    ["\\*", ["*"], ["a"]],
    ["a\\", ["a\\"], ["a"]],
    ["(a|b)+.$", ["(a|b)+.$"], ["a"]],
  ];

for (const [pattern, matches, others] of CASES) {
  test(`the pattern ${pattern}`, () => {
    for (const text of matches) assert.equal(globMatches(pattern, text), true, text);
    for (const text of others) assert.equal(globMatches(pattern, text), false, text);
  });
}

test("a pattern with many stars does not take exponential time", () => {
  const stars = "*?".repeat(50_000);
  assert.equal(globMatches(`${stars}x`, "client-output-buffer-limit"), false);
  assert.equal(globMatches(`${"*a".repeat(20)}b`, "a".repeat(5000)), false);
});
