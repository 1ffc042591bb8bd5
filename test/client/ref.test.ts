// Whether a client keeps its process alive: each test runs a process that does not close its client.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Disque } from "../../src/index.ts";
import { TestCluster, TestServer } from "../../src/testing/index.ts";
import { until } from "./scripted.ts";

const PROGRAM = fileURLToPath(new URL("unreferenced.js", import.meta.url));
/** Milliseconds for which a process that must stay is watched. */
const WATCHED = 300;

interface Run extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** The exit code, once the process has ended. */
  readonly exited: Promise<number | null>;
}

function run(use: string, address: string): Run {
  const child = spawn(process.execPath, [PROGRAM, address, use], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "close").then(([code]) => code);
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  return {
    child,
    lines,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Whether the process is still there after a while. */
async function stays({ exited }: Run): Promise<boolean> {
  const later = new Promise<true>((resolve) => setTimeout(resolve, WATCHED, true));
  return Promise.race([later, exited.then(() => false)]);
}

describe("after unref() a process ends by itself if its client is idle", { concurrency: 2 }, () => {
  for (const [use, lines] of [
    ["never connected", []],
    ["after calls", ["called"]],
    ["after a worker", ["handled"]],
    ["after a loop over jobs", ["body"]],
    ["after a call that found no node", ["rejected"]],
  ] as const)
    it(use, { timeout: 30_000 }, async () => {
      await using cluster = await TestCluster.start(3);
      await using process = run(use, cluster.addresses[0] ?? "");
      assert.equal(await process.exited, 0);
      assert.deepEqual(process.lines, lines);
    });
});

describe("after unref() a process stays", { concurrency: 2 }, () => {
  it("during a call, and then ends by itself", async () => {
    await using server = await TestServer.start();
    await using process = run("during a call", server.address);
    await until(() => process.lines.includes("waiting"));
    assert.equal(await stays(process), true);
    await using disque = new Disque(server.address);
    await disque.addJob("q", "body");
    assert.equal(await process.exited, 0);
    assert.deepEqual(process.lines, ["waiting", "1 job"]);
  });

  it("during a call that must connect again and again, and then ends by itself", async () => {
    await using server = await TestServer.start();
    server.faults.refuse(true);
    await using process = run("during a call that connects", server.address);
    await until(() => process.lines.includes("waiting"));
    assert.equal(await stays(process), true);
    server.faults.refuse(false);
    assert.equal(await process.exited, 0);
    assert.deepEqual(process.lines, ["waiting", "PONG"]);
  });

  it("with a worker, even if its node is away for a while", async () => {
    await using server = await TestServer.start();
    await using process = run("with a worker", server.address);
    await until(() => process.lines.includes("waiting"));
    assert.equal(await stays(process), true);
    await server.faults.kill();
    assert.equal(await stays(process), true);
    await server.faults.restart();
    await using disque = new Disque(server.address);
    await disque.addJob("q", "first");
    await until(() => process.lines.includes("first"));
    assert.equal(process.child.exitCode, null);
  });

  it("after ref()", async () => {
    await using server = await TestServer.start();
    await using process = run("after ref()", server.address);
    await until(() => process.lines.includes("waiting"));
    assert.equal(await stays(process), true);
    // A connection that is lost does not keep the process alive.
    await server.stop();
    assert.equal(await process.exited, 0);
  });
});
