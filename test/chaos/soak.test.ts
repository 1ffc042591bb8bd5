// Each soak is a separate process that mostly waits. Its tests are in this folder to start early and overlap with others.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { hasLoopbackNetwork } from "../soak/real-stage.ts";
import { skipWithoutServer } from "../support/real-server.ts";

const main = fileURLToPath(new URL("../soak/main.js", import.meta.url));
const skipReal = hasLoopbackNetwork ? skipWithoutServer : "real nodes behind proxies need all of 127.0.0.0/8";

interface Result {
  readonly code: number | null;
  readonly output: string;
}

/** A figure that the soak printed under this name. */
function figure({ output }: Result, name: string): number {
  const [, value] = new RegExp(`^${name} (\\d+)$`, "m").exec(output) ?? [];
  assert.ok(value !== undefined, output);
  return Number(value);
}

async function soak(...args: string[]): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "disque-soak-"));
  const log = join(directory, "history.jsonl");
  // Writing the coverage of these processes takes too long.
  const { NODE_V8_COVERAGE: _, ...env } = process.env;
  const options = ["--enable-source-maps", main, ...args, "--log", log];
  const result = await new Promise<Result>((resolve) => {
    const child = execFile(process.execPath, options, { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
  // Keep the history after a failure.
  if (result.code === 0 || args.includes("--sabotage")) await rm(directory, { recursive: true });
  return result;
}

/** With this seed, some jobs are added before the first fault. */
const briefly = ["--on", "testing", "--seconds", "5", "--rate", "50", "--seed", "3"];

describe("a soak", { concurrency: true }, () => {
  for (const [where, skip] of [
    ["testing", false],
    ["real", skipReal],
  ] as const) {
    it(`of half a minute on ${where} nodes finds no lost and no unexpected job`, { skip }, async () => {
      const result = await soak("--on", where, "--seconds", "30", "--rate", "50", "--seed", "1");
      assert.equal(result.code, 0, result.output);
      assert.ok(figure(result, "added") > 100, result.output);
      // With this seed, these faults come first.
      for (const fault of ["leave", "kill", "freeze"]) assert.ok(figure(result, fault) > 0, result.output);
      for (const what of ["call", "loop", "worker", "client"])
        assert.ok(figure(result, `${what} stopped`) > 0, result.output);
      assert.ok(figure(result, "once received") > 100, result.output);
      assert.ok(figure(result, "once orphans") > 0, result.output);
      assert.ok(figure(result, "once stops") > 100, result.output);
    });
  }

  it("reports a job that is not received", async () => {
    const result = await soak(...briefly, "--sabotage", "lose");
    assert.equal(result.code, 1, result.output);
    assert.equal(figure(result, "lost"), 1);
    assert.equal(figure(result, "unexpected"), 0);
  });

  it("reports a received job that was not added", async () => {
    const result = await soak(...briefly, "--sabotage", "invent");
    assert.equal(result.code, 1, result.output);
    assert.equal(figure(result, "unexpected"), 1);
    assert.equal(figure(result, "lost"), 0);
  });

  it("reports a job with RETRY 0 that is lost", async () => {
    const result = await soak(...briefly, "--sabotage", "lose-once");
    assert.equal(result.code, 1, result.output);
    assert.deepEqual(
      ["lost", "once lost", "once twice"].map((name) => figure(result, name)),
      [0, 1, 0],
    );
  });

  it("reports a job with RETRY 0 that is received twice", async () => {
    const result = await soak(...briefly, "--sabotage", "repeat-once");
    assert.equal(result.code, 1, result.output);
    assert.deepEqual(
      ["lost", "once lost", "once twice"].map((name) => figure(result, name)),
      [0, 0, 1],
    );
  });
});
