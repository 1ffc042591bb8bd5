import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";

const run = promisify(execFile);
/** Tests run from `build/test/examples`. */
const demo = fileURLToPath(new URL("../../../examples/demo.js", import.meta.url));

async function outputOf(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  // Rejects unless the status is 0, which means that every job was processed.
  const { stdout } = await run(process.execPath, [demo, ...args], {
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
  return stdout;
}

describe("the demo", { concurrency: true }, () => {
  it("shows a producer and two workers, and ends when every job is processed", async () => {
    const output = await outputOf([]);
    for (const event of ["added", "fetched", "failed", "retried", "acknowledged"]) {
      assert.match(output, new RegExp(`\\b${event}\\b.*job \\d+`));
    }
    assert.match(output, /Totals: 30 added, 30 fetched, \d+ failed, \d+ retried, 30 acknowledged/);
    assert.match(output, /30 of 30 jobs were processed/);
  });

  it("kills the node that it is connected to, switches, and still processes every job", async () => {
    const output = await outputOf(["--nodes", "3", "--kill"]);
    const [, killed] = /killing (\S+)/.exec(output) ?? [];
    assert.match(output, new RegExp(`switched from ${killed} to `));
    assert.match(output, /30 of 30 jobs were processed/);
  });

  it("runs on the nodes that DISQUE_NODES names", { skip: skipWithoutServer }, async () => {
    await using server = await RealServer.start();
    const output = await outputOf([], { DISQUE_NODES: server.address });
    assert.match(output, new RegExp(server.address));
    assert.match(output, /30 of 30 jobs were processed/);
  });
});
