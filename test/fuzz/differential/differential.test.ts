import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TestCluster } from "../../../src/testing/index.ts";
import { skipWithoutServer } from "../../support/real-server.ts";
import { compare, report } from "./compare.ts";
import { comparable, Names } from "./normalise.ts";
import { runSession } from "./session.ts";

const COMMANDS = 1000;
/** For runs without a real server, which only check that the comparison works. */
const FEW_COMMANDS = 200;
const SEED = 7711;

describe("random commands", () => {
  for (const nodes of [1, 3]) {
    test(`${COMMANDS} get the same replies from ${nodes} real and ${nodes} testing nodes`, {
      skip: skipWithoutServer,
    }, async () => {
      const outcome = await compare({ nodes, seed: SEED, commands: COMMANDS });
      assert.equal(outcome.differences.length, 0, report(outcome));
    });

    test(`get the same replies from two testing clusters of ${nodes}`, async () => {
      await using one = await TestCluster.start(nodes);
      await using other = await TestCluster.start(nodes);
      const pair = { real: one.nodes, testing: other.nodes };
      assert.equal(await runSession(pair, SEED, 0, FEW_COMMANDS), null);
    });
  }

  test("are compared, and a difference is reported", async () => {
    await using one = await TestCluster.start(1);
    await using other = await TestCluster.start(1);
    other.node(0).faults.answer("qlen", "ERR no");
    const difference = await runSession({ real: one.nodes, testing: other.nodes }, SEED, 0, FEW_COMMANDS);
    assert.ok(difference);
    assert.match(difference.command, /"qlen"/i);
    assert.match(JSON.stringify(difference.testing), /-ERR no/);
  });
});

test("job ids are numbered in the order in which they occur in replies, except in those to scans", () => {
  const node = "dcb833cf".padEnd(40, "0");
  const names = new Names([node]);
  const id = (letter: string): string => `D-dcb833cf-${letter.repeat(24)}-05a1`;
  assert.deepEqual(names.normalise([`$0`, [`+${id("x")}`]]), ["$0", ["+<job ? 05a1>"]]);
  assert.equal(names.normalise(`+${id("a")}`), "+<job 0 05a1>");
  assert.deepEqual(names.normalise(["$0", [`+${id("a")}`]]), ["$0", ["+<job 0 05a1>"]]);
  assert.equal(names.fill({ job: 0 }), id("a"));
  assert.deepEqual(names.origins, [0]);
  assert.equal(names.normalise(`$${node}`), "$<node-0>");
});

test("time-dependent values are left out", () => {
  assert.deepEqual(comparable(["$ttl", ":86400", "$state", "$queued"]), [
    "$ttl",
    ":<time>",
    "$state",
    "$queued",
  ]);
  assert.equal(comparable(["$1795963089", "$272702"]), "<time>");
  assert.deepEqual(comparable(["$0", ["$b", "$a"]]), ["$0", ['"$a"', '"$b"']]);
});
