import assert from "node:assert/strict";
import { test } from "node:test";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { clusterTopics } from "./scripts/index.ts";
import { obstacle, runSuite, table } from "./suite.ts";

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

test("the suite says what keeps it from running", async () => {
  await using server = await TestServer.start();
  await using locked = await TestServer.start({ password: "secret" });
  await using cluster = await TestCluster.start(3);
  const [first, second, third] = cluster.nodes;
  assert.ok(first && second && third);
  assert.equal(await obstacle([server]), null);
  assert.equal(await obstacle([first, second, third]), null);
  assert.match((await obstacle([first, second])) ?? "", /one server, or 3 nodes of a cluster, not 2/);
  assert.match((await obstacle([first])) ?? "", /it knows 3 nodes, itself included, and not 1/);
  assert.match((await obstacle([locked])) ?? "", /password/);
  server.faults.answer("cluster", "ERR unknown command 'cluster'", 1);
  assert.match((await obstacle([server])) ?? "", /it is not Disque: CLUSTER INFO got .*unknown command/);
  await server.stop();
  assert.match((await obstacle([server])) ?? "", /ECONNREFUSED/);
});

test("only the scripts about clusters run on a cluster", async () => {
  await using cluster = await TestCluster.start(3, { nodeTimeout: 2000 });
  const results = await runSuite(cluster.nodes, () => {});
  assert.deepEqual(
    results.filter(({ difference }) => difference !== null),
    [],
  );
  assert.deepEqual([...new Set(results.map(({ topic }) => topic))], Object.keys(clusterTopics));
});
