import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { printable } from "../../src/cluster/tracing.ts";

describe("a node's text, as it is shown", () => {
  for (const [text, shown] of [
    ["", ""],
    ['größer: 寿司 🍣 \\ "', 'größer: 寿司 🍣 \\ "'],
    ["a\r\nb\tc", "a\\r\\nb\\tc"],
    ["\0\u0007\u001b[31m", "\\u0000\\u0007\\u001b[31m"],
    // C1 controls, DEL, and invisible characters have no short escape.
    ["\u007f\u009b31m", "??31m"],
    ["\u202egnp\u200b.exe\ufeff", "?gnp?.exe?"],
    ["a\u2028b\u2029c", "a?b?c"],
    // A tag character, outside the basic plane.
    ["a\u{e0041}b", "a?b"],
  ] as const)
    it(`has no control or invisible characters: ${JSON.stringify(text)}`, () => {
      assert.equal(printable(text), shown);
    });

  it("is truncated after 2,000 characters", () => {
    assert.equal(printable("x".repeat(2_000)), "x".repeat(2_000));
    assert.equal(printable("x".repeat(2_001)), `${"x".repeat(2_000)}…`);
    assert.ok(printable("\0".repeat(10_000_000)).length <= 12_001);
  });
});
