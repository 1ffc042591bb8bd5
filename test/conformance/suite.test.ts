import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "../../src/testing/index.ts";
import { runSuite, table } from "./suite.ts";

test("the suite reports differences", async () => {
  await using server = await TestServer.start();
  server.faults.answer("qpeek", "ERR this server has no QPEEK");
  let shown = 0;
  const results = await runSuite([server], () => {
    shown++;
  });
  assert.equal(shown, results.length);
  const differing = results.filter(({ difference }) => difference !== null);
  assert.ok(differing.length > 0 && differing.length < 10, `${differing.length} differ`);
  for (const { difference } of differing) assert.match(difference ?? "", /this server has no QPEEK/);
  const text = table(results);
  assert.match(text, /^topic {5,}passed {2}differs\njobs +\d+ +0\nqueues +\d+ +[1-9]/);
  assert.match(text, new RegExp(`\nall +${results.length - differing.length} +${differing.length}\n`));
  assert.match(text, /\nqueues: .*\n {2}step \d+ of /);
});
