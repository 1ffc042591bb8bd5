import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resend } from "../../src/commands/definition.ts";
import { table } from "../../src/commands/table.ts";
import { read } from "./markdown.ts";

/** The meaning of the second column of the table "What is resent". */
const MEANINGS: readonly (readonly [answer: string, resend: Resend])[] = [
  ["yes", "any-node"],
  ["no", "never"],
  ["to the same node only", "same-node"],
];

test("the table of what is resent agrees with the command table", () => {
  const rows = read("docs/failure.md").matchAll(/^\| ((?:`\w+`[ ,]*)+)(.*?)\| (.*) \|$/gm);
  const resends: Partial<Record<string, unknown>> = Object.fromEntries(
    Object.entries(table).map(([name, { resend }]) => [name, resend]),
  );
  const told = new Set<string>();
  for (const [, names = "", , answer = ""] of rows) {
    const meaning = MEANINGS.find(([begin]) => answer.startsWith(begin))?.[1];
    if (meaning === undefined) continue;
    for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) {
      told.add(name);
      // It depends on the arguments; or it is `call`, which has no row.
      if (typeof resends[name] !== "string") continue;
      assert.equal(resends[name], meaning, name);
    }
  }
  for (const name of ["addJob", "getJob", "ackJob", "nackJob", "working", "qscan", "call"]) {
    assert.ok(told.has(name), name);
  }
});
