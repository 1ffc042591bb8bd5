import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const index = new URL("../../src/index.js", import.meta.url).href;
const testing = new URL("../../src/testing/index.js", import.meta.url).href;

const PROGRAM = `
import { Disque } from ${JSON.stringify(index)};
import { TestCluster } from ${JSON.stringify(testing)};
const cluster = await TestCluster.start(2);
const disque = new Disque(cluster.addresses, { password: undefined });
await disque.addJob("mail", "the body");
const lost = new Promise((resolve) => disque.once("disconnect", resolve));
await cluster.node(0).faults.kill();
await lost;
await disque.ping();
await disque.close();
await cluster.stop();
`;

function run(debug: string): { stdout: string; stderr: string } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    encoding: "utf8",
    env: { ...process.env, NODE_DEBUG: debug },
    cwd: fileURLToPath(new URL(".", import.meta.url)),
  });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

test("NODE_DEBUG=disque logs connections, but not the contents of jobs", () => {
  const { stdout, stderr } = run("disque");
  assert.equal(stdout, "");
  const lines = stderr.split("\n").map((line) => line.replace(/^DISQUE \d+: /, ""));
  const expected = [
    /^127\.0\.0\.1:\d+: connecting$/,
    /^127\.0\.0\.1:\d+: connected to node [0-9a-f]{40}$/,
    /^calls go to 127\.0\.0\.1:\d+$/,
    /^nodes: /,
    /^127\.0\.0\.1:\d+: connection lost: /,
    /^no node is tried for \d+ ms$/,
  ];
  for (const line of expected)
    assert.ok(
      lines.some((logged) => line.test(logged)),
      `${line} in ${stderr}`,
    );
  assert.ok(!stderr.includes("the body"));
});

test("nothing is logged without NODE_DEBUG", () => {
  assert.deepEqual(run(""), { stdout: "", stderr: "" });
});
