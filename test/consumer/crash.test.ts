import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Disque } from "../../src/index.ts";
import { TestServer } from "../../src/testing/index.ts";
import { RealServer, skipWithoutServer } from "../support/real-server.ts";
import { addJobs, sorted } from "./consuming.ts";

const WORKER = fileURLToPath(new URL("crashing-worker.js", import.meta.url));
const ODD = ["1", "3", "5", "7"];

/** Runs a worker process and kills it when it has finished the even jobs and holds the odd ones. */
async function crash(address: string, queue: string): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [WORKER, address, queue], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  try {
    assert.ok(child.stdout);
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (lines.filter((each) => each.startsWith("done")).length < 4) continue;
      if (ODD.every((number) => lines.includes(`started ${number}`))) break;
    }
    assert.equal(lines.filter((line) => line.startsWith("done")).length, 4);
  } finally {
    child.kill("SIGKILL");
  }
  assert.deepEqual(await exited, [null, "SIGKILL"]);
}

/** The numbers of the jobs that are delivered after the crash. Checks that each was delivered before. */
async function redelivered(disque: Disque, queue: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const job of disque.jobs(queue, { withCounters: true })) {
    texts.push(job.text());
    assert.equal(job.nacks, 0);
    // On a slow machine a real server may requeue a job before the process is killed.
    assert.ok(job.additionalDeliveries >= 1, String(job.additionalDeliveries));
    await disque.ackJob(job);
    if (texts.length === ODD.length) break;
  }
  assert.deepEqual(await disque.getJob(queue, { nohang: true }), []);
  assert.deepEqual((await disque.jscan("0", { busyloop: true, queue })).ids, []);
  return sorted(texts);
}

describe("jobs of a killed process", { concurrency: true }, () => {
  it("are redelivered after their retry time unless they were acknowledged", async () => {
    await using server = await TestServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 8, { retry: 300 });
    await crash(server.address, "q");
    server.advance(290_000);
    assert.equal(await disque.qlen("q"), 0);
    server.advance(10_000);
    assert.equal(await disque.qlen("q"), 4);
    assert.deepEqual(await redelivered(disque, "q"), ODD);
  });

  it("are redelivered by a real server too", { skip: skipWithoutServer }, async () => {
    await using server = await RealServer.start();
    await using disque = new Disque(server.address);
    await addJobs(disque, "q", 8, { retry: 1 });
    await crash(server.address, "q");
    assert.deepEqual(await redelivered(disque, "q"), ODD);
  });
});
